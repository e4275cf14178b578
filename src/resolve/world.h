// A snapshot of the machine's processes, taken piece by piece as questions come, and kept: the
// second question about a process costs nothing. One writer; make a new World for a new look.
#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "capture/proc/descriptor_source.h"
#include "capture/proc/maps.h"
#include "capture/proc/mounts.h"
#include "capture/proc/process.h"
#include "capture/proc/root.h"
#include "capture/proc/socket_options.h"
#include "resolve/holders.h"
#include "resolve/open_file.h"
#include "resolve/sockets.h"
#include "resolve/users.h"

namespace syscope::resolve {

struct OppositeEnds {
  PeerSet set;
  pid_t only_holder = 0;  // when one process holds them all
};

struct Process {
  capture::proc::ProcessInfo info;
};

// What a row of files says of a process.
struct Owner {
  std::string_view comm;  // raw; lives as long as the World
  uid_t user = 0;         // effective
};

// Device numbers of the kernel's own file systems, found out by making one of each.
struct AnonymousDevices {
  dev_t pipes = 0;
  dev_t sockets = 0;
  dev_t anonymous = 0;
};

class World {
 public:
  // Takes the root over. Nothing is read yet.
  explicit World(capture::proc::Root root);
  World(World&&) noexcept;
  World& operator=(World&&) noexcept;
  ~World();

  // Where there are many descriptors, their tables come from `source`, which must live as long,
  // instead of the root. What it lists is the same.
  void list_with(capture::proc::DescriptorSource& source) { source_ = mapping_source_ = &source; }

  [[nodiscard]] const capture::proc::Root& root() const { return root_; }

  [[nodiscard]] pid_t own_pid() const { return own_pid_; }
  // The processes there were at the first call, ascending.
  [[nodiscard]] std::span<const pid_t> processes();
  // not_found when it is gone. The pointer lives as long as the World.
  [[nodiscard]] Result<const Process*> process(pid_t pid);
  // The same processes, for those who need no more: it may be known from the source.
  [[nodiscard]] Result<Owner> owner(pid_t pid);
  // Its program, as the link /proc/PID/exe names it; not_found where there is none.
  [[nodiscard]] const Result<std::string>& program(pid_t pid);
  // Whether it runs a program. Kernel threads, zombies and what is gone do not, and hold nothing.
  // Asks one link, which is far cheaper than the state of the process.
  [[nodiscard]] bool runs_program(pid_t pid);
  // The arguments with blanks between them, or "[comm]" where there are none. Raw.
  [[nodiscard]] const std::string& command_line(pid_t pid);
  // Short id or name of its container, from the control group; empty outside of one. Raw.
  [[nodiscard]] const std::string& container(pid_t pid);
  // "mysql", or the number where /etc/passwd has no name for it.
  [[nodiscard]] const std::string& user_name(uid_t user) { return users_.name(user); }
  [[nodiscard]] Users& users() { return users_; }

  // The descriptors of a process, ascending; listed, not examined. The span lives as long as the
  // World. not_permitted: another user's process.
  [[nodiscard]] Result<std::span<OpenFile>> files(pid_t pid);
  // Says that the files of all processes will be asked for, so that `source` may list them at once.
  void expect_all_files();
  // The same of what they have mapped.
  void expect_all_mappings();
  // What it holds besides: working directory, root, program, mapped files. Examined.
  [[nodiscard]] std::vector<OpenFile> surroundings(pid_t pid);
  // One descriptor, examined; null when it is not open or not to be seen.
  [[nodiscard]] const OpenFile* file(pid_t pid, int number);
  // Completes a listed file: fdinfo, status (unless its file system may hang: then a note says so),
  // the socket behind it, the details of its class. Does nothing the second time.
  void examine(OpenFile& file);

  // The other ends of an open file. Looks at every process of the machine at the first call.
  [[nodiscard]] PeerSet peers(const OpenFile& file);
  [[nodiscard]] PeerSet peers(pid_t pid, int number);
  // Everybody who holds this object, the file itself included. Files are examined.
  [[nodiscard]] std::vector<OpenFile*> holders(FileClass c, std::uint64_t object, dev_t device = 0);
  // The same of the socket with this inode, but at most `most` of them.
  [[nodiscard]] Holders::Some socket_holders(std::uint64_t inode, std::size_t most);
  // Those who hold the object of `file` at its other side, where an object has two sides: found
  // once for everybody on the same side. `is_opposite` tells by class and access alone.
  [[nodiscard]] const OppositeEnds& opposite_ends(const OpenFile& file,
                                                  bool (*is_opposite)(const OpenFile& file,
                                                                      const OpenFile& other));
  // Whether some process' descriptors could not be listed, so that holders may be missing.
  [[nodiscard]] bool partial() const { return partial_; }

