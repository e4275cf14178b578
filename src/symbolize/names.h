// What the code at an address is called.
#pragma once

#include "symbolize/modules.h"
#include "symbolize/stack.h"

namespace syscope::symbolize {

// Fills in module, function and offset. `is_return` when the pc lies behind a call.
void name_frame(const Modules& modules, bool is_return, Frame& frame);

// Fills in the source line, where there is debug information of a size that can be read at once.
void name_source(const Modules& modules, bool is_return, Frame& frame);

}  // namespace syscope::symbolize
