// Text of other processes' choosing, made harmless for a terminal.
#pragma once

#include <string_view>

#include "base/text_buffer.h"

namespace syscope::present {

// Appends `raw`. Control characters, DEL, the C1 controls and bytes that are not UTF-8 become \n,
// \t or \x1b; a backslash becomes \\ so that the reverse is unambiguous. Nothing that comes out can
// move a cursor or end a line.
void append_harmless(TextBuffer& text, std::string_view raw);

// How many bytes at the front of `raw` form one well-formed character of UTF-8; 0 if none.
[[nodiscard]] unsigned utf8_length(std::string_view raw);

}  // namespace syscope::present
