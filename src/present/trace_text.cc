#include "present/trace_text.h"

#include <sys/wait.h>

#include <utility>

#include "abi/names.h"
#include "event/view.h"
#include "explain/explain.h"
#include "present/constants.h"
#include "present/date_text.h"
#include "present/stack_text.h"

namespace syscope::present {

using decode::DecodedCall;
using decode::Tape;

namespace {

std::uint64_t end_time(const sc_call& call) { return call.head.time + call.duration; }

// The position of argument `count` on the tape.
std::uint32_t skip_arguments(const DecodedCall& call, const Tape& tape, std::uint32_t count) {
  std::uint32_t at = 0;
  while (count-- != 0 && at < call.arguments_end) at = tape[at].end;
  return at;
}

void append_signal(std::uint32_t signal, TextBuffer& out) {
  const std::string_view name = signal_name(static_cast<int>(signal));
  if (name.empty()) return out.append_decimal(signal);
  out.append(name);
}

void append_error(int error, TextBuffer& out) {
  const std::string_view name = error_name(error);
  if (name.empty()) {
    out.append("(errno ");
    out.append_signed(error);
    return out.append(')');
  }
  out.append(name);
  out.append(" (");
  const std::string_view message = error_message(error);
  if (message.empty()) {
    out.append("Unknown error ");
    out.append_signed(error);
  } else {
    out.append(message);
  }
  out.append(')');
}

// ERESTART_RESTARTBLOCK of the kernel's linux/errno.h: restart_syscall(2) goes on with the call.
constexpr int restart_block = 516;

// Whether all is said of the call as it begins: it ends its thread, unless a tracer prevents it.
bool never_returns(const DecodedCall& call) {
  return call.prototype != nullptr && call.prototype->result == catalog::nothing &&
         (call.record->head.flags & SC_INJECTED) == 0;
}

// What the tracer did to the call.
void append_tampering(unsigned flags, TextBuffer& out) {
  if ((flags & SC_POKED) != 0) {
    out.append((flags & SC_INJECTED) != 0 ? " (INJECTED: args, retval)" : " (INJECTED: args)");
  } else if ((flags & SC_INJECTED) != 0) {
    out.append(" (INJECTED)");
  }
  if ((flags & SC_DELAYED) != 0) out.append(" (DELAYED)");
}

}  // namespace

TraceText::TraceText(const TraceTextStyle& style, OutputOf output_of, event::FileTable* files,
                     const event::PidTable* pids)
    : style_(style),
      descriptors_(style.descriptors, style.values.hex_strings, files),
      pids_(style.pids, style.values.hex_strings, pids),
      values_(style.values, &descriptors_, &pids_),
      prefix_(style.prefix),
      output_of_(std::move(output_of)) {}

TraceText::Thread& TraceText::thread(const sc_head& head) {
  pids_.begin(head.tid);
  if (latest_ != nullptr && latest_->tid == head.tid) return *latest_;
  Thread& found = threads_[head.tid];
  if (found.output == nullptr) {
    found.tid = head.tid;
    found.output = &output_of_(head.tid);
  }
  latest_ = &found;
  return found;
}

void TraceText::cut_line(Thread& open) {
  TextBuffer& out = open.output->text();
  const bool after_separator = style_.early_separator && open.separator_due;
  out.append(after_separator ? "<unfinished ...>\n" : " <unfinished ...>\n");
  open.line_open = false;
}

TextBuffer& TraceText::begin_line(Thread& thread, const sc_head& head, std::uint64_t time,
                                  bool at_call) {
  if (style_.separate_outputs) {
    if (thread.line_open) cut_line(thread);
  } else if (open_ != nullptr) {
    cut_line(*open_);
    open_ = nullptr;
  }
  thread.output->mark_line();
  TextBuffer& out = thread.output->text();
  thread.context.word_size = word_size(static_cast<Abi>(head.abi));
  prefix_.write(thread.tid, traced_ > 1, time, thread.context, at_call && thread.context.ip != 0,
                pids_, out);
  return out;
}

// Says so where a thread has changed its ABI since its last call.
void TraceText::tell_personality(Thread& caller, const sc_head& head) {
  if (caller.abi == head.abi) return;
  caller.abi = head.abi;
  if (!style_.show_personality) return;
  constexpr std::string_view modes[] = {"64 bit", "32 bit", "x32", "64 bit"};
  TextBuffer& out = begin_line(caller, head, head.time, true);
  out.append("[ Process PID=");
  out.append_decimal(head.tid);
  out.append(" runs in ");
  out.append(modes[head.abi % std::size(modes)]);
  out.append(" mode. ]\n");
}

void TraceText::end_line(Thread& thread) {
  thread.line_open = false;
  if (open_ == &thread) open_ = nullptr;
}

void TraceText::write_name(const Thread& caller, const DecodedCall& call, TextBuffer& out) const {
  out.append(call.name);
  out.append('(');
  if (call.name != "restart_syscall") return;
  out.append("<... resuming interrupted ");
  out.append(caller.interrupted.empty() ? "system call" : caller.interrupted);
  out.append(" ...>");
}

void TraceText::write_arguments(const Tape& tape, std::uint32_t from, std::uint32_t to,
                                TextBuffer& out, std::uint32_t separated_at) const {
  for (std::uint32_t at = from; at < to; at = tape[at].end) {
    if (at != 0 && at != separated_at) out.append(tape[at].joined ? " => " : ", ");
    if ((style_.values.argument_names && !tape[at].joined) || tape[at].named) {
      out.append(tape[at].name);
      out.append('=');
    }
    values_.write(tape, at, out);
  }
}

void TraceText::announce(const DecodedCall& call, const Tape& tape) {
  if (call.record == nullptr) return;
  const sc_head& head = call.record->head;
  Thread& caller = thread(head);
  if (caller.announced) return;
  tell_personality(caller, head);
  caller.context.has_number = true;
  caller.context.number = call.record->nr;
  caller.context.ip = call.record->ip;
  TextBuffer& out = begin_line(caller, head, head.time, true);
  write_name(caller, call, out);
  const std::uint32_t until = skip_arguments(call, tape, call.arguments_at_entry);
  descriptors_.begin(call, until);
  pids_.begin(caller.tid, until);
  write_arguments(tape, 0, until, out);
  descriptors_.end();
  if (never_returns(call)) {
    write_end(*caller.output, call, tape);
    caller.ended = true;
    return;
  }
  caller.announced = true;
  caller.line_open = true;
  caller.shown = call.arguments_at_entry;
  caller.separator_due = caller.shown != 0 && call.waits_for_arguments && !call.joins;
  if (caller.separator_due && style_.early_separator) out.append(", ");
  open_ = style_.separate_outputs ? nullptr : &caller;
}

// Goes to where the rest of an announced call belongs: behind its beginning, or to a line of its
// own.
void TraceText::continue_line(Thread& caller, const DecodedCall& call) {
  if (caller.line_open) return;
  TextBuffer& out = begin_line(caller, call.record->head, end_time(*call.record), true);
  out.append("<... ");
  out.append(call.name);
  out.append(" resumed>");
}

void TraceText::finish(const DecodedCall& call, const Tape& tape) {
  if (call.record == nullptr) return;
  const sc_call& record = *call.record;
  Thread& caller = thread(record.head);
  if (std::exchange(caller.ended, false)) return;
  const bool no_entry = (record.head.flags & SC_NO_ENTRY) != 0;
  if (!caller.announced) tell_personality(caller, record.head);
  caller.context.has_number = true;
  caller.context.number = record.nr;
  caller.context.ip = record.ip;
  std::uint32_t from = 0;
  if (caller.announced || no_entry) {
    continue_line(caller, call);
    from = no_entry ? call.arguments_end : skip_arguments(call, tape, caller.shown);
  } else {
    TextBuffer& out = begin_line(caller, record.head, record.head.time, true);
    write_name(caller, call, out);
  }
  TextBuffer& out = caller.output->text();
  const bool ended_inside = (record.head.flags & SC_NO_RETURN) != 0;
  const std::uint32_t known_at_entry = skip_arguments(call, tape, call.arguments_at_entry);
  const std::uint32_t to = ended_inside ? known_at_entry : call.arguments_end;
  descriptors_.begin(call, known_at_entry);
  pids_.begin(caller.tid, known_at_entry);
  const bool separated = style_.early_separator && caller.announced && caller.separator_due;
  write_arguments(tape, from, to, out, separated ? from : 0);
  if (ended_inside && call.waits_for_arguments) {
    out.append(separated ? "<unfinished ...>" : " <unfinished ...>");
  }
  write_end(*caller.output, call, tape);
  if (style_.dumps.any()) append_dump(call, style_.dumps, out);
  descriptors_.end();
  caller.announced = false;
  caller.separator_due = false;
  const bool is_to_be_restarted = call.failed && call.error == restart_block;
  if (is_to_be_restarted && call.call != nullptr && call.name != "restart_syscall") {
    caller.interrupted = call.name;
  }
  end_line(caller);
}

void TraceText::write_end(Output& output, const DecodedCall& call, const Tape& tape) const {
  TextBuffer& out = output.text();
  out.append(") ");
  const std::uint64_t column = output.column();
  if (column < style_.column) out.append_repeated(' ', style_.column - column);
  out.append("= ");
  write_result(call, tape, out);
  if (style_.durations && (call.record->head.flags & SC_NO_RETURN) == 0) {
    out.append(" <");
    append_seconds(call.record->duration, style_.duration_precision, out);
    const std::uint64_t blocked = call.record->blocked;
    if (style_.blocked_times && blocked != 0 && blocked != SC_UNKNOWN) {
      out.append(" blocked ");
      append_seconds(blocked, style_.duration_precision, out);
    }
    out.append('>');
  }
  out.append('\n');
  if (style_.explain_failures && call.failed) write_explanation(call, out);
}

void TraceText::write_explanation(const DecodedCall& call, TextBuffer& out) const {
  const std::string_view words = explain::failure_words(call.name, error_name(call.error));
  if (words.empty()) return;
  out.append("    # ");
  out.append(words);
  out.append('\n');
}

void TraceText::write_result(const DecodedCall& call, const Tape& tape, TextBuffer& out) const {
  const sc_call& record = *call.record;
  if ((record.head.flags & SC_NO_RETURN) != 0 || call.result >= tape.size()) return out.append('?');
  if (call.failed) {
    out.append(is_restart_error(call.error) ? "? " : "-1 ");
    append_error(call.error, out);
  } else {
    values_.write(tape, call.result, out);
  }
  write_notes(call, tape, out);
  append_tampering(record.head.flags, out);
}

// What is said of a result behind it: words of decode, and the names that it stands for.
void TraceText::write_notes(const DecodedCall& call, const Tape& tape, TextBuffer& out) const {
  std::string_view separator = " (";
  if (!call.result_note.empty()) {
    out.append(separator);
    out.append(call.result_note);
    separator = ", ";
  }
  if (!call.failed && tape[call.result].notation == catalog::Notation::seconds) {
    const std::size_t start = out.size();
    out.append(separator);
    if (append_bare_date(static_cast<std::int64_t>(tape[call.result].number), 0, 9, out)) {
      separator = ", ";
    } else {
      out.truncate(start);
    }
  }
  for (std::uint32_t at = tape[call.result].end; at < tape.size(); at = tape[at].end) {
    const std::size_t start = out.size();
    out.append(separator);
    if (!tape[at].name.empty()) {
      out.append(tape[at].name);
      out.append(' ');
    }
    if (!write_note(tape, at, out)) {
      out.truncate(start);
      continue;
    }
    separator = ", ";
  }
  if (separator == ", ") out.append(')');
}

// Whether there was anything to say.
bool TraceText::write_note(const Tape& tape, std::uint32_t at, TextBuffer& out) const {
  const decode::Value& value = tape[at];
  const bool is_raw = style_.values.constants == ConstantStyle::raw;
  if (is_raw && value.kind == decode::ValueKind::call) return false;
  if (value.kind != decode::ValueKind::number || value.set == catalog::nothing) {
    values_.write(tape, at, out);
    return true;
  }
  return append_note(catalog::sets()[value.set], value.number, value.width, style_.values.constants,
                     out);
}

void TraceText::signal(const decode::DecodedSignal& signal, const Tape& tape) {
  if (signal.record == nullptr) return;
  Thread& receiver = thread(signal.record->head);
  const std::uint64_t ip = receiver.context.ip;
  receiver.context.ip = signal.record->ip;
  TextBuffer& out = begin_line(receiver, signal.record->head, signal.record->head.time, true);
  receiver.context.ip = ip;
  out.append("--- ");
  append_signal(static_cast<std::uint32_t>(signal.signo), out);
  if (signal.has_info && tape.size() != 0) {
    out.append(' ');
    values_.write(tape, 0, out);
  }
  out.append(" ---\n");
}

void TraceText::stop(const sc_number& record) {
  TextBuffer& out = begin_line(thread(record.head), record.head, record.head.time, true);
  out.append("--- stopped by ");
  append_signal(static_cast<std::uint32_t>(record.number), out);
  out.append(" ---\n");
}

void TraceText::exit(const sc_exit& record, bool shown) {
  const auto status = static_cast<int>(record.wait_status);
  Thread& ended = thread(record.head);
  if (shown && WIFSIGNALED(status)) {
    TextBuffer& out = begin_line(ended, record.head, record.head.time, false);
    out.append("+++ killed by ");
    append_signal(static_cast<std::uint32_t>(WTERMSIG(status)), out);
    out.append(WCOREDUMP(status) ? " (core dumped) +++\n" : " +++\n");
  } else if (shown) {
    TextBuffer& out = begin_line(ended, record.head, record.head.time, false);
    out.append("+++ exited with ");
    out.append_signed(WEXITSTATUS(status));
    out.append(" +++\n");
  }
  forget(ended);
}

void TraceText::forget(Thread& ended) {
  if (ended.line_open) cut_line(ended);
  end_line(ended);
  if (traced_ != 0) --traced_;
  latest_ = nullptr;
  threads_.erase(ended.tid);
}

void TraceText::task(const sc_task& record) {
  thread(record.head);
  ++traced_;
}

// The thread that called execve(2) takes over the identity of its leader, which is gone without a
// word of its own.
void TraceText::exec(const sc_exec& record) {
  if (record.former_tid == 0 || record.former_tid == record.head.tid) return;
  const auto former = threads_.find(record.former_tid);
  if (former == threads_.end()) return;
  Thread& caller = former->second;
  if (caller.line_open) {
    TextBuffer& out = caller.output->text();
    out.append(style_.early_separator && caller.separator_due ? "<pid changed to "
                                                              : " <pid changed to ");
    out.append_decimal(record.head.tid);
    out.append(" ...>\n");
    end_line(caller);
  }
  Thread& leader = thread(record.head);
  if (style_.show_superseded) {
    TextBuffer& out = begin_line(leader, record.head, record.head.time, false);
    out.append("+++ superseded by execve in pid ");
    out.append_decimal(record.former_tid);
    out.append(" +++\n");
  }
  leader.announced = caller.announced;
  leader.line_open = false;
  leader.shown = caller.shown;
  leader.separator_due = caller.separator_due;
  leader.context = caller.context;
  if (traced_ != 0) --traced_;
  threads_.erase(former);
}

void TraceText::detach(const sc_head& record) {
  Thread& freed = thread(record);
  if (freed.line_open) {
    freed.output->text().append(
        style_.early_separator && freed.separator_due ? "<detached ...>\n" : " <detached ...>\n");
    end_line(freed);
  }
  forget(freed);
}

void TraceText::stack(Bytes record) {
  const sc_head& head = event::head(record);
  Output& output = output_of_(head.tid);
  if (open_ != nullptr && open_->output == &output) {
    cut_line(*open_);
    open_ = nullptr;
  }
  append_stack(record, output.text());
}

void TraceText::lost(const sc_lost& record) {
  Thread& loser = thread(record.head);
  TextBuffer& out = begin_line(loser, record.head, record.head.time, false);
  out.append("!!! ");
  out.append_decimal(record.count);
  out.append(record.count == 1 ? " call" : " calls");
  if (record.head.tid != 0) {
    out.append(" of thread ");
    out.append_decimal(record.head.tid);
  }
  out.append(record.count == 1 ? " was lost here\n" : " were lost here\n");
  loser.announced = false;  // its end may be among them
  loser.separator_due = false;
}

}  // namespace syscope::present
