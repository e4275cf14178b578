// The engine on real programs, with a handful of hand-made plans: what the records hold.
#include "capture/bpf/engine.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "event/view.h"

extern char** environ;

namespace syscope::capture {
namespace {

using std::chrono::milliseconds;

sc_ref argument(unsigned index) { return {SC_ARG, 8, static_cast<sc_u16>(index), 0}; }
sc_ref constant(sc_u32 value) { return {SC_CONST, 8, 0, value}; }

sc_op read_op(sc_phase phase, unsigned base, sc_ref length, sc_ref filled) {
  return {SC_READ, static_cast<sc_u8>(phase), SC_CAP_STRING, SC_ON_SUCCESS, SC_NO_PARENT, 0, 1, 1,
          argument(base), length, filled};
}
sc_op path_op(unsigned base) {
  return {SC_STRING, SC_ENTRY_PHASE, SC_CAP_BYTES, 0, SC_NO_PARENT, 0, 4096, 1, argument(base), {}, {}};
}

// read, write, openat, execve (path and argv), writev.
class SmallCatalog {
 public:
  SmallCatalog() {
    add(SYS_read, {read_op(SC_EXIT_PHASE, 1, argument(2), {SC_RET, 8, 0, 0})});
    add(SYS_write, {read_op(SC_ENTRY_PHASE, 1, argument(2), constant(~0u))});
    add(SYS_openat, {path_op(1)});
    const sc_op pointers{SC_POINTERS, SC_ENTRY_PHASE, SC_CAP_ELEMENTS, 0, SC_NO_PARENT, 0, 8, 1,
                         argument(1), {}, {}};
    const sc_op strings{SC_STRING, SC_ENTRY_PHASE, SC_CAP_STRING, 0, 1, 8, 1, 1, {SC_FIELD, 8, 0, 0}, {}, {}};
    add(SYS_execve, {path_op(0), pointers, strings});
    const sc_op vector{SC_READ, SC_ENTRY_PHASE, SC_CAP_ELEMENTS, 0, SC_NO_PARENT, 16, 16, 16,
                       argument(1), argument(2), constant(~0u)};
    const sc_op buffers{SC_READ, SC_ENTRY_PHASE, SC_CAP_STRING, 0, 0, 16, 1, 1,
                        {SC_FIELD, 8, 0, 0}, {SC_FIELD, 8, 0, 8}, constant(~0u)};
    add(SYS_writev, {vector, buffers});
    for (const long nr : {SYS_read, SYS_write, SYS_close, SYS_connect}) describe(nr, 1);
    describe(SYS_openat, 129);
    tables_.prototypes = prototypes_;
    tables_.calls = calls_;
    tables_.call_by_number = numbers_;
    tables_.ops = ops_;
  }
  [[nodiscard]] const catalog::Tables& tables() const { return tables_; }

 private:
  void add(long nr, std::vector<sc_op> ops) {
    catalog::Prototype prototype{};
    prototype.plan.first_op = static_cast<sc_u16>(ops_.size());
    prototype.plan.op_count = static_cast<sc_u8>(ops.size());
    ops_.insert(ops_.end(), ops.begin(), ops.end());
    catalog::Call call{};
    call.prototype = static_cast<catalog::Index>(prototypes_.size());
    call.variants = catalog::nothing;
    prototypes_.push_back(prototype);
    numbers_[static_cast<std::size_t>(nr)] = static_cast<catalog::Index>(calls_.size());
    calls_.push_back(call);
  }

  // Which arguments are descriptors: sc_plan::fd_arguments.
  void describe(long nr, sc_u8 descriptors) {
    if (numbers_[static_cast<std::size_t>(nr)] == catalog::nothing) add(nr, {});
    prototypes_[numbers_[static_cast<std::size_t>(nr)]].plan.fd_arguments = descriptors;
  }

  std::vector<sc_op> ops_;
  std::vector<catalog::Prototype> prototypes_;
  std::vector<catalog::Call> calls_;
  std::vector<catalog::Index> numbers_ = std::vector<catalog::Index>(512, catalog::nothing);
  catalog::Tables tables_;
};

struct Collector final : RecordSink {
  void accept(Bytes record) override {
    records.emplace_back(as_chars(record));
    ++kinds[event::head(record).kind];
  }
  std::vector<std::string> records;
  std::map<int, int> kinds;

