// Attaching to what runs, and letting it go as it was.
#include <algorithm>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "tests/ptrace/child.h"
#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

using std::chrono::milliseconds;

// A pipe whose ends the child of a test inherits.
struct Pipe {
  Pipe() { EXPECT_EQ(::pipe(ends), 0); }
  ~Pipe() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  int ends[2];
};

class AttachTest : public testing::Test {
 protected:
  void attach(pid_t pid) {
    request.attach = {pid};
    Result<std::unique_ptr<Engine>> made = make_engine(request, plans);
    ASSERT_TRUE(made.has_value()) << made.error().text();
    engine = std::move(*made);
  }
  // Pumps until a record fulfils a condition; false after five seconds.
  template <class Condition>
  bool pump_until(Condition condition) {
    std::size_t seen = 0;
    for (int round = 0; round < 500; ++round) {
      (void)engine->pump(sink, milliseconds(10));
      for (; seen < sink.records.size(); ++seen) {
        if (condition(sink.records[seen])) return true;
      }
    }
    return false;
  }
  std::string error_of(pid_t pid) {
    request.attach = {pid};
    const auto made = make_engine(request, plans);
    return made ? "attached" : made.error().text();
  }

  Request request;
  HandPlans plans;
  Collector sink;
  std::unique_ptr<Engine> engine;
};

auto announced(std::uint32_t nr) {
  return [nr](const Kept& record) { return record.kind() == SC_ENTER && record.call().nr == nr; };
}

