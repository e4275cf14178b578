// Strings as JSON. RFC 8259
#pragma once

#include "base/bytes.h"
#include "base/text_buffer.h"

namespace syscope::present {

// A JSON string. Control characters, those of Unicode's second block (U+0080 to U+009F) too, are
// escaped, so that the line is safe to show on a terminal. Bytes that are not UTF-8 give
// {"base16":"..."}, all of them in hexadecimal.
void append_json(Bytes bytes, TextBuffer& out);

// The same for text that is known to be UTF-8: our own words and names.
void append_json_text(std::string_view text, TextBuffer& out);

}  // namespace syscope::present
