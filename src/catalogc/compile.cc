#include "catalogc/compile.h"

#include <memory>

#include "catalogc/constants.h"
#include "catalogc/layout.h"
#include "catalogc/lower_calls.h"
#include "catalogc/lower_meanings.h"
#include "catalogc/lower_sets.h"
#include "catalogc/lower_types.h"
#include "catalogc/parser.h"
#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

// Types that no call has reached yet are checked too.
void check_structs(const Program& program, Layout& layout) {
  for (const StructNode& node : program.structs) {
    if (layout.find_struct(node.name) == &node) (void)layout.of(node);
  }
}

}  // namespace

Compiled compile(std::span<const Source> sources, Program& program, Diagnostics& diagnostics) {
  Compiled compiled;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    parse(sources[i].text, static_cast<std::uint32_t>(i), program, diagnostics);
  }
  add_variant_members(program, diagnostics);
  Constants constants(program, diagnostics);
  std::array<std::unique_ptr<Layout>, 4> layouts;
  for (const Abi abi : compiled_abis) {
    layouts[static_cast<std::size_t>(abi)] =
        std::make_unique<Layout>(program, constants, diagnostics, abi);
  }
  constants.set_sizer([&](const TypeNode& type, Abi abi) -> std::optional<std::uint32_t> {
    const Extent extent = layouts[static_cast<std::size_t>(abi)]->extent(type);
    return extent.varies ? std::nullopt : std::optional(extent.size);
  });
  constants.check();
  for (const std::string_view word : class_words()) compiled.shared.classes.emplace_back(word);
  const SetIndex sets = lower_sets(constants, compiled.shared);
  for (const Abi abi : compiled_abis) {
    Layout& layout = *layouts[static_cast<std::size_t>(abi)];
    check_structs(program, layout);
    AbiTables& tables = compiled.abis[static_cast<std::size_t>(abi)];
    TypeLowering types(program, constants, layout, sets, compiled.shared, tables, diagnostics);
    CallLowering(program, constants, layout, types, compiled.shared, tables, diagnostics).run();
  }
  lower_meanings(program, compiled.shared, diagnostics);
  return compiled;
}

}  // namespace syscope::catalogc