  // The options of an open socket, asked of the socket itself: each time anew, at the price of some
  // fifty system calls.
  [[nodiscard]] SocketOptionSet socket_options(const OpenFile& file);

  [[nodiscard]] Sockets& sockets() { return sockets_; }
  // The socket that a process of `pid`'s network namespace has under this inode, or null.
  // `families`: where to look, if the caller knows.
  [[nodiscard]] const SocketInfo* socket(pid_t pid, std::uint64_t inode,
                                         Families families = Families::all);
  // Sees to it that the internet sockets of all network namespaces are in sockets(). False if they
  // were there already.
  bool load_internet_sockets();
  // Inode of the network namespace; 0 when this user may not know.
  [[nodiscard]] std::uint64_t network_namespace(pid_t pid);

  // The mounts of a process; empty when they cannot be read. Shared by its mount namespace.
  [[nodiscard]] const std::vector<capture::proc::Mount>& mounts(pid_t pid);
  // Whether looking at this path or mount of that process may wait for a server.
  [[nodiscard]] bool may_hang(pid_t pid, std::string_view path, int mount);

 private:
  struct MountTable;
  struct FileTable;
  struct FoundProcess;
  // Of a mapped file, kept: libraries are mapped by every process.
  struct MappedStatus {
    std::uint64_t size = 0;
    std::uint32_t mode = 0;
    std::uint32_t links = 0;
    bool known = false;
  };

  // Of an object: all who hold it so see the same opposite ends. Process and descriptor are zero
  // unless the file is on both sides and must not see itself.
  struct Side {
    FileClass file_class = FileClass::unknown;
    Access access = Access::unknown;
    std::uint64_t object = 0;
    dev_t device = 0;
    pid_t pid = 0;
    int number = 0;
    friend auto operator<=>(const Side&, const Side&) = default;
  };

  const MountTable& mount_table(pid_t pid);
  class SourceSink;
  class MappingSink;
  Result<std::vector<capture::proc::Mapping>> mapped_files(pid_t pid);
  void list_everything();
  void load_all_sockets(Families families);
  void list_from_proc(pid_t pid, FileTable& table);
  void list_from_source();
  void index_group(Holders::Group group);
  // Each adds one part to a listed file.
  bool examine_found(OpenFile& file);
  void examine_info(OpenFile& file);
  void examine_status(OpenFile& file, const char* link);
  void examine_socket(OpenFile& file);
  void classify_by_status(OpenFile& file);
  bool is_mqueue(const OpenFile& file);
  void examine_mapping(OpenFile& file);

  capture::proc::Root root_;
  capture::proc::DescriptorSource* source_ = nullptr;  // null once it has been asked
  bool source_listed_ = false;
  capture::proc::DescriptorSource* mapping_source_ = nullptr;  // the same
  std::vector<pid_t> pids_;
  pid_t own_pid_ = ::getpid();
  bool pids_listed_ = false;
  bool everything_listed_ = false;
  bool internet_loaded_ = false;
  bool others_loaded_ = false;
  bool partial_ = false;
  AnonymousDevices devices_;
  std::unordered_map<pid_t, std::optional<Process>> processes_;
  std::unordered_map<pid_t, Result<std::string>> programs_;
  std::unordered_map<pid_t, std::string> command_lines_;
  std::unordered_map<pid_t, std::string> containers_;
  std::unordered_map<pid_t, std::unique_ptr<FileTable>> tables_;
  std::unordered_map<pid_t, std::size_t> expected_;  // how many descriptors
  std::unordered_map<pid_t, std::uint64_t> network_namespaces_;
  std::map<std::uint64_t, std::unique_ptr<MountTable>> mount_tables_;
  std::unordered_map<pid_t, const MountTable*> mount_table_of_;
  std::map<std::pair<dev_t, std::uint64_t>, MappedStatus> mapped_;
  std::unordered_map<pid_t, std::unique_ptr<FoundProcess>> found_;       // from the source
  std::unordered_map<std::uint64_t, std::string> containers_of_groups_;  // by their number there
  Holders holders_;
  std::map<Side, OppositeEnds> opposite_ends_;
  Sockets sockets_;
  capture::proc::SocketOptionReader option_reader_;
  Users users_;
};

}  // namespace syscope::resolve
