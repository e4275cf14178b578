#include "store/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace syscope::store {
namespace {

constexpr std::size_t buffered = 256 * 1024;

}  // namespace

Result<Writer> Writer::create(const std::string& path) {
  Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return fail_errno(errno, "cannot create a recording", path);
  return Writer(std::move(file), path);
}

Writer::Writer(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
  buffer_.reserve(buffered);
}

Writer::~Writer() {
  if (file_) write_out();
}

void Writer::accept(Bytes record) {
  if (buffer_.size() + record.size() > buffered) write_out();
  buffer_.insert(buffer_.end(), record.begin(), record.end());
}

Result<void> Writer::finish() {
  write_out();
  if (failure_) return std::unexpected(*failure_);
  return {};
}

void Writer::write_out() {
  std::size_t written = 0;
  while (!failure_ && written < buffer_.size()) {
    const ssize_t count = ::write(file_.get(), buffer_.data() + written, buffer_.size() - written);
    if (count > 0) written += static_cast<std::size_t>(count);
    if (count < 0 && errno != EINTR) {
      failure_ = fail_errno(errno, "cannot write the recording", path_).error();
    }
  }
  buffer_.clear();
}

}  // namespace syscope::store
