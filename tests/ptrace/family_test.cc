// Processes that fork, threads, and execs.
#include <fcntl.h>
#include <sys/wait.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "tests/ptrace/child.h"
#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

class FamilyTest : public testing::Test {
 protected:
  void SetUp() override { request.follow_forks = true; }

  Result<Progress> run(Command command) {
    request.command = std::move(command);
    Result<std::unique_ptr<Engine>> made = make_engine(request, plans);
    if (!made) return std::unexpected(made.error());
    engine = std::move(*made);
    return pump_to_end(*engine, sink);
  }

  // Compiles a C program and returns its path; empty if the compiler cannot.
  std::string compile(const std::string& name, const std::string& source,
                      const std::string& flags = "") {
    const auto folder = std::filesystem::path(testing::TempDir()) / "syscope_family";
    std::filesystem::create_directories(folder);
    const std::string path = (folder / (name + std::to_string(::getpid()))).string();
    std::ofstream(path + ".c") << source;
    const std::string command = "cc -O1 -o " + path + " " + path + ".c -pthread " + flags;
    return std::system((command + " 2>/dev/null").c_str()) == 0 ? path : "";
  }

  // Every thread that was heard of has ended, and nobody ended twice.
  void expect_all_ended() {
    std::set<unsigned> alive;
    for (const Kept& record : sink.records) {
      const unsigned tid = record.head().tid;
      if (record.kind() == SC_TASK) {
        EXPECT_TRUE(alive.insert(tid).second) << tid;
      }
      if (record.kind() == SC_EXIT) {
        EXPECT_EQ(alive.erase(tid), 1u) << tid;
      }
      if (record.kind() == SC_EXEC && record.as<sc_exec>().former_tid != tid) {
        EXPECT_EQ(alive.erase(record.as<sc_exec>().former_tid), 1u);
      }
    }
    EXPECT_TRUE(alive.empty());
  }

  Request request;
  HandPlans plans;
  Collector sink;
  std::unique_ptr<Engine> engine;
};

TEST_F(FamilyTest, AShellAndItsPipe) {
  ASSERT_EQ(*run(shell("echo a | tr a b > /dev/null; exit 3")), Progress::ended);
  expect_all_ended();
  const auto tasks = sink.of_kind(SC_TASK);
  ASSERT_EQ(tasks.size(), 3u);
  EXPECT_EQ(tasks[1]->as<sc_task>().how, SC_TASK_FORKED);
  EXPECT_EQ(tasks[1]->as<sc_task>().parent_tid, static_cast<unsigned>(engine->command_pid()));
  EXPECT_EQ(tasks[1]->head().pid, tasks[1]->head().tid);
  EXPECT_STREQ(tasks[1]->as<sc_task>().comm, "sh");
  const auto execs = sink.of_kind(SC_EXEC);
  ASSERT_EQ(execs.size(), 2u);
  EXPECT_STREQ(execs[1]->as<sc_exec>().comm, "tr");
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 3);
}

TEST_F(FamilyTest, WithoutFollowingChildrenRunUntraced) {
  request.follow_forks = false;
  ASSERT_EQ(*run(shell("(exit 0); (exit 0)")), Progress::ended);
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 1u);
  EXPECT_EQ(sink.of_kind(SC_EXIT).size(), 1u);
  EXPECT_EQ(sink.of_kind(SC_SIGNAL).size(), 2u);  // SIGCHLD
}

// A program that clones with these flags, waits for the child and returns its status; a child that
// is not its own, it waits to be gone.
std::string program_that_clones(const std::string& flags, const std::string& child) {
  return R"(
    #define _GNU_SOURCE
    #include <sched.h>
    #include <signal.h>
    #include <sys/ptrace.h>
    #include <sys/syscall.h>
    #include <sys/wait.h>
    #include <unistd.h>
    int main(void) {
      long pid = syscall(SYS_clone, )" +
         flags + R"( | SIGCHLD, 0, 0, 0, 0);
      if (pid == 0) { )" +
         child + R"( _exit(7); }
      int status;
      if (wait(&status) == pid) return WEXITSTATUS(status);
      while (kill(pid, 0) == 0) usleep(1000);
      return 8;
    })";
}

std::vector<std::string> notes_of(const Collector& sink, unsigned about) {
  std::vector<std::string> notes;
  for (const Kept* record : sink.of_kind(SC_NOTE)) {
    EXPECT_EQ(record->head().flags, about);
    const sc_note& note = record->as<sc_note>();
    notes.emplace_back(reinterpret_cast<const char*>(&note + 1), note.text_size);
  }
  return notes;
}

TEST_F(FamilyTest, AChildThatComesUnaskedIsLetGo) {
  const std::string program = compile("unasked", program_that_clones("CLONE_PTRACE", ""));
  ASSERT_FALSE(program.empty());
  request.follow_forks = false;
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 7);
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 1u);
  const auto notes = notes_of(sink, SC_NOTE_ATTACH);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].starts_with("Detached unknown pid "));
}

