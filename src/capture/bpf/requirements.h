// What the eBPF engine needs of kernel and user, one by one: for people whose engine does not start.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace syscope::capture::bpf {

struct Requirement {
  std::string what;   // "type information of the kernel (BTF)"
  bool met = false;
  std::string found;  // what there is: "/sys/kernel/btf/vmlinux"
  std::string todo;   // if it is not met: what would help
};

// Looks at each; takes some 10 ms, changes nothing. The order is that of looking for a cause. Where
// bpf(2) may not be called, what it would be asked is left out: the kernel's answer is no to all.
[[nodiscard]] std::vector<Requirement> requirements();

// Loads every program of the engine and drops them again: the test that counts. The error is that of
// make_engine().
[[nodiscard]] Result<void> try_loading();

}  // namespace syscope::capture::bpf
