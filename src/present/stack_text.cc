#include "present/stack_text.h"

#include "event/stacks.h"
#include "present/quote.h"

namespace syscope::present {
namespace {

void append_text(std::string_view text, TextBuffer& out) {
  append_escaped(as_bytes(text), 0, HexStrings::none, out);
}

void append_frame(const event::FrameView& frame, TextBuffer& out) {
  out.append(" > ");
  if (frame.module.empty()) {
    out.append("code of no file");
  } else {
    append_text(frame.module, out);
    out.append('(');
    if (!frame.function.empty()) {
      append_text(frame.function, out);
      out.append("+0x");
      out.append_padded(frame.fixed->offset, 1, 16);
    }
    out.append(')');
  }
  out.append(" [0x");
  out.append_padded(frame.module.empty() ? frame.fixed->pc : frame.fixed->module_offset, 1, 16);
  out.append(']');
  if (!frame.source.empty()) {
    out.append(' ');
    append_text(frame.source, out);
    out.append(':');
    out.append_decimal(frame.fixed->line);
  }
  out.append('\n');
}

}  // namespace

void append_stack(Bytes record, TextBuffer& out) {
  event::Frames frames(record);
  while (const auto frame = frames.next()) append_frame(*frame, out);
  if (frames.more()) out.append(" > too many stack frames\n");
}

}  // namespace syscope::present