TEST_F(FamilyTest, AChildThatComesUnaskedIsFollowed) {
  // CLONE_UNTRACED: its maker does not tell of it, and is busy until it has ended.
  const std::string program =
      compile("untold", program_that_clones("CLONE_PTRACE | CLONE_UNTRACED", ""));
  ASSERT_FALSE(program.empty());
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 7);
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 2u);
  expect_all_ended();
}

TEST_F(FamilyTest, AChildOfTheTracerThatIsNotTraced) {
  const std::string program = compile("sibling", program_that_clones("CLONE_PARENT", ""));
  ASSERT_FALSE(program.empty());
  request.follow_forks = false;
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 8);
  EXPECT_EQ(sink.of_kind(SC_EXIT).size(), 1u);
  const auto notes = notes_of(sink, SC_NOTE_EXIT);
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_TRUE(notes[0].starts_with("Exit of unknown pid "));
}

TEST_F(FamilyTest, AChildOfTheTracerThatAsksToBeTraced) {
  const std::string program =
      compile("asking", program_that_clones("CLONE_PARENT",
                                            "ptrace(PTRACE_TRACEME, 0, 0, 0); raise(SIGUSR1);"));
  ASSERT_FALSE(program.empty());
  request.follow_forks = false;
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  EXPECT_EQ(WEXITSTATUS(*engine->wait_status()), 8);
}

TEST_F(FamilyTest, ManyShortProcesses) {
  ASSERT_EQ(*run(shell("for i in 1 2 3 4 5 6 7 8 9 10; do (exit 0) & done; wait")),
            Progress::ended);
  expect_all_ended();
  EXPECT_EQ(sink.of_kind(SC_TASK).size(), 11u);
}

TEST_F(FamilyTest, Vfork) {
  const std::string program = compile("vfork", R"(
    #include <unistd.h>
    #include <sys/wait.h>
    int main(void) {
      if (vfork() == 0) { execl("/bin/true", "true", (char *)0); _exit(9); }
      int status; wait(&status);
      return status;
    })");
  ASSERT_FALSE(program.empty());
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  expect_all_ended();
  EXPECT_EQ(*engine->wait_status(), 0);
  EXPECT_EQ(sink.calls(SYS_vfork).size(), 1u);
}

TEST_F(FamilyTest, EightThreads) {
  const std::string program = compile("threads", R"(
    #include <pthread.h>
    #include <unistd.h>
    static void *work(void *a) { for (int i = 0; i < 200; i++) getppid(); return a; }
    int main(void) {
      pthread_t t[8];
      for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, work, 0);
      for (int i = 0; i < 8; i++) pthread_join(t[i], 0);
      return 0;
    })");
  ASSERT_FALSE(program.empty());
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  expect_all_ended();
  EXPECT_EQ(sink.calls(SYS_getppid).size(), 1600u);
  for (const Kept& record : sink.records) {
    if (record.kind() == SC_START) continue;
    EXPECT_EQ(record.head().pid, static_cast<unsigned>(engine->command_pid()));
  }
  int last = 0;
  for (const Kept* exit : sink.of_kind(SC_EXIT)) last += static_cast<int>(exit->as<sc_exit>().last);
  EXPECT_EQ(last, 1);
  EXPECT_EQ(sink.records.back().as<sc_exit>().last, 1u);
}

TEST_F(FamilyTest, AnAnnouncementComesBeforeWhatCutsIn) {
  // What the text needs: a call whose end is not the next thing to be told was announced before.
  ASSERT_EQ(*run(shell("sleep 0.05 & sleep 0.05 & wait")), Progress::ended);
  std::map<unsigned, bool> announced;
  for (const Kept& record : sink.records) {
    const unsigned tid = record.head().tid;
    if (record.kind() == SC_ENTER) {
      EXPECT_FALSE(announced[tid]);
      announced[tid] = true;
    }
    if (record.kind() == SC_CALL) announced[tid] = false;
  }
  for (const auto& [tid, open] : announced) EXPECT_FALSE(open) << tid;
}

const char* const exec_from_a_thread = R"(
  #include <pthread.h>
  #include <unistd.h>
  static void *work(void *a) { execl("/bin/true", "true", (char *)0); return a; }
  int main(void) {
    pthread_t t;
    pthread_create(&t, 0, work, 0);
    pthread_join(t, 0);
    return 1;
  })";

