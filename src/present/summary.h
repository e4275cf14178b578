// How often each call was made, how long it took and how often it failed: -c.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/text_buffer.h"
#include "present/presenter.h"
#include "present/summary_columns.h"

namespace syscope::present {

class Summary final : public Presenter {
 public:
  explicit Summary(SummaryStyle style) : style_(std::move(style)) {}

  void start(const sc_start&) override {}
  void announce(const decode::DecodedCall&, const decode::Tape&) override {}
  // Calls that did not return do not count.
  void finish(const decode::DecodedCall& call, const decode::Tape& tape) override;
  // What an engine has counted instead of recording it. Of its times on the CPU only the total is known:
  // the extremes are those from entry to exit.
  void tally(const sc_tally& tally, std::string_view name);
  void signal(const decode::DecodedSignal&, const decode::Tape&) override {}
  void stop(const sc_number&) override {}
  void exit(const sc_exit&, bool) override {}
  void task(const sc_task&) override {}
  void exec(const sc_exec&) override {}
  void detach(const sc_head&) override {}
  void stack(Bytes) override {}
  void note(const sc_head&, std::string_view) override {}
  void lost(const sc_lost& record) override { lost_ += record.count; }

  // The table, one for each ABI that was used; and a line about losses where there were any.
  void write(TextBuffer& out) const;

 private:
  struct Times {
    std::uint64_t total = 0;  // ns, as are the others
    std::uint64_t min = UINT64_MAX;
    std::uint64_t max = 0;
    void add(std::uint64_t ns);
    void add(const Times& other);
  };
  struct Row {
    std::string name;
    std::uint64_t calls = 0;
    std::uint64_t errors = 0;
    Times cpu;
    Times wall;
  };
  using Rows = std::map<std::uint32_t, Row>;  // by number: the order of equals

  void write_table(const Rows& rows, TextBuffer& out) const;
  void write_row(const Row& row, const Row& total, std::size_t name_width, TextBuffer& out) const;
  [[nodiscard]] const Times& times(const Row& row) const {
    return style_.wall_clock ? row.wall : row.cpu;
  }
  [[nodiscard]] std::uint64_t sort_key(const Row& row) const;

  SummaryStyle style_;
  Rows rows_[4];  // by ABI
  std::uint64_t lost_ = 0;
};

}  // namespace syscope::present
