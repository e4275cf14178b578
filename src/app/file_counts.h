// Open files counted instead of listed: what a process has many of.
#pragma once

#include <span>
#include <string>

#include "app/file_listing.h"
#include "base/text_buffer.h"

namespace syscope::app {

// One line per combination of the keys (type, kind, peer, user, command, pid, container, state,
// name), the most frequent first.
void write_counts(resolve::World& world, const FileListing& listing,
                  std::span<const std::string> keys, bool json, TextBuffer& text);

}  // namespace syscope::app
