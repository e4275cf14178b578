// The capture plans of the catalog in the form in which the kernel programs run them.
#pragma once

#include <cstdint>
#include <vector>

#include "capture/bpf/layout.h"
#include "capture/engine.h"
#include "catalog/tables.h"

namespace syscope::capture::bpf {

// One of each array that the programs hold; sizes are at most those of layout.h.
struct KernelPlans {
  std::vector<scb_plan> plans;  // 0: no ops
  std::vector<sc_op> ops;       // caps in bytes, all of SC_CAP_BYTES
  std::vector<scb_variants> variants;
  std::vector<std::uint64_t> keys;
  std::vector<std::uint16_t> key_plans;
  std::uint16_t plan_of[SCB_ABIS][SCB_CALLS] = {};
};

// `native` are the tables of x86-64, `compat` those of i386. What does not fit is left without a plan:
// its arguments then stand as numbers.
[[nodiscard]] KernelPlans make_plans(const Request& request, const catalog::Tables& native,
                                     const catalog::Tables& compat);

}  // namespace syscope::capture::bpf
