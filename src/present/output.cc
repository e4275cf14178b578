#include "present/output.h"

#include <poll.h>

#include <cerrno>

namespace syscope::present {

void Output::flush() {
  std::string_view rest = text_.view();
  while (!rest.empty() && error_ == 0) {
    const ssize_t written = ::write(descriptor_.get(), rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {  // somebody made our end non-blocking
      pollfd ready{.fd = descriptor_.get(), .events = POLLOUT, .revents = 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  line_start_ -= static_cast<std::int64_t>(text_.size());
  text_.clear();
}

void Output::close() {
  flush();
  descriptor_.reset();
}

}  // namespace syscope::present
