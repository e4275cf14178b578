// Signal sets as text.
#pragma once

#include <cstdint>
#include <string>

namespace syscope::diagnose {

// "SIGINT, SIGTERM", "any signal but SIGUSR1" for sets of more than half, "no signal" for none. Bit 0
// is signal 1. signal(7).
[[nodiscard]] std::string signal_set_text(std::uint64_t set);

}  // namespace syscope::diagnose