  // What the blocks of the calls numbered `nr` hold, as text.
  [[nodiscard]] std::vector<std::string> blocks_of(long nr, sc_kind kind = SC_CALL) const {
    std::vector<std::string> found;
    for (const std::string& text : records) {
      const Bytes record = as_bytes(text);
      if (event::head(record).kind != kind || event::as<sc_call>(record)->nr != nr) continue;
      event::Blocks blocks(record);
      while (const auto block = blocks.next()) found.emplace_back(as_chars(block->bytes));
    }
    return found;
  }
};

class BpfEngine : public testing::Test {
 protected:
  void SetUp() override {
    request_.follow_forks = true;
    static const std::string obstacle = find_obstacle();
    if (obstacle.empty()) return;
    if (std::getenv("CI") != nullptr) FAIL() << obstacle;
    GTEST_SKIP() << obstacle;
  }

  // Why the engine cannot run here; empty if it can.
  std::string find_obstacle() {
    const auto engine = bpf::make_engine(with_command({"/bin/true"}), catalog_.tables(), catalog_.tables());
    return engine ? std::string() : engine.error().text();
  }

  Request with_command(std::vector<std::string> arguments) {
    Request request = request_;
    Command command;
    command.file = arguments.front();
    command.arguments = std::move(arguments);
    for (char** entry = environ; *entry != nullptr; ++entry) command.environment.emplace_back(*entry);
    request.command = std::move(command);
    return request;
  }

  // Pumps to the end, at most for `seconds`.
  static void run(Engine& engine, Collector& collector, int seconds = 20) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
    while (std::chrono::steady_clock::now() < deadline) {
      const auto progress = engine.pump(collector, milliseconds(100));
      ASSERT_TRUE(progress) << progress.error().text();
      if (*progress == Progress::ended) return;
    }
    FAIL() << "the trace did not end";
  }

  Collector trace(const Request& request, std::optional<int>* status = nullptr) {
    Collector collector;
    auto engine = bpf::make_engine(request, catalog_.tables(), catalog_.tables());
    EXPECT_TRUE(engine) << engine.error().text();
    if (!engine) return collector;
    run(**engine, collector);
    if (status != nullptr) *status = (*engine)->wait_status();
    return collector;
  }

  SmallCatalog catalog_;
  Request request_;
};

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  for (const std::string& one : texts) {
    if (one.find(text) != std::string::npos) return true;
  }
  return false;
}

TEST_F(BpfEngine, TracesACommandFromItsExecToItsEnd) {
  std::optional<int> status;
  const Collector seen = trace(with_command({"/bin/sh", "-c", "exit 7"}), &status);
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(WEXITSTATUS(*status), 7);
  EXPECT_EQ(seen.kinds.at(SC_START), 1);
  EXPECT_EQ(seen.kinds.at(SC_EXEC), 1);
  EXPECT_EQ(seen.kinds.at(SC_EXIT), 1);
  const auto execve = seen.blocks_of(SYS_execve);
  ASSERT_EQ(execve.size(), 5u);  // path, argv, three strings
  EXPECT_EQ(execve[0], std::string("/bin/sh") + '\0');
  EXPECT_EQ(execve[3], std::string("-c") + '\0');
  EXPECT_EQ(execve[4], std::string("exit 7") + '\0');
  const sc_exit* end = event::as<sc_exit>(as_bytes(seen.records.back()));
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(WEXITSTATUS(end->wait_status), 7);
  EXPECT_EQ(end->last, 1u);
}

TEST_F(BpfEngine, FollowsForksWithoutAGap) {
  const Collector seen = trace(with_command({"/bin/sh", "-c", "/bin/echo from-a-child; true"}));
  EXPECT_TRUE(contains(seen.blocks_of(SYS_write), "from-a-child"));
  EXPECT_EQ(seen.kinds.at(SC_TASK), 2);
  EXPECT_EQ(seen.kinds.at(SC_EXIT), 2);
  EXPECT_TRUE(contains(seen.blocks_of(SYS_execve), "/bin/echo"));
}

TEST_F(BpfEngine, CopiesWhatWasReadAndNoMoreThanTheStringLimit) {
  request_.string_limit = 10;
  const Collector seen = trace(with_command({"/bin/sh", "-c", "echo abcdefghijklmnop | /bin/cat"}));
  EXPECT_TRUE(contains(seen.blocks_of(SYS_read), "abcdefghijk"));
  EXPECT_FALSE(contains(seen.blocks_of(SYS_read), "abcdefghijkl"));
}

TEST_F(BpfEngine, RecordsNothingButTheWantedCalls) {
  request_.calls = WantedCalls::none();
  request_.calls.add(Abi::x86_64, SYS_openat);
  const Collector seen = trace(with_command({"/bin/cat", "/dev/null"}));
  for (const std::string& text : seen.records) {
    const auto* call = event::as<sc_call>(as_bytes(text));
    if (event::head(as_bytes(text)).kind == SC_CALL) EXPECT_EQ(call->nr, SYS_openat);
  }
  EXPECT_TRUE(contains(seen.blocks_of(SYS_openat), "/dev/null"));
}

