#include "app/trace_errors.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>

#include "app/verb.h"
#include "base/text_buffer.h"
#include "present/quote.h"

namespace syscope::app {

void complain(const std::string& program, const std::string& text) {
  TextBuffer out;
  present::append_escaped(as_bytes(text), 0, present::HexStrings::none, out);
  std::fprintf(stderr, "%s: %.*s\n", program.c_str(), static_cast<int>(out.size()),
               out.view().data());
}

void complain(const std::string& program, const Error& error) {
  const bool is_hint = error.cause == Cause::usage && error.on.empty() && !error.todo.empty();
  if (!is_hint) return complain(program, error.text());
  if (!error.what.empty()) complain(program, error.what);
  std::fprintf(stderr, "%s\n", error.todo.c_str());
}

Error in_words_of_strace(Error error) {
  constexpr std::string_view attach = "cannot attach";
  constexpr std::string_view no_call = "invalid system call";
  constexpr std::string_view execute = "cannot execute: ";
  constexpr std::string_view write = "cannot write the trace: ";
  if (error.what.starts_with(execute)) {
    return {error.cause, "exec: " + error.what.substr(execute.size()), {}, {}};
  }
  if (error.what.starts_with(write)) {
    return {error.cause, error.on + ": " + error.what.substr(write.size()), {}, {}};
  }
  if (error.what.starts_with(no_call)) error.todo.clear();
  if (!error.what.starts_with(attach)) return error;
  const std::string pid = error.on.substr(0, error.on.find_first_not_of("0123456789"));
  const int number = error.cause == Cause::not_found ? ESRCH : EPERM;
  error.what = "attach: ptrace(PTRACE_SEIZE, " + pid + "): " + std::strerror(number);
  error.on.clear();
  error.todo.clear();
  return error;
}

int failure_status(const Error& error, bool is_strace) {
  if (is_strace) return 1;
  switch (error.cause) {
    case Cause::usage: return exit_usage;
    case Cause::not_permitted: return exit_not_permitted;
    case Cause::not_found:
    case Cause::failed:
    case Cause::unsupported: return exit_nothing_found;
  }
  return exit_nothing_found;
}

}  // namespace syscope::app
