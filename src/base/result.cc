#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace syscope {

std::string Error::text() const {
  std::string line = what;
  for (const std::string* part : {&on, &todo}) {
    if (part->empty()) continue;
    if (!line.empty()) line += ": ";
    line += *part;
  }
  return line;
}

std::unexpected<Error> fail_errno(int errno_value, std::string what, std::string on,
                                  std::string todo) {
  Cause cause = Cause::failed;
  if (errno_value == EPERM || errno_value == EACCES) cause = Cause::not_permitted;
  if (errno_value == ENOENT || errno_value == ESRCH) cause = Cause::not_found;
  what += ": ";
  what += std::strerror(errno_value);
  return fail(cause, std::move(what), std::move(on), std::move(todo));
}

}  // namespace syscope
