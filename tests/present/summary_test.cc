#include "present/summary.h"

#include <gtest/gtest.h>

#include <string>

namespace syscope::present {
namespace {

void count(Summary& summary, std::uint32_t nr, std::string_view name, std::uint64_t ns, bool failed,
           sc_abi abi = SC_ABI_X86_64) {
  sc_call record = {};
  record.head.abi = static_cast<sc_u8>(abi);
  record.nr = nr;
  record.duration = ns + 1'000'000;
  record.blocked = 1'000'000;
  decode::DecodedCall call;
  call.record = &record;
  call.name = name;
  call.failed = failed;
  summary.finish(call, decode::Tape());
}

std::string table(const Summary& summary) {
  TextBuffer out;
  summary.write(out);
  return std::string(out.view());
}

// The layout is that of strace 6.1.
TEST(Summary, LooksLikeStraces) {
  Summary summary({});
  count(summary, 0, "read", 1'000'000, false);
  count(summary, 0, "read", 2'000'000, true);
  count(summary, 3, "close", 9'000'000, false);
  EXPECT_EQ(table(summary),
            "% time     seconds  usecs/call     calls    errors syscall\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            " 75.00    0.009000        9000         1           close\n"
            " 25.00    0.003000        1500         2         1 read\n"
            "------ ----------- ----------- --------- --------- ----------------\n"
            "100.00    0.012000        4000         3         1 total\n");
}

TEST(Summary, ColumnsAndKeys) {
  SummaryStyle style;
  style.columns = parse_summary_columns("name,calls,min_time,wall-max").value();
  style.sort_by = summary_column("calls").value();
  Summary summary(style);
  count(summary, 0, "read", 1'000, false);
  count(summary, 145, "sched_get_priority_max", 2'000, false);
  count(summary, 145, "sched_get_priority_max", 3'000, false);
  EXPECT_EQ(table(summary),
            "syscall                     calls shortest wall-max\n"
            "----------------------- --------- -------- --------\n"
            "sched_get_priority_max          2 0.000002 0.001003\n"
            "read                            1 0.000001 0.001001\n"
            "----------------------- --------- -------- --------\n"
            "total                           3 0.000001 0.001003\n");
}

TEST(Summary, OtherAbisHaveTheirOwnTable) {
  Summary summary({});
  EXPECT_EQ(table(summary), "");
  count(summary, 3, "read", 0, false, SC_ABI_I386);
  EXPECT_TRUE(table(summary).starts_with("System call usage summary for 32 bit mode:\n% time"));
}

TEST(Summary, ColumnNames) {
  EXPECT_EQ(parse_summary_columns("calls,foo").error().what, "unknown column name: 'foo'");
  EXPECT_EQ(parse_summary_columns("nothing").error().what, "unknown column name: 'nothing'");
  EXPECT_EQ(parse_summary_columns("time,time").error().what,
            "call summary column has been provided more than once: 'time' (-U option residual: "
            "'time')");
  EXPECT_EQ(summary_column("wall_avg"), SummaryColumn::wall_avg);
  EXPECT_EQ(summary_column("x"), std::nullopt);
}

}  // namespace
}  // namespace syscope::present
