// Open files counted instead of listed: what a process has many of, and what it gets more of.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>

#include "app/file_listing.h"
#include "base/text_buffer.h"

namespace syscope::app {

// One line per combination of the keys (type, kind, peer, user, command, pid, container, state,
// name), the most frequent first.
void write_counts(resolve::World& world, const FileListing& listing,
                  std::span<const std::string> keys, bool json, TextBuffer& text);

// How many files of each kind and origin every process has: what growth is measured by.
using FileCounts = std::map<std::pair<pid_t, std::pair<std::string, std::string>>, std::uint64_t>;
[[nodiscard]] FileCounts count_files(resolve::World& world, const FileListing& listing);

// Compares two looks at the same processes: one line per process, kind and origin whose number has
// changed, the steepest growth first. Returns whether anything grew.
bool write_growth(const FileCounts& before, const FileCounts& after, double seconds, bool json,
                  TextBuffer& text);

}  // namespace syscope::app
