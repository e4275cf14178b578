// A tape as plain text, to compare with: close to strace's notation, but every number stands as it
// is.
#pragma once

#include <cstdio>
#include <string>

#include "decode/value.h"

namespace syscope {

inline std::string tape_text(const decode::Tape& tape, std::uint32_t& at) {
  using decode::ValueKind;
  const decode::Value& value = tape[at];
  const auto children = [&](std::string_view between) {
    std::string text;
    for (++at; at < value.end;) {
      if (!text.empty()) text += between;
      const std::string_view name = tape[at].name;
      if (!name.empty()) text += std::string(name) + "=";
      text += tape_text(tape, at);
    }
    return text;
  };
  std::string text;
  const auto hex = [&] {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%#llx", static_cast<unsigned long long>(value.number));
    return std::string(digits);
  };
  switch (value.kind) {
    case ValueKind::number:
      text = value.is_signed ? std::to_string(static_cast<std::int64_t>(value.number))
                             : std::to_string(value.number);
      ++at;
      break;
    case ValueKind::string:
      if (value.prefix != 0) text += value.prefix;
      text += '"' + std::string(as_chars(value.bytes)) + '"' + (value.more ? "..." : "");
      ++at;
      break;
    case ValueKind::address:
      text = value.number == 0 ? "NULL" : hex();
      ++at;
      break;
    case ValueKind::missing:
      text = hex() + "?" + std::to_string(static_cast<int>(value.reason));
      ++at;
      break;
    case ValueKind::structure: text = "{" + children(", ") + "}"; break;
    case ValueKind::array: text = "[" + children(", ") + (value.more ? ", ...]" : "]"); break;
    case ValueKind::change: text = children(" => "); break;
    case ValueKind::set: text = (value.negated ? "~[" : "[") + children(" ") + "]"; break;
    case ValueKind::word:
      text = as_chars(value.bytes);
      ++at;
      break;
    case ValueKind::parts: text = children("|"); break;
    case ValueKind::call:
      text = std::string(as_chars(value.bytes)) + "(" + children(", ") + ")";
      break;
    case ValueKind::ellipsis:
      text = "...";
      ++at;
      break;
  }
  if (!value.comment.empty()) text += " /* " + std::string(value.comment) + " */";
  return text;
}

// The values in [from, to), named, with ", " between them.
inline std::string tape_text(const decode::Tape& tape, std::uint32_t from, std::uint32_t to) {
  std::string text;
  for (std::uint32_t at = from; at < to;) {
    if (at != from) text += ", ";
    const std::string_view name = tape[at].name;
    if (!name.empty()) text += std::string(name) + "=";
    text += tape_text(tape, at);
  }
  return text;
}

}  // namespace syscope
