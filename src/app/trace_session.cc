#include "app/trace_session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>

#include "abi/names.h"
#include "event/view.h"
#include "present/quote.h"
#include "present/trace_json.h"

namespace syscope::app {
namespace {

constexpr std::uint32_t x32_bit = 0x40000000;  // syscall(2)

present::TraceTextStyle text_style(const TraceOptions& options) {
  using select::Message;
  present::TraceTextStyle style = options.style;
  style.show_superseded = options.filter.shows(Message::superseded);
  style.show_personality = options.filter.shows(Message::personality);
  style.separate_outputs = options.separate_outputs && !options.output.empty();
  style.prefix.no_pid = style.separate_outputs;
  style.prefix.pid_column =
      options.always_show_pid ||
      (!options.output.empty() && (options.follow_forks || options.engine_options.selects() ||
                                   options.attach.size() + !options.command.empty() > 1));
  return style;
}

}  // namespace

TraceSession::TraceSession(const TraceOptions& options, TraceOutput& output)
    : options_(options), output_(output) {
  const auto output_of = [this](std::uint32_t tid) -> present::Output& { return output_.of(tid); };
  if (options.summary != SummaryMode::only) {
    if (options.json) {
      presenters_.push_back(std::make_unique<present::TraceJson>(output_of));
    } else {
      presenters_.push_back(
          std::make_unique<present::TraceText>(text_style(options), output_of, &files_, &pids_));
    }
  }
  if (options.summary != SummaryMode::none) {
    auto summary = std::make_unique<present::Summary>(options.summary_style);
    summary_ = summary.get();
    presenters_.push_back(std::move(summary));
    if (options.engine_options.wants_statistics()) statistics_.emplace();
  }
}

void TraceSession::accept(Bytes record) {
  if (options_.call_limit != 0 && calls_ >= options_.call_limit) return;
  const std::uint64_t most = options_.engine_options.max_events;
  if (most != 0 && calls_ >= most) return;
  const sc_head& head = event::head(record);
  now_ = head.time;
  switch (head.kind) {
    case SC_CALL: take_call(record, true); return pids_.settle(head.tid);
    case SC_ENTER: return take_call(record, false);
    case SC_TALLY: return take_tally(record);
    case SC_SIGNAL: return take_signal(record);
    case SC_DETACH:
      present([&](present::Presenter& to) { to.detach(head); });
      if (options_.filter.shows(select::Message::attach) && !options_.engine_options.selects()) {
        say("Process ", head.tid, " detached");
      }
      return;
    case SC_START:
      if (const auto* start = event::as<sc_start>(record)) {
        present([&](present::Presenter& to) { to.start(*start); });
      }
      return;
    case SC_STOP:
      if (const auto* stop = event::as<sc_number>(record);
          stop != nullptr &&
          options_.filter.signals.has(static_cast<std::uint32_t>(stop->number))) {
        present([&](present::Presenter& to) { to.stop(*stop); });
      }
      return;
    case SC_EXIT:
      if (const auto* exit = event::as<sc_exit>(record)) take_exit(*exit);
      return;
    case SC_TASK:
      if (const auto* task = event::as<sc_task>(record)) take_task(*task);
      return;
    case SC_FILE: files_.learn(record); return;
    case SC_PID: pids_.learn(record); return;
    case SC_STACK:
      if (shown_) present([&](present::Presenter& to) { to.stack(record); });
      return;
    case SC_EXEC:
      if (const auto* exec = event::as<sc_exec>(record)) {
        pids_.learn_self(head.tid, event::comm_text(exec->comm));
        present([&](present::Presenter& to) { to.exec(*exec); });
      }
      return;
    case SC_LOST:
      if (const auto* lost = event::as<sc_lost>(record)) {
        lost_ += lost->count;
        present([&](present::Presenter& to) { to.lost(*lost); });
      }
      return;
    case SC_NOTE:
      if (const auto* note = event::as<sc_note>(record)) {
        const Bytes text = record.subspan(sizeof *note);
        const std::string_view sentence =
            as_chars(text.first(std::min<std::size_t>(text.size(), note->text_size)));
        present([&](present::Presenter& to) { to.note(head, sentence); });
        if (wants_note(head.flags)) say(sentence, 0, "");
      }
      return;
    default: return;
  }
}

void TraceSession::take_call(Bytes record, bool finished) {
  shown_ = false;
  const auto* call = event::as<sc_call>(record);
  if (call == nullptr) return;
  const auto abi = static_cast<Abi>(call->head.abi);
  if (!options_.filter.calls.has(abi, call->nr)) return;
  // Whether a call is shown may hang on its end.
  const auto longer_than = static_cast<std::uint64_t>(options_.engine_options.longer_than.count());
  if (longer_than != 0 && (!finished || call->duration < longer_than)) return;
  if (!finished && !options_.filter.any_status()) return;
  if (options_.filter.files.any() && !speaks_of_wanted_file(record)) return;
  const decode::DecodedCall decoded = decode::decode_call(
      record, options_.filter.detail(abi, call->nr, options_.string_limit), tape_);
  if (!finished) {
    return present([&](present::Presenter& to) { to.announce(decoded, tape_); });
  }
  if (options_.debug && decoded.call == nullptr) tell_nameless(*call);
  if (detaching_ && decoded.failed && is_restart_error(decoded.error)) {
    if (shows_detached()) present([&](present::Presenter& to) { to.announce(decoded, tape_); });
    return;
  }
  if (!options_.filter.wants_status(decoded)) return;
  ++calls_;
  shown_ = true;
  if (statistics_ && (call->head.flags & SC_NO_RETURN) == 0) {
    statistics_->add(call->head, call->nr, decoded.name, decoded.failed, call->duration);
  }
  present([&](present::Presenter& to) { to.finish(decoded, tape_); });
}

bool TraceSession::speaks_of_wanted_file(Bytes record) {
  const decode::DecodedCall decoded =
      decode::decode_call(record, select::full_detail(options_.string_limit), tape_);
  return options_.filter.files.matches(decoded, tape_, files_);
}

void TraceSession::take_tally(Bytes record) {
  const auto* tally = event::as<sc_tally>(record);
  if (tally == nullptr || summary_ == nullptr) return;
  const std::size_t buckets_size = tally->buckets * sizeof(sc_u32);
  if (record.size() - sizeof *tally < buckets_size) return;
  sc_call call{};  // for its name
  call.head = tally->head;
  call.head.size = sizeof call;
  call.head.kind = SC_CALL;
  call.head.flags = SC_NO_ENTRY;
  call.nr = tally->nr;
  const decode::DecodedCall decoded =
      decode::decode_call(std::as_bytes(std::span(&call, 1)), {}, tape_);
  summary_->tally(*tally, decoded.name);
  const auto* const buckets =
      reinterpret_cast<const std::uint32_t*>(record.subspan(sizeof *tally).data());
  if (statistics_) statistics_->add(*tally, buckets, decoded.name);
}

void TraceSession::take_signal(Bytes record) {
  const auto* signal = event::as<sc_signal>(record);
  shown_ = signal != nullptr && options_.filter.signals.has(signal->signo);
  if (!shown_) return;
  const decode::DecodedSignal decoded = decode::decode_signal(record, tape_);
  present([&](present::Presenter& to) { to.signal(decoded, tape_); });
}

void TraceSession::take_task(const sc_task& record) {
  const bool told = record.how == SC_TASK_FORKED && options_.filter.shows(select::Message::attach);
  if (told) say("Process ", record.head.tid, " attached");
  pids_.learn_self(record.head.tid, event::comm_text(record.comm));
  present([&](present::Presenter& to) { to.task(record); });
}

void TraceSession::take_exit(const sc_exit& record) {
  const auto status = static_cast<int>(record.wait_status);
  const select::Filter& filter = options_.filter;
  const bool shown = WIFSIGNALED(status)
                         ? filter.signals.has(static_cast<std::uint32_t>(WTERMSIG(status)))
                         : filter.shows(select::Message::exit);
  present([&](present::Presenter& to) { to.exit(record, shown); });
  pids_.forget(record.head.tid);
  shown_ = true;  // its stack is that of a call that was
}

// A message to the person, on stderr, in its place among the lines if they go there, too. Among
// JSON it would be a stranger, and other records tell the same.
void TraceSession::say(std::string_view message, std::uint32_t pid, std::string_view what) {
  if (options_.json && output_.is_stderr()) return;
  const bool among_lines = output_.is_stderr();
  present::Output direct{among_lines ? Fd() : Fd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))};
  TextBuffer& out = among_lines ? output_.shared().text() : direct.text();
  out.append(options_.program);
  out.append(": ");
  present::append_escaped(as_bytes(message), 0, present::HexStrings::none, out);
  if (pid != 0) out.append_decimal(pid);
  out.append(what);
  out.append('\n');
  if (!among_lines) direct.flush();
}

// Whether calls that the tracer lets go of are to be shown, and have not been as they began.
bool TraceSession::shows_detached() const {
  const select::Filter& filter = options_.filter;
  return !filter.any_status() &&
         filter.statuses.has(static_cast<std::uint32_t>(select::Status::detached));
}

void TraceSession::tell_nameless(const sc_call& call) {
  const std::uint32_t bit = call.head.abi == SC_ABI_X32 ? x32_bit : 0;
  say(fmt::format("pid {} invalid syscall {:#x}", call.head.tid, call.nr | bit), 0, "");
}

bool TraceSession::wants_note(unsigned about) const {
  const select::Filter& filter = options_.filter;
  return ((about & SC_NOTE_ATTACH) == 0 || filter.shows(select::Message::attach)) &&
         ((about & SC_NOTE_EXIT) == 0 || filter.shows(select::Message::exit));
}

void TraceSession::finish() {
  TextBuffer& out = output_.shared().text();
  if (summary_ != nullptr) summary_->write(out);
  if (!statistics_) return;
  if (options_.engine_options.per_thread) statistics_->write_threads(out);
  for (const std::string& call : options_.engine_options.histograms) {
    statistics_->write_histogram(call, out);
  }
}

}  // namespace syscope::app