TEST_F(AttachTest, ABlockedReadShowsAtOnceAndStaysUntouched) {
  Pipe pipe;
  Child child([&] {
    char byte;
    ::_exit(::read(pipe.ends[0], &byte, 1) == 1 ? byte : 99);
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  std::this_thread::sleep_for(milliseconds(50));
  const auto start = std::chrono::steady_clock::now();
  attach(child.pid());
  ASSERT_TRUE(pump_until(announced(SYS_read)));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  const Kept& enter = sink.records.back();
  EXPECT_EQ(enter.call().args[0], static_cast<std::uint64_t>(pipe.ends[0]));
  EXPECT_NE(enter.head().flags & SC_IN_FLIGHT, 0);

  engine->detach();
  EXPECT_EQ(*engine->pump(sink, milliseconds(0)), Progress::delivered);
  EXPECT_EQ(sink.records.back().kind(), SC_DETACH);
  EXPECT_EQ(*engine->pump(sink, milliseconds(0)), Progress::ended);
  EXPECT_FALSE(is_traced(child.pid()));
  EXPECT_TRUE(comes_into_state(child.pid(), "S"));
  ASSERT_EQ(::write(pipe.ends[1], "\x07", 1), 1);
  EXPECT_EQ(WEXITSTATUS(child.wait()), 7);
}

TEST_F(AttachTest, ASleepIsShownAsTheCallItWas) {
  Child child([] {
    timespec time = {0, 400'000'000};
    ::_exit(::nanosleep(&time, nullptr) == 0 ? 3 : 4);
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  std::this_thread::sleep_for(milliseconds(20));
  attach(child.pid());
  ASSERT_TRUE(pump_to_end(*engine, sink).has_value());
  const auto sleeps = sink.calls(SYS_clock_nanosleep);
  ASSERT_EQ(sleeps.size(), 1u);
  EXPECT_NE(sleeps[0]->head().flags & SC_IN_FLIGHT, 0);
  EXPECT_EQ(sleeps[0]->call().ret, 0);
  EXPECT_TRUE(sink.calls(SYS_restart_syscall).empty());
  EXPECT_EQ(WEXITSTATUS(sink.records.back().as<sc_exit>().wait_status), 3);
}

TEST_F(AttachTest, ACallThatTheInterruptionEndsIsReported) {
  Child child([] {
    const int epoll = ::epoll_create1(0);
    epoll_event event;
    const int got = ::epoll_wait(epoll, &event, 1, 5000);
    ::_exit(got < 0 && errno == EINTR ? 5 : 6);
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  std::this_thread::sleep_for(milliseconds(20));
  attach(child.pid());
  ASSERT_TRUE(pump_to_end(*engine, sink).has_value());
  const auto waits = sink.calls(SYS_epoll_wait);
  ASSERT_EQ(waits.size(), 1u);
  EXPECT_NE(waits[0]->head().flags & SC_IN_FLIGHT, 0);
  EXPECT_EQ(waits[0]->call().ret, -EINTR);
}

TEST_F(AttachTest, AllThreadsOfAProcess) {
  Pipe pipe;
  Child child([&] {
    for (int i = 0; i < 7; ++i) {
      std::thread([&] {
        char byte;
        (void)!::read(pipe.ends[0], &byte, 1);
      }).detach();
    }
    ::pause();
  });
  for (int i = 0; i < 1000 && status_of(child.pid(), "Threads") != "8"; ++i) ::usleep(1000);
  request.follow_forks = true;
  attach(child.pid());
  int reads = 0;
  ASSERT_TRUE(pump_until([&](const Kept& record) {
    reads += record.kind() == SC_ENTER && record.call().nr == SYS_read ? 1 : 0;
    return reads == 7;
  }));
  const auto tasks = sink.of_kind(SC_TASK);
  ASSERT_EQ(tasks.size(), 8u);
  for (const Kept* task : tasks) {
    EXPECT_EQ(task->as<sc_task>().how, SC_TASK_ATTACHED);
    EXPECT_EQ(task->head().pid, static_cast<unsigned>(child.pid()));
  }
  engine->detach();
  (void)engine->pump(sink, milliseconds(0));
  EXPECT_EQ(sink.of_kind(SC_DETACH).size(), 8u);
  EXPECT_FALSE(is_traced(child.pid()));
}

TEST_F(AttachTest, WithoutFollowingJustTheThread) {
  Child child([] {
    std::thread([] { ::pause(); }).detach();
    ::pause();
  });
  for (int i = 0; i < 1000 && status_of(child.pid(), "Threads") != "2"; ++i) ::usleep(1000);
  attach(child.pid());
  (void)engine->pump(sink, milliseconds(10));
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 1u);
}

TEST_F(AttachTest, AStoppedProcessStaysStopped) {
  Child child([] {
    for (;;) ::pause();
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  ::kill(child.pid(), SIGSTOP);
  ASSERT_TRUE(comes_into_state(child.pid(), "T"));
  attach(child.pid());
  ASSERT_TRUE(pump_until([](const Kept& record) { return record.kind() == SC_STOP; }));
  EXPECT_EQ(sink.records.back().as<sc_number>().number, static_cast<unsigned>(SIGSTOP));
  engine->detach();
  EXPECT_FALSE(is_traced(child.pid()));
  EXPECT_TRUE(comes_into_state(child.pid(), "T"));
  std::this_thread::sleep_for(milliseconds(20));
  EXPECT_EQ(state_of(child.pid()), 'T');
  ::kill(child.pid(), SIGCONT);
  EXPECT_TRUE(comes_into_state(child.pid(), "S"));
}

TEST_F(AttachTest, StopAndContinueWhileTraced) {
  Child child([] {
    for (;;) ::pause();
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  attach(child.pid());
  ASSERT_TRUE(pump_until(announced(SYS_pause)));
  ::kill(child.pid(), SIGSTOP);
  ASSERT_TRUE(pump_until([](const Kept& record) { return record.kind() == SC_STOP; }));
  ::kill(child.pid(), SIGCONT);
  ASSERT_TRUE(pump_until([](const Kept& record) {
    return record.kind() == SC_SIGNAL && record.as<sc_signal>().signo == SIGCONT;
  }));
  ::kill(child.pid(), SIGTERM);
  ASSERT_TRUE(pump_to_end(*engine, sink).has_value());
  EXPECT_EQ(WTERMSIG(sink.records.back().as<sc_exit>().wait_status), SIGTERM);
}

TEST_F(AttachTest, ASignalOnItsWayIsDeliveredByTheDetach) {
  Child child([] {
    ::signal(SIGUSR1, [](int) { ::_exit(11); });
    for (;;) ::pause();
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  std::this_thread::sleep_for(milliseconds(20));
  attach(child.pid());
  ASSERT_TRUE(pump_until(announced(SYS_pause)));
  ::kill(child.pid(), SIGUSR1);
  ASSERT_TRUE(comes_into_state(child.pid(), "t"));  // stopped for us, who have not looked yet
  engine->detach();
  EXPECT_EQ(WEXITSTATUS(child.wait()), 11);
}

TEST_F(AttachTest, AKilledTracerLeavesEverythingRunning) {
  Pipe pipe;
  Child child([&] {
    char byte;
    ::_exit(::read(pipe.ends[0], &byte, 1) == 1 ? byte : 99);
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  {
    Child tracer([&] {
      attach(child.pid());
      for (;;) (void)engine->pump(sink, milliseconds(10));
    });
    for (int i = 0; i < 1000 && !is_traced(child.pid()); ++i) ::usleep(1000);
    std::this_thread::sleep_for(milliseconds(50));
    ASSERT_TRUE(is_traced(child.pid()));
  }  // killed here
  EXPECT_FALSE(is_traced(child.pid()));
  EXPECT_TRUE(comes_into_state(child.pid(), "S"));
  ASSERT_EQ(::write(pipe.ends[1], "\x08", 1), 1);
  EXPECT_EQ(WEXITSTATUS(child.wait()), 8);
}

TEST_F(AttachTest, AProcessThatIsKilledInsideACall) {
  Child child([] {
    for (;;) ::pause();
  });
  ASSERT_TRUE(comes_into_state(child.pid(), "S"));
  attach(child.pid());
  ASSERT_TRUE(pump_until(announced(SYS_pause)));
  ::kill(child.pid(), SIGKILL);
  ASSERT_EQ(*pump_to_end(*engine, sink), Progress::ended);
  const auto calls = sink.calls(SYS_pause);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_NE(calls[0]->head().flags & SC_NO_RETURN, 0);
  EXPECT_EQ(WTERMSIG(sink.records.back().as<sc_exit>().wait_status), SIGKILL);
}

TEST_F(AttachTest, WhyNot) {
  pid_t gone;
  {
    Child child([] {});
    gone = child.pid();
  }
  const std::string id = std::to_string(gone);
  EXPECT_EQ(error_of(gone), "cannot attach: " + id + ": there is no such process");

  Child zombie([] {});
  ASSERT_TRUE(comes_into_state(zombie.pid(), "Z"));
  EXPECT_NE(error_of(zombie.pid()).find("zombie"), std::string::npos);

  Child traced([] { ::pause(); });
  Child tracer([&] {
    attach(traced.pid());
    for (;;) (void)engine->pump(sink, milliseconds(10));
  });
  for (int i = 0; i < 1000 && !is_traced(traced.pid()); ++i) ::usleep(1000);
  EXPECT_NE(error_of(traced.pid()).find("process " + std::to_string(tracer.pid())),
            std::string::npos);

  EXPECT_NE(error_of(::getpid()).find("the tracer itself"), std::string::npos);
  if (state_of(2) != '-' && status_of(2, "Name") == "kthreadd") {
    EXPECT_NE(error_of(2).find("kernel thread"), std::string::npos);
  }
}

TEST_F(AttachTest, OneOfSeveralThatCannotBeAttachedIsANote) {
  Child child([] { ::pause(); });
  Child zombie([] {});
  ASSERT_TRUE(comes_into_state(zombie.pid(), "Z"));
  request.attach = {zombie.pid(), child.pid(), child.pid()};
  auto made = make_engine(request, plans);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  engine = std::move(*made);
  (void)engine->pump(sink, milliseconds(10));
  const auto notes = sink.of_kind(SC_NOTE);
  // The end of the zombie, a child of the tracer, may be told of, too.
  EXPECT_EQ(std::ranges::count(notes, 0u, [](const Kept* note) { return note->head().flags; }), 1);
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 1u);
}

TEST_F(AttachTest, AnotherUsersProcessIsNotPermitted) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
  Child child([] { ::pause(); });
  Child nobody([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(1);
    const std::string text = error_of(child.pid());
    ::_exit(text.find("owned by user root; run as root") != std::string::npos ? 0 : 2);
  });
  EXPECT_EQ(WEXITSTATUS(nobody.wait()), 0);
}

}  // namespace
}  // namespace syscope::capture::ptrace
