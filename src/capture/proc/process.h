// Processes as /proc tells of them: which there are, what each is called, who owns it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"

namespace syscope::capture::proc {

// The fields of /proc/PID/stat that anyone has asked for, and the owner. Times in clock ticks
// (sysconf(_SC_CLK_TCK)). proc_pid_stat(5).
struct ProcessInfo {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  pid_t foreground_group = 0;  // of its terminal; -1 without one
  uid_t user = 0;              // effective
  char state = '?';            // R S D T t Z I X
  std::uint32_t terminal = 0;  // device number as new_encode_dev() packs it; 0 without one
  std::uint32_t flags = 0;     // PF_* of the kernel
  std::uint32_t threads = 0;
  std::uint64_t user_time = 0;
  std::uint64_t system_time = 0;
  std::uint64_t start_time = 0;  // since boot
  std::string comm;              // raw: at most 15 bytes of the process' own choosing

  [[nodiscard]] bool is_kernel_thread() const { return (flags & 0x00200000) != 0; }  // PF_KTHREAD
};

// All processes, ascending. Some may be gone by the time the caller looks.
[[nodiscard]] std::vector<pid_t> list_processes(const Root& root);
// The threads of a process, ascending; empty when it is gone.
[[nodiscard]] std::vector<pid_t> list_threads(const Root& root, pid_t pid);

// not_found when the process is gone. World-readable unless /proc is mounted with hidepid.
[[nodiscard]] Result<ProcessInfo> read_process(const Root& root, pid_t pid);
// The same of one thread; `user` is that of the thread.
[[nodiscard]] Result<ProcessInfo> read_thread(const Root& root, pid_t pid, pid_t tid);

// Parses a line of stat; `user` stays 0. Nothing when the text is not one. The name may hold
// spaces, parentheses and line feeds: the last ')' ends it.
[[nodiscard]] bool parse_stat(std::string_view text, ProcessInfo& info);

// The arguments, each ended by a NUL, as the process left them: it may have written anything there.
// Empty for kernel threads and zombies. proc_pid_cmdline(5).
[[nodiscard]] Result<std::string> read_command_line(const Root& root, pid_t pid);

// The lines "id:controllers:path". cgroups(7).
[[nodiscard]] Result<std::string> read_cgroups(const Root& root, pid_t pid);

// The text of /proc/PID/status: names of fields and values, tab-separated. proc_pid_status(5).
[[nodiscard]] Result<std::string> read_status(const Root& root, pid_t pid, pid_t tid);

// The inode number of a namespace: `kind` is "net", "pid", "mnt"... namespaces(7). Not permitted on
// other users' processes without CAP_SYS_PTRACE.
[[nodiscard]] Result<std::uint64_t> read_namespace(const Root& root, pid_t pid, const char* kind);

// Whether this program counts processes as the kernel does: it is in the first PID namespace.
[[nodiscard]] bool in_first_pid_namespace(const Root& root);

// Children of all threads of a process, where the kernel has CONFIG_PROC_CHILDREN; else empty.
[[nodiscard]] std::vector<pid_t> list_children(const Root& root, pid_t pid);

// Milliseconds since boot, as start_time counts: CLOCK_BOOTTIME. clock_gettime(2).
[[nodiscard]] std::uint64_t boot_clock_ms();

}  // namespace syscope::capture::proc