TEST_F(BpfEngine, AnnouncesACallThatBlocks) {
  const Collector seen = trace(with_command({"/bin/sh", "-c", "sleep 0.1 | /bin/cat"}));
  EXPECT_GE(seen.kinds.at(SC_ENTER), 2);
}

// A process that sleeps in read(2) on a pipe until it is woken, again and again.
class PipeReader {
 public:
  PipeReader() {
    EXPECT_EQ(::pipe(ends_), 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      char byte = 0;
      ::close(ends_[1]);
      while (::read(ends_[0], &byte, 1) == 1) {
      }
      ::_exit(0);
    }
    ::close(ends_[0]);
    ::usleep(100'000);
  }
  PipeReader(const PipeReader&) = delete;
  ~PipeReader() {
    end();
    ::waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }
  void wake() { EXPECT_EQ(::write(ends_[1], "x", 1), 1); }
  // Nobody will write any more, so that it exits.
  void end() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }

 private:
  int ends_[2] = {-1, -1};
  pid_t pid_ = -1;
};

TEST_F(BpfEngine, AttachesToWhatRunsAndShowsTheCallInFlight) {
  PipeReader reader;
  request_.attach = {reader.pid()};
  auto engine = bpf::make_engine(request_, catalog_.tables(), catalog_.tables());
  ASSERT_TRUE(engine) << engine.error().text();
  Collector first;
  ASSERT_TRUE((*engine)->pump(first, milliseconds(200)));
  ASSERT_EQ(first.kinds[SC_ENTER], 1);
  const auto* call = event::as<sc_call>(as_bytes(first.records.back()));
  EXPECT_EQ(call->nr, SYS_read);
  EXPECT_EQ(call->head.flags, SC_IN_FLIGHT);
  EXPECT_GT(call->duration, 50'000'000u);

  Collector rest;
  reader.wake();
  reader.end();
  run(**engine, rest);
  EXPECT_EQ(rest.blocks_of(SYS_read).front(), "x");
  EXPECT_EQ(rest.kinds[SC_EXIT], 1);
}

