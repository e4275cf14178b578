// A command from its exec to its end.
#include <sys/wait.h>

#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

class CommandTest : public testing::Test {
 protected:
  Result<Progress> run(Command command) {
    request.command = std::move(command);
    Result<std::unique_ptr<Engine>> made = make_engine(request, plans);
    if (!made) return std::unexpected(made.error());
    engine = std::move(*made);
    return pump_to_end(*engine, sink);
  }

  Request request;
  HandPlans plans;
  Collector sink;
  std::unique_ptr<Engine> engine;
};

TEST_F(CommandTest, StartsWithItsExecAndEndsWithItsExit) {
  const auto end = run(shell("exit 7"));
  ASSERT_TRUE(end.has_value()) << end.error().text();
  EXPECT_EQ(*end, Progress::ended);
  ASSERT_GE(sink.records.size(), 5u);
  EXPECT_EQ(sink.records[0].kind(), SC_START);
  EXPECT_EQ(sink.records[0].as<sc_start>().magic, SC_MAGIC);
  EXPECT_EQ(sink.records[1].kind(), SC_TASK);
  EXPECT_EQ(sink.records[1].as<sc_task>().how, SC_TASK_STARTED);

  const Kept* first_call = nullptr;
  for (const Kept& record : sink.records) {
    if (record.kind() == SC_CALL && first_call == nullptr) first_call = &record;
  }
  ASSERT_NE(first_call, nullptr);
  EXPECT_EQ(first_call->call().nr, SYS_execve);
  EXPECT_EQ(first_call->call().ret, 0);

  const Kept& last_call = sink.records[sink.records.size() - 2];
  ASSERT_TRUE(last_call.is_call(SYS_exit_group));
  EXPECT_EQ(last_call.call().args[0], 7u);
  EXPECT_NE(last_call.head().flags & SC_NO_RETURN, 0);

  const Kept& exit = sink.records.back();
  ASSERT_EQ(exit.kind(), SC_EXIT);
  EXPECT_EQ(exit.as<sc_exit>().last, 1u);
  EXPECT_EQ(WEXITSTATUS(exit.as<sc_exit>().wait_status), 7);
  ASSERT_TRUE(engine->wait_status().has_value());
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 7);
}

TEST_F(CommandTest, TimesAndResultsOfCalls) {
  request.cpu_times = true;
  ASSERT_TRUE(run(Command{"/bin/sleep", {"sleep", "0.2"}, {}, {}}).has_value());
  const auto sleeps = sink.calls(SYS_clock_nanosleep);
  ASSERT_EQ(sleeps.size(), 1u);
  EXPECT_EQ(sleeps[0]->call().ret, 0);
  EXPECT_GE(sleeps[0]->call().duration, 200'000'000u);
  EXPECT_GE(sleeps[0]->call().blocked, 100'000'000u);
  EXPECT_LE(sleeps[0]->call().blocked, sleeps[0]->call().duration);
  std::uint64_t latest = 0;
  for (const Kept& record : sink.records) {
    if (record.kind() == SC_EXEC)
      continue;  // within a call, which comes later with an earlier time
    EXPECT_GE(record.head().time, latest);
    latest = record.head().time;
  }
}

TEST_F(CommandTest, OnlyACallThatLastsIsAnnounced) {
  request.cpu_times = true;
  ASSERT_TRUE(run(Command{"/bin/sleep", {"sleep", "0.2"}, {}, {}}).has_value());
  const auto announced = sink.of_kind(SC_ENTER);
  ASSERT_GE(announced.size(), 1u);
  bool found = false;
  for (const Kept* record : announced) found |= record->call().nr == SYS_clock_nanosleep;
  EXPECT_TRUE(found);
  EXPECT_LT(announced.size(), sink.of_kind(SC_CALL).size());
}

TEST_F(CommandTest, UnwantedCallsLeaveNoRecord) {
  request.calls = WantedCalls::none();
  request.calls.add(Abi::x86_64, SYS_exit_group);
  ASSERT_TRUE(run(shell("exit 0")).has_value());
  const auto calls = sink.of_kind(SC_CALL);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0]->call().nr, SYS_exit_group);
}

TEST_F(CommandTest, ACommandThatCannotBeExecutedIsAnError) {
  const auto end = run(Command{"/etc/passwd", {"passwd"}, {}, {}});
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().cause, Cause::not_permitted);
  EXPECT_EQ(end.error().on, "/etc/passwd");
  const auto execs = sink.calls(SYS_execve);
  ASSERT_EQ(execs.size(), 1u);
  EXPECT_EQ(execs[0]->call().ret, -EACCES);
  EXPECT_EQ(sink.of_kind(SC_CALL).size(), 1u);
}

TEST_F(CommandTest, ASignalThatKills) {
  ASSERT_TRUE(run(shell("kill -TERM $$")).has_value());
  const auto signals = sink.of_kind(SC_SIGNAL);
  ASSERT_EQ(signals.size(), 1u);
  EXPECT_EQ(signals[0]->as<sc_signal>().signo, static_cast<unsigned>(SIGTERM));
  ASSERT_EQ(signals[0]->as<sc_signal>().info_size, sizeof(siginfo_t));
  const auto info = load<siginfo_t>(signals[0]->bytes().data() + sizeof(sc_signal));
  EXPECT_EQ(info.si_pid, engine->command_pid());
  EXPECT_EQ(WTERMSIG(*engine->wait_status()), SIGTERM);
}

}  // namespace
}  // namespace syscope::capture::ptrace
