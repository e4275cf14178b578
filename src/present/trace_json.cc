#include "present/trace_json.h"

#include <arpa/inet.h>
#include <sys/wait.h>

#include <array>

#include "abi/names.h"
#include "event/stacks.h"
#include "event/view.h"
#include "present/json_text.h"
#include "present/notation.h"

namespace syscope::present {

using catalog::Notation;
using decode::DecodedCall;
using decode::Tape;
using decode::Value;
using decode::ValueKind;

namespace {

constexpr std::string_view abi_names[] = {"x86_64", "i386", "x32", "arm64"};

void append_key(std::string_view key, TextBuffer& out) {
  out.append(",\"");
  out.append(key);
  out.append("\":");
}

// Whether the decimal number says everything.
bool is_plain(const Value& value) {
  switch (value.notation) {
    case Notation::dec:
    case Notation::fd:
    case Notation::pid:
    case Notation::tid:
    case Notation::pgid:
    case Notation::uid:
    case Notation::gid:
    case Notation::seconds:
    case Notation::instant:
    case Notation::nanoseconds: return true;
    default: return false;
  }
}

void append_integer(const Value& value, TextBuffer& out) {
  if (value.is_signed) {
    out.append_signed(static_cast<std::int64_t>(value.number));
  } else {
    out.append_decimal(value.number);
  }
}

std::string_view reason_name(decode::MissingReason reason) {
  switch (reason) {
    case decode::MissingReason::fault: return "fault";
    case decode::MissingReason::truncated: return "truncated";
    case decode::MissingReason::lost: return "lost";
    case decode::MissingReason::not_captured: return "not_captured";
  }
  return "fault";
}

}  // namespace

TextBuffer& TraceJson::open_line(const sc_head& head, std::string_view type) {
  TextBuffer& out = output_of_(head.tid).text();
  out.append("{\"type\":\"");
  out.append(type);
  out.append("\",\"ts_ns\":");
  out.append_decimal(head.time + static_cast<std::uint64_t>(realtime_offset_));
  append_key("pid", out);
  out.append_decimal(head.pid);
  append_key("tid", out);
  out.append_decimal(head.tid);
  return out;
}

void TraceJson::start(const sc_start& record) {
  realtime_offset_ = record.realtime_offset;
  TextBuffer& out = open_line(record.head, "start");
  out.append(",\"schema\":\"syscope.trace/1\"}\n");
}

void TraceJson::write_number(const Value& value, TextBuffer& out) {
  if (is_plain(value)) return append_integer(value, out);
  if (value.notation == Notation::boolean) {
    return out.append(value.number != 0 ? "true" : "false");
  }
  scratch_.clear();
  if (!value.bytes.empty()) {
    scratch_.append(as_chars(value.bytes));
  } else {
    append_in_notation(value, ConstantStyle::names, scratch_);
  }
  out.append("{\"value\":");
  append_integer(value, out);
  out.append(",\"text\":");
  append_json(as_bytes(scratch_.view()), out);
  out.append('}');
}

void TraceJson::write_string(const Value& value, TextBuffer& out) const {
  const bool is_ip4 = value.notation == Notation::ip4;
  if ((is_ip4 || value.notation == Notation::ip6) && value.bytes.size() == 16) {
    std::array<char, INET6_ADDRSTRLEN> text;
    inet_ntop(is_ip4 ? AF_INET : AF_INET6, value.bytes.data(), text.data(), text.size());
    return append_json_text(text.data(), out);
  }
  if (!value.more && value.prefix == 0) return append_json(value.bytes, out);
  out.append("{\"string\":");
  append_json(value.bytes, out);
  if (value.prefix != 0) out.append(",\"abstract\":true");
  if (value.more) out.append(",\"more\":true");
  out.append('}');
}

// A number in parts is a number, too.
void TraceJson::write_parts(const Tape& tape, std::uint32_t at, TextBuffer& out) {
  std::uint64_t number = 0;
  for (std::uint32_t part = at + 1; part < tape[at].end; part = tape[part].end) {
    number |= tape[part].number << (tape[part].shift & 63);
  }
  scratch_.clear();
  values_.write(tape, at, scratch_);
  out.append("{\"value\":");
  out.append_decimal(number);
  out.append(",\"text\":");
  append_json(as_bytes(scratch_.view()), out);
  out.append('}');
}

std::uint32_t TraceJson::write_value(const Tape& tape, std::uint32_t at, TextBuffer& out) {
  const Value& value = tape[at];
  switch (value.kind) {
    case ValueKind::number: write_number(value, out); break;
    case ValueKind::string: write_string(value, out); break;
    case ValueKind::address:
      if (value.number == 0) {
        out.append("null");
      } else {
        out.append("{\"address\":");
        out.append_decimal(value.number);
        out.append('}');
      }
      break;
    case ValueKind::structure:
      out.append('{');
      write_members(tape, at + 1, value.end, true, out);
      out.append('}');
      break;
    case ValueKind::array:
      out.append('[');
      write_members(tape, at + 1, value.end, false, out);
      if (value.more) out.append(value.end == at + 1 ? "{\"more\":true}" : ",{\"more\":true}");
      out.append(']');
      break;
    case ValueKind::change: {
      out.append("{\"before\":");
      const std::uint32_t after = write_value(tape, at + 1, out);
      out.append(",\"after\":");
      if (after < value.end) {
        write_value(tape, after, out);
      } else {
        out.append("null");
      }
      out.append('}');
      break;
    }
    case ValueKind::set:
      out.append("{\"set\":[");
      for (std::uint32_t word = at + 1; word < value.end; word = tape[word].end) {
        if (word != at + 1) out.append(',');
        scratch_.clear();
        if (tape[word].notation == Notation::signo) {
          append_signal_word(tape[word].number, ConstantStyle::names, scratch_);
        } else {
          values_.write(tape, word, scratch_);
        }
        append_json(as_bytes(scratch_.view()), out);
      }
      out.append(value.negated ? "],\"negated\":true}" : "]}");
      break;
    case ValueKind::word:
      out.append("{\"value\":");
      append_integer(value, out);
      out.append(",\"text\":");
      append_json(value.bytes, out);
      out.append('}');
      break;
    case ValueKind::parts: write_parts(tape, at, out); break;
    case ValueKind::call:
      out.append("{\"call\":");
      append_json(value.bytes, out);
      out.append(",\"args\":[");
      write_members(tape, at + 1, value.end, false, out);
      out.append("]}");
      break;
    case ValueKind::ellipsis: out.append("{\"more\":true}"); break;
    case ValueKind::missing:
      out.append("{\"missing\":\"");
      out.append(reason_name(value.reason));
      out.append("\",\"address\":");
      out.append_decimal(value.number);
      out.append('}');
      break;
  }
  return value.end;
}

// Members without a name get their position for one: JSON has no others.
void TraceJson::write_members(const Tape& tape, std::uint32_t from, std::uint32_t to, bool named,
                              TextBuffer& out) {
  std::uint32_t position = 0;
  for (std::uint32_t at = from; at < to; at = tape[at].end, ++position) {
    if (at != from) out.append(',');
    if (named) {
      const bool ellipsis = tape[at].kind == ValueKind::ellipsis;
      if (ellipsis) {
        out.append("\"...\":true");
        continue;
      }
      out.append('"');
      if (tape[at].name.empty()) {
        out.append_decimal(position);
      } else {
        out.append(tape[at].name);
      }
      out.append("\":");
    }
    write_value(tape, at, out);
  }
}

void TraceJson::write_call(const DecodedCall& call, const Tape& tape, std::uint32_t until,
                           TextBuffer& out) {
  append_key("abi", out);
  append_json_text(abi_names[static_cast<std::size_t>(call.abi) % std::size(abi_names)], out);
  append_key("syscall", out);
  append_json_text(call.name, out);
  append_key("nr", out);
  out.append_decimal(call.record->nr);
  append_key("args", out);
  out.append('{');
  write_members(tape, 0, until, true, out);
  out.append('}');
}

void TraceJson::announce(const DecodedCall& call, const Tape& tape) {
  if (call.record == nullptr) return;
  TextBuffer& out = open_line(call.record->head, "enter");
  write_call(call, tape, call.arguments_end, out);
  out.append("}\n");
}

void TraceJson::finish(const DecodedCall& call, const Tape& tape) {
  if (call.record == nullptr) return;
  const sc_call& record = *call.record;
  const unsigned flags = record.head.flags;
  TextBuffer& out = open_line(record.head, "call");
  write_call(call, tape, call.arguments_end, out);
  if ((flags & SC_NO_RETURN) != 0) {
    append_key("ret", out);
    out.append("null");
  } else if (call.failed) {
    append_key("ret", out);
    out.append("-1");
    append_key("errno", out);
    out.append_signed(call.error);
    append_key("error", out);
    append_json_text(error_name(call.error), out);
  } else if (call.result < tape.size()) {
    append_key("ret", out);
    write_value(tape, call.result, out);
    const std::uint32_t notes = tape[call.result].end;
    if (!call.result_note.empty()) {
      append_key("note", out);
      append_json_text(call.result_note, out);
    }
    if (notes < tape.size()) {
      append_key("notes", out);
      out.append('{');
      write_members(tape, notes, tape.size(), true, out);
      out.append('}');
    }
  }
  append_key("dur_ns", out);
  out.append_decimal(record.duration);
  if (record.blocked != SC_UNKNOWN) {
    append_key("blocked_ns", out);
    out.append_decimal(record.blocked);
  }
  if ((flags & SC_IN_FLIGHT) != 0) out.append(",\"in_flight\":true");
  if ((flags & SC_NO_ENTRY) != 0) out.append(",\"no_entry\":true");
  if ((flags & SC_INJECTED) != 0) out.append(",\"injected\":true");
  if ((flags & SC_POKED) != 0) out.append(",\"poked\":true");
  if ((flags & SC_DELAYED) != 0) out.append(",\"delayed\":true");
  out.append("}\n");
}

void TraceJson::signal(const decode::DecodedSignal& signal, const Tape& tape) {
  if (signal.record == nullptr) return;
  TextBuffer& out = open_line(signal.record->head, "signal");
  append_key("signal", out);
  append_json_text(signal_name(signal.signo), out);
  append_key("signo", out);
  out.append_signed(signal.signo);
  if (signal.has_info && tape.size() != 0) {
    append_key("siginfo", out);
    write_value(tape, 0, out);
  }
  out.append("}\n");
}

void TraceJson::stop(const sc_number& record) {
  TextBuffer& out = open_line(record.head, "stop");
  append_key("signal", out);
  append_json_text(signal_name(static_cast<int>(record.number)), out);
  out.append("}\n");
}

void TraceJson::exit(const sc_exit& record, bool shown) {
  if (!shown) return;
  const auto status = static_cast<int>(record.wait_status);
  TextBuffer& out = open_line(record.head, "exit");
  if (WIFSIGNALED(status)) {
    append_key("signal", out);
    append_json_text(signal_name(WTERMSIG(status)), out);
    append_key("core", out);
    out.append(WCOREDUMP(status) ? "true" : "false");
  } else {
    append_key("status", out);
    out.append_signed(WEXITSTATUS(status));
  }
  append_key("last_thread", out);
  out.append(record.last != 0 ? "true" : "false");
  out.append("}\n");
}

void TraceJson::task(const sc_task& record) {
  constexpr std::string_view how[] = {"attached", "forked", "started"};
  TextBuffer& out = open_line(record.head, "task");
  append_key("how", out);
  append_json_text(how[record.how % std::size(how)], out);
  append_key("parent_tid", out);
  out.append_decimal(record.parent_tid);
  append_key("comm", out);
  append_json(as_bytes(std::string_view(record.comm, strnlen(record.comm, sizeof record.comm))),
              out);
  out.append("}\n");
}

void TraceJson::exec(const sc_exec& record) {
  TextBuffer& out = open_line(record.head, "exec");
  append_key("former_tid", out);
  out.append_decimal(record.former_tid);
  append_key("comm", out);
  append_json(as_bytes(std::string_view(record.comm, strnlen(record.comm, sizeof record.comm))),
              out);
  out.append("}\n");
}

void TraceJson::detach(const sc_head& record) { open_line(record, "detach").append("}\n"); }

void TraceJson::lost(const sc_lost& record) {
  TextBuffer& out = open_line(record.head, "lost");
  append_key("count", out);
  out.append_decimal(record.count);
  out.append("}\n");
}

void TraceJson::stack(Bytes record) {
  TextBuffer& out = open_line(event::head(record), "stack");
  append_key("frames", out);
  out.append('[');
  event::Frames frames(record);
  for (std::string_view separator; const auto frame = frames.next(); separator = ",") {
    out.append(separator);
    out.append("{\"pc\":");
    out.append_decimal(frame->fixed->pc);
    append_key("module", out);
    append_json(as_bytes(frame->module), out);
    append_key("module_offset", out);
    out.append_decimal(frame->fixed->module_offset);
    append_key("function", out);
    append_json(as_bytes(frame->function), out);
    append_key("offset", out);
    out.append_decimal(frame->fixed->offset);
    if (!frame->source.empty()) {
      append_key("source", out);
      append_json(as_bytes(frame->source), out);
      append_key("line", out);
      out.append_decimal(frame->fixed->line);
    }
    out.append('}');
  }
  out.append(']');
  if (frames.more()) out.append(",\"more\":true");
  out.append("}\n");
}

void TraceJson::note(const sc_head& record, std::string_view text) {
  TextBuffer& out = open_line(record, "note");
  append_key("text", out);
  append_json(as_bytes(text), out);
  out.append("}\n");
}

}  // namespace syscope::present