TEST_F(FamilyTest, AnExecOfAThread) {
  const std::string program = compile("exec", exec_from_a_thread);
  ASSERT_FALSE(program.empty());
  request.command = Command{program, {program}, {}, {}};
  ASSERT_EQ(*run(*request.command), Progress::ended);
  expect_all_ended();
  const auto execs = sink.of_kind(SC_EXEC);
  ASSERT_EQ(execs.size(), 2u);
  const sc_exec& exec = execs[1]->as<sc_exec>();
  const auto leader = static_cast<unsigned>(engine->command_pid());
  EXPECT_EQ(exec.head.tid, leader);
  EXPECT_NE(exec.former_tid, leader);
  EXPECT_STREQ(exec.comm, "true");
  const auto calls = sink.calls(SYS_execve);
  ASSERT_EQ(calls.size(), 2u);
  EXPECT_EQ(calls[1]->head().tid, leader);
  EXPECT_EQ(calls[1]->call().ret, 0);
  EXPECT_EQ(*engine->wait_status(), 0);
}

TEST_F(FamilyTest, AnExecOfTheOnlyThreadAttachedTo) {
  const std::string program = compile("later", R"(
    #include <pthread.h>
    #include <unistd.h>
    static void *work(void *a) {
      char c; read(0, &c, 1); execl("/bin/echo", "echo", (char *)0); return a;
    }
    int main(void) { pthread_t t; pthread_create(&t, 0, work, 0); pthread_join(t, 0); return 1; })");
  ASSERT_FALSE(program.empty());
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Child child([&] {
    ::dup2(ends[0], 0);
    ::dup2(::open("/dev/null", O_WRONLY), 1);
    ::execl(program.c_str(), program.c_str(), nullptr);
  });
  for (int i = 0; i < 2000 && status_of(child.pid(), "Threads") != "2"; ++i) ::usleep(1000);
  pid_t thread = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/" + std::to_string(child.pid()) + "/task")) {
    const pid_t tid = std::stoi(entry.path().filename());
    if (tid != child.pid()) thread = tid;
  }
  ASSERT_NE(thread, 0);
  ASSERT_TRUE(comes_into_state(thread, "S"));
  request.follow_forks = false;
  request.attach = {thread};
  auto made = make_engine(request, plans);
  ASSERT_TRUE(made.has_value()) << made.error().text();
  (void)(*made)->pump(sink, std::chrono::milliseconds(20));
  ASSERT_EQ(::write(ends[1], "x", 1), 1);
  ASSERT_EQ(*pump_to_end(**made, sink), Progress::ended);
  const auto execs = sink.of_kind(SC_EXEC);
  ASSERT_EQ(execs.size(), 1u);
  EXPECT_EQ(execs[0]->head().tid, static_cast<unsigned>(child.pid()));
  EXPECT_EQ(execs[0]->as<sc_exec>().former_tid, static_cast<unsigned>(thread));
  EXPECT_EQ(sink.records.back().head().tid, static_cast<unsigned>(child.pid()));
}

TEST_F(FamilyTest, A32BitProgram) {
  const std::string program = compile("narrow", R"(
    #include <unistd.h>
    #include <sys/syscall.h>
    int main(void) { syscall(SYS_getppid); execl("/bin/true", "true", (char *)0); return 1; })",
                                      "-m32");
  if (program.empty()) GTEST_SKIP() << "no 32-bit compiler";
  ASSERT_EQ(*run(Command{program, {program}, {}, {}}), Progress::ended);
  bool parent_id = false, exec = false, native = false;
  for (const Kept* record : sink.of_kind(SC_CALL)) {
    const auto abi = static_cast<Abi>(record->head().abi);
    parent_id |= abi == Abi::i386 && record->call().nr == 64;  // getppid
    exec |= abi == Abi::i386 && record->call().nr == 11 && record->call().ret == 0;
    native |= exec && abi == Abi::x86_64;
  }
  EXPECT_TRUE(parent_id);
  EXPECT_TRUE(
      exec);  // in the ABI that it was made in, though the program is another when it returns
  EXPECT_TRUE(native);
}

TEST_F(FamilyTest, AWholeFamilyKilled) {
  // In a process group of its own, so that only the family is hit.
  request.command = Command{"/usr/bin/setsid",
                            {"setsid", "-w", "sh", "-c", "sleep 100 & sleep 100 & kill -KILL 0"},
                            {"PATH=/usr/bin:/bin"},
                            {}};
  ASSERT_EQ(*run(*request.command), Progress::ended);
  expect_all_ended();
}

TEST_F(FamilyTest, DetachInTheMiddleOfForks) {
  request.command = shell("i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; exit 4");
  auto made = make_engine(request, plans);
  ASSERT_TRUE(made.has_value());
  for (int i = 0; i < 20; ++i) (void)(*made)->pump(sink, std::chrono::milliseconds(5));
  const pid_t pid = (*made)->command_pid();
  (*made)->detach();
  EXPECT_FALSE(is_traced(pid));
  int status = 0;
  ASSERT_EQ(::waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 4);
}

}  // namespace
}  // namespace syscope::capture::ptrace
