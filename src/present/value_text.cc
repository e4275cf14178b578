#include "present/value_text.h"

#include "present/constants.h"
#include "present/date_text.h"
#include "present/notation.h"
#include "present/quote.h"

namespace syscope::present {

using catalog::Notation;
using decode::Tape;
using decode::Value;
using decode::ValueKind;

namespace {

void append_comment(std::string_view comment, TextBuffer& out) {
  out.append(" /* ");
  out.append(comment);
  out.append(" */");
}

// An IPv6 address names the member that it stands in, where others write `name=`.
bool carries_its_name(const Value& value) {
  return value.kind == ValueKind::string && value.notation == Notation::ip6;
}

}  // namespace

std::uint32_t ValueWriter::write(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const Value& value = tape[at];
  switch (value.kind) {
    case ValueKind::number: write_number(tape, at, out); break;
    case ValueKind::string: write_bytes(value, out); break;
    case ValueKind::address:
    case ValueKind::missing: append_address(value.number, out); break;
    case ValueKind::structure: write_structure(tape, at, out); break;
    case ValueKind::array:
      out.append('[');
      if (value.set != catalog::nothing) {
        write_positions(tape, at, out);
      } else {
        write_list(tape, at + 1, value.end, false, out);
      }
      if (value.more) out.append(value.end == at + 1 ? "..." : ", ...");
      out.append(']');
      break;
    case ValueKind::change: {
      const std::uint32_t after = write(tape, at + 1, out);
      out.append(" => ");
      if (after == value.end) break;
      if (!tape[after].name.empty()) {
        out.append(tape[after].name);
        out.append('=');
      }
      write(tape, after, out);
      break;
    }
    case ValueKind::set: write_set(tape, at, out); break;
    case ValueKind::word:
      if (style_.constants == ConstantStyle::names || value.width == 0 ||
          (style_.constants == ConstantStyle::verbose && value.named)) {
        out.append(as_chars(value.bytes));
      } else {
        out.append_hex(value.number);
        if (style_.constants == ConstantStyle::verbose) append_comment(as_chars(value.bytes), out);
      }
      break;
    case ValueKind::parts:
      for (std::uint32_t part = at + 1; part < value.end; part = tape[part].end) {
        if (part != at + 1) out.append(value.prefix != 0 ? value.prefix : '|');
        write(tape, part, out);
      }
      break;
    case ValueKind::call: write_call(tape, at, out); break;
    case ValueKind::ellipsis: out.append("..."); break;
  }
  if (value.shift != 0) {
    out.append("<<");
    out.append_decimal(value.shift);
  }
  const bool only_number = (value.kind == ValueKind::number || value.kind == ValueKind::word) &&
                           style_.constants == ConstantStyle::raw;
  if (!value.comment.empty() && !only_number) append_comment(value.comment, out);
  return value.end;
}

// A function of its arguments; the number that it stands for where names are not wanted.
void ValueWriter::write_call(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const Value& value = tape[at];
  const bool has_number = value.width != 0 && style_.constants != ConstantStyle::names;
  if (has_number) {
    append_in_notation(value, ConstantStyle::raw, out);
    if (style_.constants == ConstantStyle::raw) return;
    out.append(" /* ");
  }
  out.append(as_chars(value.bytes));
  out.append('(');
  write_list(tape, at + 1, value.end, false, out);
  out.append(has_number ? ") */" : ")");
}

void ValueWriter::write_structure(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const std::string_view special = special_time(tape, at);
  if (!special.empty() && style_.constants == ConstantStyle::names) return out.append(special);
  out.append('{');
  write_list(tape, at + 1, tape[at].end, true, out);
  out.append('}');
  if (!special.empty() && style_.constants == ConstantStyle::verbose) append_comment(special, out);
  if (is_time(tape, at)) write_date(tape, at + 1, tape[at].end, out);
}

void ValueWriter::write_list(const Tape& tape, std::uint32_t from, std::uint32_t to, bool names,
                             TextBuffer& out) const {
  const bool is_only_time = names && is_time(tape, from - 1);  // its date stands behind it
  for (std::uint32_t at = from; at < to; at = tape[at].end) {
    if (at != from) out.append(", ");
    if (names && !tape[at].name.empty() && !carries_its_name(tape[at])) {
      out.append(tape[at].name);
      out.append('=');
    }
    write(tape, at, out);
    if (!is_only_time && tells_date(tape, at)) write_date(tape, at, to, out);
  }
}

void ValueWriter::write_date(const Tape& tape, std::uint32_t at, std::uint32_t end,
                             TextBuffer& out) const {
  const bool is_name = tape[at].notation == Notation::instant;
  if (is_name && style_.constants == ConstantStyle::raw) return;
  append_date_of_member(tape, at, end, out);
}

// An array whose positions have names: [[SK_MEMINFO_RCVBUF]=4096].
void ValueWriter::write_positions(const Tape& tape, std::uint32_t array, TextBuffer& out) const {
  const catalog::Set& names = catalog::sets()[tape[array].set];
  std::uint64_t position = 0;
  for (std::uint32_t at = array + 1; at < tape[array].end; at = tape[at].end, ++position) {
    if (position != 0) out.append(", ");
    if (tape[at].kind == ValueKind::number) {
      out.append('[');
      append_constant(names, position, 4, style_.constants, out);
      out.append("]=");
    }
    write(tape, at, out);
  }
}

void ValueWriter::write_number(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const Value& value = tape[at];
  if (!value.bytes.empty() && style_.constants == ConstantStyle::names) {
    return out.append(as_chars(value.bytes));
  }
  if (value.notation == Notation::ioctl && at != 0) return write_request(tape, at, out);
  append_in_notation(value, value.bytes.empty() ? style_.constants : ConstantStyle::raw, out);
  if (!value.bytes.empty() && style_.constants == ConstantStyle::verbose) {
    append_comment(as_chars(value.bytes), out);
  }
  const bool is_descriptor = value.notation == Notation::fd || value.notation == Notation::dirfd;
  if (is_descriptor && descriptors_ != nullptr) {
    descriptors_->write(static_cast<std::int32_t>(value.number), at, out);
  }
  const bool is_pid = value.notation == Notation::pid || value.notation == Notation::tid ||
                      value.notation == Notation::pgid;
  if (is_pid && pids_ != nullptr) pids_->write(value, at, out);
}

// Behind the descriptor that it is made of, whose kind tells apart the names of its value.
void ValueWriter::write_request(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  // The kernel's list of major numbers, Documentation/admin-guide/devices.txt.
  constexpr auto is_terminal = [](std::uint32_t major) {
    return major == 4 || major == 5 || (major >= 136 && major <= 143);
  };
  constexpr auto is_sound = [](std::uint32_t major) { return major == 14 || major == 116; };
  const Value& first = tape[0];
  const std::uint32_t major = descriptors_ != nullptr && first.notation == Notation::fd
                                  ? descriptors_->character_device(
                                        static_cast<std::int32_t>(first.number))
                                  : 0;
  const RequestNames names = is_terminal(major) ? RequestNames::terminal
                             : is_sound(major)  ? RequestNames::sound
                                                : RequestNames::all;
  append_request(tape[at], names, style_.constants, out);
}

void ValueWriter::write_set(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const Value& set = tape[at];
  const bool has_words = !set.bytes.empty();
  if (has_words && style_.constants == ConstantStyle::raw) return write_words(set, out);
  out.append(set.negated ? "~[" : "[");
  for (std::uint32_t word = at + 1; word < set.end; word = tape[word].end) {
    if (word != at + 1) out.append(' ');
    if (tape[word].kind == ValueKind::number && tape[word].notation == Notation::signo) {
      append_signal_word(tape[word].number, style_.constants, out);
    } else {
      write(tape, word, out);
    }
  }
  if (set.more) out.append(" ...");
  out.append(']');
  if (!has_words || style_.constants != ConstantStyle::verbose) return;
  out.append(" /* ");
  write_words(set, out);
  out.append(" */");
}

// The words of a set of bits as numbers.
void ValueWriter::write_words(const Value& set, TextBuffer& out) const {
  out.append('[');
  for (std::size_t at = 0; at + set.width <= set.bytes.size(); at += set.width) {
    if (at != 0) out.append(", ");
    out.append_hex(load_unsigned(set.bytes.data() + at, set.width));
  }
  out.append(']');
}

void ValueWriter::write_bytes(const Value& value, TextBuffer& out) const {
  switch (value.notation) {
    case Notation::ip6: append_ip6(value.bytes, value.name, style_.constants, out); break;
    case Notation::ip4:
      if (value.bytes.size() < 4) return append_quoted(value.bytes, false, HexStrings::all, out);
      return append_ip4(value.bytes, style_.constants, out);
    case Notation::mac: append_mac(value.bytes, style_.constants, out); break;
    case Notation::hex: append_quoted(value.bytes, value.more, HexStrings::all, out); break;
    default:
      if (value.prefix != 0) out.append(value.prefix);
      append_quoted(value.bytes, value.more, style_.hex_strings, out);
  }
}

}  // namespace syscope::present
