// A seccomp filter that stops a thread only at the calls that are wanted.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "capture/engine.h"

namespace syscope::capture::ptrace {

// The program: SECCOMP_RET_TRACE for wanted calls of any ABI of this machine, SECCOMP_RET_ALLOW for
// all others. It consists of comparisons alone, so that the kernel can tell beforehand which
// numbers it always allows, and then does not even run it (Linux 5.11). Empty where no such program
// pays: everything is wanted, the machine is not x86, or the program would be longer than
// BPF_MAXINSNS. seccomp(2).
[[nodiscard]] std::vector<sock_filter> make_filter(const WantedCalls& wanted);

}  // namespace syscope::capture::ptrace
