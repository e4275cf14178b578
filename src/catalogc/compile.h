// The whole way from text to tables.
#pragma once

#include <span>

#include "catalogc/ast.h"
#include "catalogc/diagnostics.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// All files together are one catalog. What comes back is usable only if `diagnostics` stays empty.
// `program` receives the text as parsed, for readers that want more than the tables.
[[nodiscard]] Compiled compile(std::span<const Source> sources, Program& program,
                               Diagnostics& diagnostics);

}  // namespace syscope::catalogc
