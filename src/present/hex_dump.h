// What calls transferred, byte by byte: -e read and -e write.
#pragma once

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/text_buffer.h"
#include "decode/decode.h"

namespace syscope::present {

// Whose data is dumped, by descriptor; an empty function: nobody's.
struct DumpStyle {
  std::function<bool(std::int32_t descriptor)> reads;
  std::function<bool(std::int32_t descriptor)> writes;
  [[nodiscard]] bool any() const { return reads || writes; }
};

// Below a finished call: what it read (as much as its result says), or what it was to write whether
// it failed or not, if the style asks for its descriptor. Where the record has only the
// beginning, since the rest could not be read or found no room, it tells how much is missing.
//  | 00000  68 65 6c 6c 6f 0a                                 hello.           |
void append_dump(const decode::DecodedCall& call, const DumpStyle& style, TextBuffer& out);

}  // namespace syscope::present
