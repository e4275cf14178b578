// Tokens to the catalog as written (ast.h). Syntax only: no name is looked up.
#pragma once

#include <string_view>

#include "catalogc/ast.h"
#include "catalogc/diagnostics.h"

namespace syscope::catalogc {

// Adds the declarations of one file to `program`. After a syntax error it goes on with the next
// declaration that begins a line, so that one run reports several. Any text is safe to parse.
void parse(std::string_view text, std::uint32_t file, Program& program, Diagnostics& diagnostics);

}  // namespace syscope::catalogc
