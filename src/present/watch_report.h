// What `why --watch` saw, as text and as JSON.
#pragma once

#include <string>

#include "diagnose/watch.h"

namespace syscope::present {

// Connections, then threads; lines end in a line feed. Whatever came from other processes or over
// their connections is made harmless, and cut to a line's length.
[[nodiscard]] std::string watch_text(const diagnose::WatchReport& report);

// One JSON object on one line, with the same in it.
[[nodiscard]] std::string watch_json(const diagnose::WatchReport& report);

}  // namespace syscope::present
