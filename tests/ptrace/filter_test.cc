// The seccomp filter: which calls it stops, and what a filtered command sees of it.
#include "capture/ptrace/filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/wait.h>

#include "tests/ptrace/child.h"
#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

// Runs the instructions that such filters consist of.
std::uint32_t run(const std::vector<sock_filter>& program, std::uint32_t arch, std::uint32_t nr) {
  seccomp_data data = {};
  data.nr = static_cast<int>(nr);
  data.arch = arch;
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& op = program[at];
    switch (op.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + op.k, 4);
        break;
      case BPF_JMP | BPF_JA: at += op.k; break;
      case BPF_JMP | BPF_JGE | BPF_K: at += accumulator >= op.k ? op.jt : op.jf; break;
      case BPF_JMP | BPF_JEQ | BPF_K: at += accumulator == op.k ? op.jt : op.jf; break;
      case BPF_RET | BPF_K: return op.k;
      default: ADD_FAILURE() << "instruction " << op.code; return 0;
    }
  }
  ADD_FAILURE() << "the program does not end";
  return 0;
}

void expect_agrees(const WantedCalls& wanted) {
  const auto program = make_filter(wanted);
  ASSERT_FALSE(program.empty());
  const auto traced = [&](std::uint32_t arch, std::uint32_t nr) {
    return run(program, arch, nr) == SECCOMP_RET_TRACE;
  };
  for (std::uint32_t nr = 0; nr < WantedCalls::limit + 10; ++nr) {
    EXPECT_EQ(traced(AUDIT_ARCH_X86_64, nr), wanted.has(Abi::x86_64, nr)) << nr;
    EXPECT_EQ(traced(AUDIT_ARCH_X86_64, nr | 0x40000000), wanted.has(Abi::x32, nr)) << nr;
    EXPECT_EQ(traced(AUDIT_ARCH_I386, nr), wanted.has(Abi::i386, nr)) << nr;
  }
  EXPECT_FALSE(traced(AUDIT_ARCH_X86_64, ~0u));
  EXPECT_FALSE(traced(AUDIT_ARCH_AARCH64, 1));
}

TEST(Filter, StopsWhatIsWanted) {
  WantedCalls wanted = WantedCalls::none();
  expect_agrees(wanted);
  wanted.add(Abi::x86_64, SYS_openat);
  wanted.add(Abi::i386, 295);
  expect_agrees(wanted);
  wanted.add(Abi::x32, 0);
  wanted.add(Abi::x86_64, 0);
  wanted.add(Abi::x86_64, 1);
  wanted.add(Abi::x86_64, WantedCalls::limit - 1);
  expect_agrees(wanted);
  for (std::uint32_t nr = 0; nr < 500; nr += 3) wanted.add(Abi::x86_64, nr);
  expect_agrees(wanted);
}

TEST(Filter, NoneWhereItDoesNotPay) {
  EXPECT_TRUE(make_filter(WantedCalls::all()).empty());
  WantedCalls scattered = WantedCalls::none();
  for (std::uint32_t nr = 0; nr < WantedCalls::limit; nr += 2) {
    for (const Abi abi : {Abi::x86_64, Abi::i386, Abi::x32}) scattered.add(abi, nr);
  }
  EXPECT_TRUE(make_filter(scattered).empty());
}

class FilteredTest : public testing::Test {
 protected:
  void SetUp() override {
    request.follow_forks = true;
    request.seccomp_filter = true;
    request.calls = WantedCalls::none();
    request.calls.add(Abi::x86_64, SYS_openat);
    request.calls.add(Abi::x86_64, SYS_exit_group);
  }
  void make(Command command) {
    request.command = std::move(command);
    auto made = make_engine(request, plans);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    engine = std::move(*made);
  }
  Request request;
  HandPlans plans;
  Collector sink;
  std::unique_ptr<Engine> engine;
};

TEST_F(FilteredTest, OnlyTheWantedCallsOfTheWholeFamily) {
  make(shell("cat /etc/hostname > /dev/null; (exit 0); exit 6"));
  ASSERT_EQ(*pump_to_end(*engine, sink), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 6);
  std::map<unsigned, int> exits;
  for (const Kept* call : sink.of_kind(SC_CALL)) {
    const auto nr = call->call().nr;
    EXPECT_TRUE(nr == SYS_openat || nr == SYS_exit_group) << nr;
    if (nr == SYS_exit_group) ++exits[call->head().tid];
    EXPECT_NE(call->call().ret, -ENOSYS);
  }
  EXPECT_EQ(exits.size(), 3u);
  EXPECT_GE(sink.calls(SYS_openat).size(), 3u);
  EXPECT_EQ(sink.of_kind(SC_SIGNAL).size(), 2u);
}

TEST_F(FilteredTest, WithoutFollowingThereIsNoFilter) {
  // Else the child, which nobody traces, would get ENOSYS from every openat.
  request.follow_forks = false;
  make(shell("cat /etc/hostname > /dev/null"));
  ASSERT_EQ(*pump_to_end(*engine, sink), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 0);
  EXPECT_EQ(sink.calls(SYS_exit_group).size(), 1u);
}

TEST_F(FilteredTest, AnExecThatIsNotWanted) {
  make(Command{"/etc/passwd", {"passwd"}, {}, {}});
  const auto end = pump_to_end(*engine, sink);
  ASSERT_FALSE(end.has_value());
  EXPECT_EQ(end.error().on, "/etc/passwd");
  EXPECT_TRUE(sink.of_kind(SC_CALL).empty());
}

TEST_F(FilteredTest, RootGivesUpNoPrivilegeForIt) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  make(Command{"/usr/bin/grep", {"grep", "-q", "^NoNewPrivs:.0", "/proc/self/status"}, {}, {}});
  ASSERT_EQ(*pump_to_end(*engine, sink), Progress::ended);
  EXPECT_EQ(*engine->wait_status(), 0);
}

TEST_F(FilteredTest, AnotherUserAndItsGroups) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  Command command = shell("test $(id -u):$(id -g):$(id -G) = 65534:65534:65534");
  command.user = Command::User{65534, 65534, ""};
  make(command);
  ASSERT_EQ(*pump_to_end(*engine, sink), Progress::ended);
  EXPECT_EQ(*engine->wait_status(), 0);
}

TEST_F(FilteredTest, EndsWithItsTracer) {
  make(shell("sleep 100 & sleep 100; wait"));
  for (int i = 0; i < 10; ++i) (void)engine->pump(sink, std::chrono::milliseconds(10));
  engine->detach();
  Collector rest;
  EXPECT_EQ(*pump_to_end(*engine, rest), Progress::ended);
  ASSERT_TRUE(engine->wait_status().has_value());
  EXPECT_EQ(WTERMSIG(*engine->wait_status()), SIGKILL);
}

}  // namespace
}  // namespace syscope::capture::ptrace
