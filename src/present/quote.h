// Strings of the traced process as text that is safe to show: printable ASCII and nothing else.
#pragma once

#include "base/bytes.h"
#include "base/text_buffer.h"
#include "present/text_style.h"

namespace syscope::present {

// The string in double quotes with C escapes: \n \t \v \f \r \" \\ and octal, which is shortened
// unless a digit follows within `bytes`. With `more`, "..." stands behind it.
void append_quoted(Bytes bytes, bool more, HexStrings hex, TextBuffer& out);

// The same without quotes, and with the character `special` escaped, too: with '>' also '<', for
// names in < >; with 0 not even '"', for text that stands alone.
void append_escaped(Bytes bytes, char special, HexStrings hex, TextBuffer& out);

}  // namespace syscope::present
