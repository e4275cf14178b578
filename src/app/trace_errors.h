// Messages and exit statuses of `trace`, in its own manner and in strace's.
#pragma once

#include <string>

#include "app/trace_options.h"
#include "base/result.h"

namespace syscope::app {

// "PROGRAM: text" on stderr, with what came from elsewhere made safe for a terminal.
void complain(const std::string& program, const std::string& text);
// The same of an error; a hint that belongs to the command line gets a line of its own.
void complain(const std::string& program, const Error& error);

// What strace says where scripts may look for it: `attach: ptrace(PTRACE_SEIZE, 812): No such
// process`, `exec: Permission denied`. Other errors stay as they are.
[[nodiscard]] Error in_words_of_strace(Error error);

// Of a trace that failed before or without its command: 1 under the name of strace, else by its
// cause.
[[nodiscard]] int failure_status(const Error& error, bool is_strace);

}  // namespace syscope::app
