#include "event/pids.h"

#include <gtest/gtest.h>

#include <cstring>

namespace syscope::event {
namespace {

sc_pid record(std::uint32_t tid, std::int32_t number, std::uint32_t translated, const char* comm,
              unsigned flags = 0) {
  sc_pid pid{};
  pid.head.size = sizeof pid;
  pid.head.kind = SC_PID;
  pid.head.tid = tid;
  pid.head.flags = static_cast<sc_u8>(flags);
  pid.number = number;
  pid.translated = translated;
  std::strncpy(pid.comm, comm, sizeof pid.comm);
  return pid;
}

Bytes bytes(const sc_pid& pid) { return std::as_bytes(std::span(&pid, 1)); }

TEST(PidTable, KeepsWhatHeldAtTheEntryUntilTheCallIsOver) {
  PidTable table;
  table.learn(bytes(record(7, 3, 103, "sh")));
  table.learn(bytes(record(7, 3, 0, "", SC_PID_AT_EXIT)));
  ASSERT_NE(table.find(7, 3, true), nullptr);
  EXPECT_EQ(table.find(7, 3, true)->comm, "sh");
  EXPECT_EQ(table.find(7, 3, false)->translated, 0u);
  table.settle(7);
  EXPECT_EQ(table.find(7, 3, true)->comm, "");
  EXPECT_EQ(table.find(8, 3, true), nullptr);
}

TEST(PidTable, NamesThreads) {
  PidTable table;
  table.learn(bytes(record(7, 7, 7, "a name of 16 byt", SC_PID_SELF)));
  EXPECT_EQ(table.self(7), "a name of 16 byt");
  EXPECT_EQ(table.find(7, 7, false), nullptr);
  table.forget(7);
  EXPECT_EQ(table.self(7), "");
  table.learn(bytes(record(7, 3, 103, "sh")).first(40));
  EXPECT_EQ(table.find(7, 3, false), nullptr);
}

}  // namespace
}  // namespace syscope::event
