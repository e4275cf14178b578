// Errors as values. Every failure that reaches a person has three parts: what failed, on what, and
// what to do next.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace syscope {

// What kind of failure, where the caller reacts to it (the exit status of the program, a fallback).
enum class Cause {
  failed,         // anything else: the text says it
  usage,          // the person asked for something that does not exist
  not_found,      // the process, file or thing is not there (any more)
  not_permitted,  // it is there and this user may not
  unsupported,    // this kernel or this build cannot
};

struct Error {
  Cause cause = Cause::failed;
  std::string what;  // "cannot attach"
  std::string on;    // "812 (mariadbd)": may be empty
  std::string todo;  // "run as root, or grant CAP_SYS_PTRACE": may be empty

  // "what: on: todo", with the empty parts left out; one line, no line feed.
  [[nodiscard]] std::string text() const;
};

template <class T>
using Result = std::expected<T, Error>;

// For `return fail(Cause::not_found, "no process", "812")`.
[[nodiscard]] inline std::unexpected<Error> fail(Cause cause, std::string what, std::string on = {},
                                                 std::string todo = {}) {
  return std::unexpected(Error{cause, std::move(what), std::move(on), std::move(todo)});
}

// A failed system call: the message of `errno_value` becomes part of `what`; EPERM and EACCES become
// Cause::not_permitted, ENOENT and ESRCH Cause::not_found. errno(3), strerror(3).
[[nodiscard]] std::unexpected<Error> fail_errno(int errno_value, std::string what,
                                                std::string on = {}, std::string todo = {});

}  // namespace syscope
