// The open files that a stream has told of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::event {

// An SC_FILE record, taken apart. The texts are raw.
struct File {
  sc_file fixed{};
  std::string text;
  std::string info;    // lines "field: value"
  sc_socket socket{};  // family 0: not known

  [[nodiscard]] bool is_deleted() const { return (fixed.head.flags & SC_FILE_DELETED) != 0; }
  // Of a line of `info`; empty without one.
  [[nodiscard]] std::string_view field(std::string_view name) const;
};

// When a descriptor is looked at.
enum class FileTime : std::uint8_t { entry, exit, exit_or_entry };

// Files by id. Bounded: those that no call has named for long are forgotten first.
class FileTable {
 public:
  // `most` files are kept at least, twice as many at most.
  explicit FileTable(std::size_t most = std::size_t{1} << 17) : most_(most) {}

  // Takes an SC_FILE record, and returns what it tells, valid until the next learn(); one that is too
  // short for what it announces is ignored: null.
  const File* learn(Bytes record);
  // The file behind a descriptor in an SC_ENTER or SC_CALL record, null where the engine saw none;
  // valid until the next learn().
  [[nodiscard]] const File* find(Bytes call, std::int32_t descriptor, FileTime time);

 private:
  using Files = std::unordered_map<std::uint64_t, std::unique_ptr<File>>;
  [[nodiscard]] const File* find(std::uint64_t id);
  void make_room();

  const std::size_t most_;
  Files recent_;
  Files older_;  // goes when `recent_` is full
};

}  // namespace syscope::event
