// What the main loop hands to whoever writes a trace: decoded records, in the order of time.
#pragma once

#include <string_view>

#include "decode/decode.h"
#include "event/record.h"

namespace syscope::present {

// Strace's text, JSON Lines, and the summary table are presenters. The views that they are given
// are gone when the call returns.
class Presenter {
 public:
  virtual ~Presenter() = default;
  virtual void start(const sc_start& record) = 0;
  // A call that has begun, and a call that is over. Not every call is announced.
  virtual void announce(const decode::DecodedCall& call, const decode::Tape& tape) = 0;
  virtual void finish(const decode::DecodedCall& call, const decode::Tape& tape) = 0;
  virtual void signal(const decode::DecodedSignal& signal, const decode::Tape& tape) = 0;
  virtual void stop(const sc_number& record) = 0;
  // Not `shown`: the thread is gone, and nobody wants to read of it.
  virtual void exit(const sc_exit& record, bool shown) = 0;
  virtual void task(const sc_task& record) = 0;
  virtual void exec(const sc_exec& record) = 0;
  virtual void detach(const sc_head& record) = 0;
  virtual void lost(const sc_lost& record) = 0;
  // The functions that led to what came before: an SC_STACK record.
  virtual void stack(Bytes record) = 0;
  // A sentence of the engine, where it is not said on stderr besides.
  virtual void note(const sc_head& record, std::string_view text) = 0;
};

}  // namespace syscope::present
