#include "present/tables/socket_options.h"

#include "present/tables/terminal_text.h"

namespace syscope::present {
namespace {

using resolve::SocketOption;
using Form = SocketOption::Form;

// "2", "2.5", "0.000001".
void append_seconds(TextBuffer& text, std::int64_t microseconds) {
  constexpr std::int64_t second = 1'000'000;
  text.append_signed(microseconds / second);
  std::int64_t rest = microseconds % second;
  if (rest <= 0) return;
  text.append('.');
  for (std::int64_t place = second / 10; rest != 0; place /= 10) {
    text.append(static_cast<char>('0' + rest / place));
    rest %= place;
  }
}

void append_option(TextBuffer& text, const SocketOption& option) {
  text.append(option.name);
  if (option.form == Form::flag) return;
  text.append('=');
  switch (option.form) {
    case Form::bits: return text.append_hex(static_cast<std::uint64_t>(option.number));
    case Form::seconds: return append_seconds(text, option.number);
    case Form::text: return append_harmless(text, option.text);
    default: return text.append_signed(option.number);
  }
}

void write_option(JsonLine& json, const SocketOption& option) {
  json.key(option.name);
  switch (option.form) {
    case Form::flag: return json.boolean(true);
    case Form::text: return json.string(option.text);
    case Form::seconds: {
      TextBuffer digits;
      append_seconds(digits, option.number);
      return json.literal(digits.view());
    }
    default: return json.signed_number(option.number);
  }
}

}  // namespace

void append_option_list(TextBuffer& text, std::span<const SocketOption> options) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    if (i != 0) text.append(',');
    append_option(text, options[i]);
  }
}

void append_socket_options(TextBuffer& text, const resolve::SocketOptionSet& set) {
  if (!set.options.empty()) {
    text.append(" SO=");
    append_option_list(text, set.options);
  }
  if (set.note.empty()) return;
  text.append(" (");
  text.append(set.note);
  text.append(')');
}

void write_socket_options(JsonLine& json, const resolve::SocketOptionSet& set) {
  if (!set.note.empty()) return json.field("options_note", set.note);
  json.key("options");
  json.open_object();
  for (const SocketOption& option : set.options) write_option(json, option);
  json.close_object();
}

}  // namespace syscope::present
