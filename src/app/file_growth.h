// What a process gets more of, and which of its code opens it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "app/file_listing.h"
#include "app/opening_code.h"
#include "base/text_buffer.h"

namespace syscope::app {

// Files that a leak would make alike. The origin is the folder of a path, the address of a
// connection, the peer of anything else.
struct FileOrigin {
  pid_t pid = 0;
  std::string kind;
  std::string origin;
  auto operator<=>(const FileOrigin&) const = default;
};

using FileCounts = std::map<FileOrigin, std::uint64_t>;
[[nodiscard]] FileCounts count_files(resolve::World& world, const FileListing& listing);

struct Growth {
  std::uint64_t before = 0;
  std::uint64_t after = 0;
  // The way in which most of those that were looked at have been opened; empty: unknown.
  CodePath opened_by;
  std::uint64_t opened_so = 0;
  std::uint64_t looked_at = 0;

  [[nodiscard]] std::int64_t change() const {
    return static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  }
};

// Compares two looks at the same processes: one entry per process, kind and origin whose number has
// changed. `code`, where there is some, tells by whom the files of `listing`, the later look, were
// opened.
using FileGrowth = std::map<FileOrigin, Growth>;
[[nodiscard]] FileGrowth compare(const FileCounts& before, resolve::World& later,
                                 const FileListing& listing, std::optional<OpeningCode>& code);

// Whether anything has increased.
[[nodiscard]] bool grew(const FileGrowth& growth);

// A line for each, the steepest growth first.
void write_growth(const FileGrowth& growth, double seconds, bool json, TextBuffer& text);

}  // namespace syscope::app