TEST_F(BpfEngine, TellsWhoWokeAThread) {
  PipeReader reader;
  request_.attach = {reader.pid()};
  request_.wakers = true;
  auto engine = bpf::make_engine(request_, catalog_.tables(), catalog_.tables());
  ASSERT_TRUE(engine) << engine.error().text();
  for (int i = 0; i < 3; ++i) {  // the first wakes it from the call in flight
    reader.wake();
    ::usleep(100'000);
  }
  reader.end();
  Collector seen;
  run(**engine, seen);
  int by_us = 0;
  for (const std::string& text : seen.records) {
    if (event::head(as_bytes(text)).kind != SC_WAKE) continue;
    const auto* wake = event::as<sc_wake>(as_bytes(text));
    ASSERT_NE(wake, nullptr);
    EXPECT_EQ(wake->head.tid, static_cast<sc_u32>(reader.pid()));
    EXPECT_LE(wake->woken, wake->head.time);
    by_us += wake->waker_pid == static_cast<sc_u32>(::getpid());
  }
  EXPECT_GE(by_us, 3);
}

TEST_F(BpfEngine, CountsEveryRecordItLoses) {
  request_.buffer_bytes = 1;  // the smallest there is
  request_.calls = WantedCalls::none();
  request_.calls.add(Abi::x86_64, SYS_write);
  constexpr int writes = 200'000;
  Request request = with_command({"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1",
                                  "count=" + std::to_string(writes), "status=none"});
  auto engine = bpf::make_engine(request, catalog_.tables(), catalog_.tables());
  ASSERT_TRUE(engine) << engine.error().text();
  ::sleep(1);  // nobody reads meanwhile
  Collector seen;
  run(**engine, seen);
  std::uint64_t lost = 0;
  for (const std::string& text : seen.records) {
    if (event::head(as_bytes(text)).kind == SC_LOST) lost += event::as<sc_lost>(as_bytes(text))->count;
  }
  EXPECT_GT(lost, 0u);
  EXPECT_GE(seen.kinds[SC_CALL] + lost, static_cast<std::uint64_t>(writes));
  EXPECT_LE(seen.kinds[SC_CALL] + lost, static_cast<std::uint64_t>(writes) + 10);
}

TEST_F(BpfEngine, LosesNothingWhenItMaySlowTheTraced) {
  request_.buffer_bytes = 1;
  request_.lossless = true;
  request_.calls = WantedCalls::none();
  request_.calls.add(Abi::x86_64, SYS_write);
  const Collector seen = trace(with_command(
      {"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=200000", "status=none"}));
  EXPECT_EQ(seen.kinds.count(SC_LOST), 0u);
  EXPECT_EQ(seen.kinds.at(SC_CALL), 200'000);
}

TEST_F(BpfEngine, CountsCallsInTheKernel) {
  request_.tally = true;
  request_.tally_threads = true;
  request_.tally_buckets = true;
  const Collector seen = trace(with_command(
      {"/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=1000", "status=none"}));
  EXPECT_EQ(seen.kinds.count(SC_CALL), 0u);
  bool found = false;
  for (const std::string& text : seen.records) {
    const auto* tally = event::as<sc_tally>(as_bytes(text));
    if (event::head(as_bytes(text)).kind != SC_TALLY || tally->nr != SYS_write) continue;
    found = true;
    EXPECT_EQ(tally->count, 1000u);
    EXPECT_LE(tally->min, tally->max);
    EXPECT_LE(tally->max, tally->total);
    const auto* buckets = reinterpret_cast<const sc_u32*>(tally + 1);
    std::uint64_t sum = 0;
    for (sc_u32 i = 0; i < tally->buckets; ++i) sum += buckets[i];
    EXPECT_EQ(sum, 1000u);
  }
  EXPECT_TRUE(found);
}

// The texts of the SC_FILE records, by class.
std::map<sc_u16, std::vector<std::string>> files_of(const Collector& seen) {
  std::map<sc_u16, std::vector<std::string>> texts;
  for (const std::string& text : seen.records) {
    const Bytes record = as_bytes(text);
    if (event::head(record).kind != SC_FILE) continue;
    const auto* file = event::as<sc_file>(record);
    texts[file->file_class].emplace_back(as_chars(record.subspan(sizeof *file, file->text_size)));
  }
  return texts;
}

TEST_F(BpfEngine, DescribesEachOpenFileOnce) {
  request_.files = true;
  const Collector seen = trace(with_command({"/bin/sh", "-c", "cat /etc/passwd /etc/passwd | cat >/dev/null"}));
  auto files = files_of(seen);
  EXPECT_TRUE(contains(files[SC_FILE_PATH], "/etc/passwd"));
  EXPECT_TRUE(contains(files[SC_FILE_PATH], "/dev/null"));
  EXPECT_FALSE(files[SC_FILE_PIPE].empty());
  std::map<std::uint64_t, int> times;
  for (const std::string& text : seen.records) {
    if (event::head(as_bytes(text)).kind == SC_FILE) ++times[event::as<sc_file>(as_bytes(text))->id];
  }
  for (const auto& [id, count] : times) EXPECT_EQ(count, 1) << id;
  // Whatever a call names was described before.
  std::map<std::uint64_t, bool> known;
  for (const std::string& text : seen.records) {
    const Bytes record = as_bytes(text);
    if (event::head(record).kind == SC_FILE) known[event::as<sc_file>(record)->id] = true;
    if (event::head(record).kind != SC_CALL) continue;
    event::Blocks blocks(record);
    while (const auto block = blocks.next()) {
      if (block->kind == SC_FD) EXPECT_TRUE(known[load_unsigned(block->bytes.data(), 8)]);
    }
  }
}

TEST_F(BpfEngine, SaysWhyACommandCannotBeExecuted) {
  auto engine = bpf::make_engine(with_command({"/nonexistent/command"}), catalog_.tables(), catalog_.tables());
  ASSERT_TRUE(engine);
  Collector seen;
  for (int i = 0; i < 100; ++i) {
    const auto progress = (*engine)->pump(seen, milliseconds(100));
    if (!progress) {
      EXPECT_EQ(progress.error().cause, Cause::not_found);
      return;
    }
    ASSERT_NE(*progress, Progress::ended);
  }
  FAIL();
}

TEST_F(BpfEngine, LetsGoOfWhatRunsOn) {
  const pid_t child = ::fork();
  if (child == 0) {
    while (true) ::usleep(1000);
  }
  request_.attach = {child};
  auto engine = bpf::make_engine(request_, catalog_.tables(), catalog_.tables());
  ASSERT_TRUE(engine) << engine.error().text();
  Collector seen;
  ASSERT_TRUE((*engine)->pump(seen, milliseconds(50)));
  (*engine)->detach();
  run(**engine, seen);
  EXPECT_EQ(seen.kinds[SC_DETACH], 1);
  EXPECT_EQ(::kill(child, 0), 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
}

}  // namespace
}  // namespace syscope::capture
