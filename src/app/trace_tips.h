// Advice that --tips prints behind a trace.
#pragma once

#include <string>

#include "app/trace_options.h"

namespace syscope::app {

// The tip that was chosen, in its frame; empty if none was. Numbers beyond the last tip begin again
// at the first.
[[nodiscard]] std::string tip_text(const TipChoice& choice);

}  // namespace syscope::app
