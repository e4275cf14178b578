// Running a server's own command-line client, so that its configuration and credentials are honoured and
// a server that hangs takes only that program with it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"

namespace syscope::diagnose {

struct ClientProgram {
  std::vector<std::string> arguments;  // the first is the program, looked up in PATH
  std::vector<std::pair<std::string, std::string>> environment;  // set on top of ours
  uid_t user = static_cast<uid_t>(-1);  // become this user first (only root can); -1: stay
};

// What the program wrote to its standard output. It gets no input, and is killed at the deadline.
// An exit status other than 0 is an error with the first line of its standard error as the reason;
// not_found when there is no such program. fork(2), execvp(3).
[[nodiscard]] Result<std::string> run_client_program(
    const ClientProgram& program, std::chrono::steady_clock::time_point deadline);

// Fields of a line, separated by tabs.
[[nodiscard]] std::vector<std::string> split_fields(const std::string& line, char separator = '\t');
[[nodiscard]] std::vector<std::string> split_lines(const std::string& text);

}  // namespace syscope::diagnose
