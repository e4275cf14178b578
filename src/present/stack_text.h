// Stacks below the lines of a trace.
#pragma once

#include "base/bytes.h"
#include "base/text_buffer.h"

namespace syscope::present {

// A line for each frame of an SC_STACK record:
//  > /lib/x86_64-linux-gnu/libc.so.6(read+0x12) [0xfe345]
void append_stack(Bytes record, TextBuffer& out);

}  // namespace syscope::present
