// Hooks: what the catalog language cannot say, as functions from captured bytes to values. They are
// pure, safe on any bytes, and never see the traced process. docs/catalog.md lists them.
#pragma once

#include "decode/decoder.h"

namespace syscope::decode {

// What a hook of a type is given. It appends exactly one value, named `name`; in a list, whose
// members have no names, as many as there are.
struct HookInput {
  Decoder& decoder;
  Place place;         // the bytes that are there, at most `size`
  std::uint64_t size;  // how many there should be, as the type's length says
  std::string_view name;
  const Scope& scope;
};
using Hook = void (*)(const HookInput& input);

// A hook of a result appends notes behind the result, or sets DecodedCall::result_note.
using ResultHook = void (*)(Decoder& decoder, const catalog::Prototype& prototype,
                            DecodedCall& decoded);

// The functions bound to catalog::hooks()[index]; a name that decode does not know is shown as
// bytes, and adds nothing to a result.
[[nodiscard]] Hook hook(catalog::Index index);
[[nodiscard]] ResultHook result_hook(catalog::Index index);

}  // namespace syscope::decode
