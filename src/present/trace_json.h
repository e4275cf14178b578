// A trace as JSON Lines. docs/json.md describes them.
#pragma once

#include <cstdint>
#include <functional>

#include "present/output.h"
#include "present/presenter.h"
#include "present/value_text.h"

namespace syscope::present {

class TraceJson final : public Presenter {
 public:
  // Where the lines of a thread go. The outputs outlive this object.
  using OutputOf = std::function<Output&(std::uint32_t tid)>;

  explicit TraceJson(OutputOf output_of) : values_(TextStyle{}), output_of_(std::move(output_of)) {}

  void start(const sc_start& record) override;
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
  void note(const sc_head& record, std::string_view text) override;

 private:
  TextBuffer& open_line(const sc_head& head, std::string_view type);
  void write_call(const decode::DecodedCall& call, const decode::Tape& tape, std::uint32_t until,
                  TextBuffer& out);
  void write_number(const decode::Value& value, TextBuffer& out);
  void write_string(const decode::Value& value, TextBuffer& out) const;
  void write_parts(const decode::Tape& tape, std::uint32_t at, TextBuffer& out);
  std::uint32_t write_value(const decode::Tape& tape, std::uint32_t at, TextBuffer& out);
  void write_members(const decode::Tape& tape, std::uint32_t from, std::uint32_t to, bool named,
                     TextBuffer& out);

  ValueWriter values_;
  TextBuffer scratch_;  // the text form of a number
  OutputOf output_of_;
  std::int64_t realtime_offset_ = 0;
};

}  // namespace syscope::present
