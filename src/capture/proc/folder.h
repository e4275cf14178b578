// A folder of numbered entries (/proc itself, task, fd), read in large steps.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "base/fd.h"
#include "base/result.h"

namespace syscope::capture::proc {

class Folder {
 public:
  // getdents64(2) on `path` relative to the folder `parent`.
  [[nodiscard]] static Result<Folder> open(int parent, const char* path);

  // The next entry whose name is a decimal number that fits an int; nothing at the end or when the
  // process has gone.
  [[nodiscard]] std::optional<int> next_number();
  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  static constexpr std::size_t buffer_size = 32768;
  explicit Folder(Fd fd) : fd_(std::move(fd)), buffer_(std::make_unique_for_overwrite<Buffer>()) {}
  using Buffer = std::array<std::byte, buffer_size>;

  Fd fd_;
  std::unique_ptr<Buffer> buffer_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace syscope::capture::proc
