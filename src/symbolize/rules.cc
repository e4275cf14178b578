#include "symbolize/rules.h"

#include <dwarf.h>

#include <cstdlib>
#include <initializer_list>

namespace syscope::symbolize {
namespace {

constexpr Dwarf_Word dwarf_rbp = 6;  // x86-64 System V ABI, figure 3.36

CallerRule rule_of(Dwarf_Frame* frame) {
  bool is_signal = false;
  const int return_column = dwarf_frame_info(frame, nullptr, nullptr, &is_signal);
  Dwarf_Op memory[3];
  Dwarf_Op* operations = nullptr;
  std::size_t count = 0;
  if (dwarf_frame_register(frame, return_column, memory, &operations, &count) != 0) {
    return CallerRule::unknown;
  }
  // No operations, in the memory that was given: "undefined", DWARF 5 section 6.4.1.
  if (count == 0 && operations == memory) return CallerRule::none;
  if (dwarf_frame_cfa(frame, &operations, &count) != 0 || count == 0) return CallerRule::unknown;
  const Dwarf_Op& base = operations[0];
  const bool by_frame_pointer =
      base.atom == DW_OP_breg6 || (base.atom == DW_OP_bregx && base.number == dwarf_rbp);
  return by_frame_pointer ? CallerRule::by_frame_pointer : CallerRule::otherwise;
}

}  // namespace

CallerRule caller_rule(Dwfl* dwfl, std::uint64_t code) {
  Dwfl_Module* module = dwfl_addrmodule(dwfl, code);
  if (module == nullptr) return CallerRule::unknown;
  for (const auto rules_of : {dwfl_module_eh_cfi, dwfl_module_dwarf_cfi}) {
    Dwarf_Addr bias = 0;
    Dwarf_CFI* rules = rules_of(module, &bias);
    Dwarf_Frame* frame = nullptr;
    if (rules == nullptr || dwarf_cfi_addrframe(rules, code - bias, &frame) != 0) continue;
    const CallerRule rule = rule_of(frame);
    std::free(frame);
    return rule;
  }
  return CallerRule::unknown;
}

}  // namespace syscope::symbolize
