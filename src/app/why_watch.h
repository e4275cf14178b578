// `why --watch`: traces some processes for a while, for what a look at one instant cannot tell.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "diagnose/watch.h"

namespace syscope::app {

// "10s", "500ms", "2m", "1.5"; usage when it is none of these, or not above zero and at most a day.
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

// Watches `pids` and all their descendants until the time is over, they are gone, or a signal asks
// for an end; then lets go of them. `begun` is called when the watch has begun. Errors are those of
// the eBPF engine.
[[nodiscard]] Result<diagnose::WatchReport> watch_processes(const std::vector<pid_t>& pids,
                                                            std::chrono::milliseconds time,
                                                            const std::function<void()>& begun);

}  // namespace syscope::app
