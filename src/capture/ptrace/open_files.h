// What the descriptors of a stopped thread are, as SC_FILE records.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "capture/proc/root.h"
#include "capture/proc/socket_names.h"
#include "capture/record_buffer.h"

namespace syscope::capture::ptrace {

struct OpenFile {
  std::uint64_t id = 0;  // of its SC_FILE record; 0: the descriptor is not open
  Bytes record = {};     // that record where it has not been handed out yet; until the next look-up
};

class OpenFiles {
 public:
  // `proc` outlives this object. Without `details` a descriptor costs a readlink(2) and a statx(2);
  // with them a few more for sockets and for what has its state in fdinfo.
  OpenFiles(const proc::Root& proc, bool details)
      : proc_(proc), sockets_(proc), details_(details) {}

  // Descriptor `number` of a thread, or its working directory for AT_FDCWD. The thread must not run
  // meanwhile. Files that look the same in every respect share an id.
  [[nodiscard]] OpenFile look_up(pid_t pid, pid_t tid, std::int32_t number);

 private:
  void describe(pid_t pid, pid_t tid, std::int32_t number, const char* path, std::string link);
  void describe_socket(pid_t pid, std::int32_t number);
  [[nodiscard]] std::uint64_t peer_of(std::uint64_t inode, const proc::SocketInfo& socket);
  [[nodiscard]] bool is_deleted(pid_t tid, const std::string& link, std::uint32_t links);
  [[nodiscard]] std::string state_of(pid_t tid, std::int32_t number, std::string_view link);

  // Descriptions remembered; beyond that all are forgotten, and told again when they are met.
  static constexpr std::size_t most_known = 16384;

  const proc::Root& proc_;
  proc::SocketNames sockets_;
  const bool details_;
  RecordBuffer record_;
  std::uint64_t latest_id_ = 0;
  std::unordered_map<std::string, std::uint64_t>
      ids_;  // by the bytes of the record, without its id
  std::unordered_map<std::uint64_t, std::uint64_t> peers_;  // of streams, by inode
};

}  // namespace syscope::capture::ptrace
