// A trace as strace writes it, line by line.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include "present/descriptors.h"
#include "present/hex_dump.h"
#include "present/line_prefix.h"
#include "present/output.h"
#include "present/pids.h"
#include "present/presenter.h"
#include "present/text_style.h"
#include "present/value_text.h"

namespace syscope::present {

// The ABI that goes without saying.
#if defined(__aarch64__)
inline constexpr std::uint8_t native_abi = SC_ABI_ARM64;
#else
inline constexpr std::uint8_t native_abi = SC_ABI_X86_64;
#endif

struct TraceTextStyle {
  TextStyle values;
  PrefixStyle prefix;
  std::uint32_t column = 40;  // -a: where `= result` begins at the earliest
  bool durations = false;     // -T
  bool blocked_times = false;  // with durations: what of them the thread was off the CPU
  SecondsPrecision duration_precision = SecondsPrecision::microseconds;
  // A call that is still running reads `read(3, ` instead of strace's `read(3`.
  bool early_separator = false;
  bool show_personality = true;   // [ Process PID=812 runs in 32 bit mode. ]
  bool show_superseded = true;    // +++ superseded by execve in pid 812 +++
  bool separate_outputs = false;  // -ff: no thread ever cuts into the line of another
  DescriptorStyle descriptors;
  PidStyle pids;
  DumpStyle dumps;
  bool explain_failures = false;  // a line of words below every failed call
};

class TraceText final : public Presenter {
 public:
  // Where the lines of a thread go; asked once for each thread. The outputs outlive this object.
  using OutputOf = std::function<Output&(std::uint32_t tid)>;

  // `files` and `pids` outlive this object: what descriptors and process ids are, where the style
  // asks for it.
  TraceText(const TraceTextStyle& style, OutputOf output_of, event::FileTable* files = nullptr,
            const event::PidTable* pids = nullptr);

  void start(const sc_start& record) override {
    prefix_.set_realtime_offset(record.realtime_offset);
  }
  void announce(const decode::DecodedCall& call, const decode::Tape& tape) override;
  void finish(const decode::DecodedCall& call, const decode::Tape& tape) override;
  void signal(const decode::DecodedSignal& signal, const decode::Tape& tape) override;
  void stop(const sc_number& record) override;
  void exit(const sc_exit& record, bool shown) override;
  void task(const sc_task& record) override;
  void exec(const sc_exec& record) override;
  void detach(const sc_head& record) override;
  void lost(const sc_lost& record) override;
  void stack(Bytes record) override;
  void note(const sc_head&, std::string_view) override {}

 private:
  // What is known about a thread's line.
  struct Thread {
    std::uint32_t tid = 0;
    Output* output = nullptr;
    std::uint8_t abi = native_abi;  // as last said
    bool announced = false;         // the current call's beginning has been written
    bool line_open = false;         // ... and nothing has cut in since
    std::uint32_t shown = 0;        // arguments written
    bool separator_due = false;     // strace's way: ", " comes with the next argument
    std::string_view interrupted;   // the call that restart_syscall(2) goes on with, if known
    bool ended = false;             // it is in a call that does not return, and that was written whole
    LineContext context;
  };

  Thread& thread(const sc_head& head);
  TextBuffer& begin_line(Thread& thread, const sc_head& head, std::uint64_t time, bool at_call);
  void tell_personality(Thread& caller, const sc_head& head);
  void cut_line(Thread& open);
  void write_name(const Thread& caller, const decode::DecodedCall& call, TextBuffer& out) const;
  void continue_line(Thread& thread, const decode::DecodedCall& call);
  // The arguments on the tape at [from, to); the one at `separated_at` has its comma already.
  void write_arguments(const decode::Tape& tape, std::uint32_t from, std::uint32_t to,
                       TextBuffer& out, std::uint32_t separated_at = 0) const;
  void write_end(Output& output, const decode::DecodedCall& call, const decode::Tape& tape) const;
  void write_notes(const decode::DecodedCall& call, const decode::Tape& tape,
                   TextBuffer& out) const;
  bool write_note(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_result(const decode::DecodedCall& call, const decode::Tape& tape,
                    TextBuffer& out) const;
  void write_explanation(const decode::DecodedCall& call, TextBuffer& out) const;
  void end_line(Thread& thread);
  void forget(Thread& thread);

  TraceTextStyle style_;
  DescriptorWriter descriptors_;
  PidWriter pids_;
  ValueWriter values_;
  LinePrefix prefix_;
  OutputOf output_of_;
  std::unordered_map<std::uint32_t, Thread> threads_;
  Thread* latest_ = nullptr;  // the thread found last: most records are of the same one
  Thread* open_ = nullptr;    // whose line is open on the shared output
  std::uint32_t traced_ = 0;  // threads between their task and their exit record
};

}  // namespace syscope::present
