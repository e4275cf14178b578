// The outputs of a trace: stderr, a file, a file for each thread, or a command that reads them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "present/output.h"

namespace syscope::app {

class TraceOutput {
 public:
  // As -o, -A and -ff say: `target` is empty for stderr, a path, or a shell command behind | or !.
  // With `separate` each thread gets a file PATH.TID, opened when it is first asked for. Errors:
  // the file cannot be opened ("Can't fopen 'PATH': ..."), the command cannot be started. open(2)
  [[nodiscard]] static Result<TraceOutput> open(const std::string& target, bool append,
                                                bool separate);

  // Where the lines of a thread go. A file that cannot be opened gives an output that only keeps
  // the error.
  [[nodiscard]] present::Output& of(std::uint32_t tid);
  // Where what concerns no thread goes.
  [[nodiscard]] present::Output& shared() { return *outputs_.front(); }
  [[nodiscard]] bool is_stderr() const { return is_stderr_; }

  void flush();
  // The first error of any of them, with the name of its file.
  [[nodiscard]] std::optional<Error> error() const;
  // Flushes, closes, and waits for the command.
  void close();

 private:
  TraceOutput() = default;

  std::string target_;
  bool append_ = false;
  bool separate_ = false;
  bool is_stderr_ = false;
  pid_t command_ = 0;
  std::vector<std::unique_ptr<present::Output>> outputs_;
  std::vector<std::uint32_t> tids_;  // of outputs_ from the second on, where they are separate
};

}  // namespace syscope::app
