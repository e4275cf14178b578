// Which processes and which of their files `syscope files` shows. All that is given must hold.
#pragma once

#include <sys/types.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/inet_filter.h"
#include "base/result.h"
#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::app {

// A list with ^exclusions: in it if included (or nothing is) and not excluded.
template <class T>
struct Choice {
  std::vector<T> included;
  std::vector<T> excluded;
  [[nodiscard]] bool empty() const { return included.empty() && excluded.empty(); }
};

// `-d`: descriptor numbers and ranges, and the words cwd, rtd, txt, mem, DEL, fd.
struct DescriptorRange {
  int first = 0;
  int last = -1;
  std::string word;  // if not empty, instead of the numbers
};

// A file, mount point or folder given by its path.
struct Place {
  enum class Kind { file, mount, tree, unix_socket };
  Kind kind = Kind::file;
  dev_t device = 0;
  ino_t inode = 0;
  std::string path;  // absolute, without symbolic links
};

class FileSelection {
 public:
  // Each takes the argument of its option; Cause::usage with the reason when it is none.
  [[nodiscard]] Result<void> add_pids(std::string_view list);
  [[nodiscard]] Result<void> add_users(std::string_view list);
  [[nodiscard]] Result<void> add_command(std::string_view prefix_or_regex);
  [[nodiscard]] Result<void> add_descriptors(std::string_view list);
  [[nodiscard]] Result<void> add_inet(std::string_view text);
  [[nodiscard]] Result<void> add_states(std::string_view text);  // "TCP:LISTEN,^CLOSE_WAIT"
  [[nodiscard]] Result<void> set_match(const std::string& expression);
  // not_found when there is no such path. A mount point selects all on its file system.
  [[nodiscard]] Result<void> add_path(const std::string& path, resolve::World& world);
  [[nodiscard]] Result<void> add_tree(const std::string& folder);
  void set_unix_only() { unix_only_ = true; }
  void set_deleted_only() { deleted_only_ = true; }
  void set_container(std::string_view id) { container_ = id; }

  // Processes asked for by number; empty: any.
  [[nodiscard]] const std::vector<pid_t>& named_pids() const { return pids_.included; }
  // Whether anything narrows down files, not just processes.
  [[nodiscard]] bool narrows_files() const;
  // Whether working directory, program and mappings can be among what is wanted.
  [[nodiscard]] bool wants_surroundings() const;

  [[nodiscard]] std::vector<pid_t> processes(resolve::World& world) const;
  // Examines the file where that is needed.
  [[nodiscard]] bool wants(resolve::World& world, resolve::OpenFile& file) const;

 private:
  [[nodiscard]] bool wants_process(resolve::World& world, pid_t pid) const;
  [[nodiscard]] bool wants_command(const std::string& comm) const;
  [[nodiscard]] bool wants_descriptor(const resolve::OpenFile& file) const;
  [[nodiscard]] bool wants_socket(const resolve::OpenFile& file) const;
  [[nodiscard]] bool wants_place(const resolve::OpenFile& file) const;
  [[nodiscard]] bool sockets_only() const {
    return !inet_.empty() || unix_only_ || !states_.empty();
  }

  Choice<pid_t> pids_;
  Choice<std::string> users_;
  Choice<std::string> commands_;
  std::vector<resolve::ProcessPattern> command_patterns_;
  std::optional<resolve::ProcessPattern> match_;
  Choice<DescriptorRange> descriptors_;
  std::vector<InetFilter> inet_;
  Choice<unsigned> states_;
  std::vector<Place> places_;
  std::string container_;
  bool unix_only_ = false;
  bool deleted_only_ = false;
};

}  // namespace syscope::app
