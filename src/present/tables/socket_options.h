// The options of sockets, behind NAME and in JSON.
#pragma once

#include <span>

#include "base/text_buffer.h"
#include "present/tables/json_line.h"
#include "resolve/open_file.h"

namespace syscope::present {

// "KEEPALIVE,KEEPIDLE=7200,MARK=0x1,RCVTIMEO=2.5", harmless. Durations are in seconds.
void append_option_list(TextBuffer& text, std::span<const resolve::SocketOption> options);
// " SO=" and the list, or the note in parentheses; nothing where there is neither.
void append_socket_options(TextBuffer& text, const resolve::SocketOptionSet& set);
// The key "options" with an object: true for flags, numbers, strings; or "options_note".
void write_socket_options(JsonLine& json, const resolve::SocketOptionSet& set);

}  // namespace syscope::present
