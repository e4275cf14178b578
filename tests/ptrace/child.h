// Processes for the tests of the ptrace engine to look at.
#pragma once

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <string>

namespace syscope::capture::ptrace {

// A child that runs a function, and that is gone with the test.
class Child {
 public:
  template <class Function>
  explicit Child(Function function) : pid_(::fork()) {
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    function();
    ::_exit(0);
  }
  Child(const Child&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  [[nodiscard]] pid_t pid() const { return pid_; }

  // Its exit status, waited for; -1 if somebody else has reaped it.
  int wait() {
    int status = -1;
    if (::waitpid(pid_, &status, 0) != pid_) status = -1;
    pid_ = 0;
    return status;
  }

 private:
  pid_t pid_;
};

// A line of /proc/PID/status, without its name and blanks.
inline std::string status_of(pid_t pid, const std::string& name) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name + ":")) continue;
    return line.substr(line.find_first_not_of(" \t", name.size() + 1));
  }
  return "";
}

inline char state_of(pid_t pid) {
  const std::string state = status_of(pid, "State");
  return state.empty() ? '-' : state[0];
}

// Waits until a process is in one of these states; false after five seconds.
inline bool comes_into_state(pid_t pid, const std::string& states) {
  for (int i = 0; i < 5000; ++i) {
    if (states.find(state_of(pid)) != std::string::npos) return true;
    ::usleep(1000);
  }
  return false;
}

inline bool is_traced(pid_t pid) { return status_of(pid, "TracerPid") != "0"; }

}  // namespace syscope::capture::ptrace
