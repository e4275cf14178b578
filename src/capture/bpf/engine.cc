#include "capture/bpf/engine.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <vector>

#include "capture/bpf/in_flight.h"
#include "capture/bpf/program.h"
#include "capture/bpf/rings.h"
#include "capture/launch.h"

namespace syscope::capture::bpf {
namespace {

// How many records one pump hands over at most, so that its caller can look around.
constexpr std::size_t batch = 16'384;

std::uint64_t nanoseconds(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

// Records that the engine itself makes, until somebody pumps.
class Backlog final : public RecordSink {
 public:
  void accept(Bytes record) override {
    const auto* const words = reinterpret_cast<const std::uint64_t*>(record.data());
    words_.insert(words_.end(), words, words + record.size() / 8);
  }
  template <class T>
  void add(const T& record) {
    accept(std::as_bytes(std::span(&record, 1)));
  }
  // Hands everything over; returns how many records that were.
  std::size_t flush(RecordSink& sink) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < words_.size(); ++count) {
      const auto* const from = reinterpret_cast<const std::byte*>(&words_[at]);
      const std::size_t size = load<sc_head>(from).size;
      sink.accept(Bytes(from, size));
      at += size / 8;
    }
    words_.clear();
    return count;
  }

 private:
  std::vector<std::uint64_t> words_;
};

// Passes records on and keeps the set of threads that are being traced.
class LiveThreads final : public RecordSink {
 public:
  void begin(RecordSink& sink) { sink_ = &sink; }
  void accept(Bytes record) override {
    const sc_head& head = *reinterpret_cast<const sc_head*>(record.data());
    if (head.kind == SC_TASK) threads_.insert({head.tid, head.pid});
    if (head.kind == SC_EXIT) threads_.erase({head.tid, head.pid});
    if (head.kind == SC_EXEC) {
      const auto& exec = *reinterpret_cast<const sc_exec*>(record.data());
      threads_.erase({exec.former_tid, head.pid});
      threads_.insert({head.tid, head.pid});
    }
    sink_->accept(record);
  }
  [[nodiscard]] const std::set<std::pair<sc_u32, sc_u32>>& threads() const { return threads_; }

 private:
  RecordSink* sink_ = nullptr;
  std::set<std::pair<sc_u32, sc_u32>> threads_;  // tid, pid
};

class BpfEngine final : public Engine {
 public:
  BpfEngine(const Request& request, Program program, Rings rings)
      : request_(request), program_(std::move(program)), rings_(std::move(rings)) {}

  Result<void> start(const catalog::Tables& native, const catalog::Tables& compat) {
    const std::uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    backlog_.add(sc_start{{sizeof(sc_start), SC_START, SC_ABI_X86_64, 0, 0, 0, now}, SC_MAGIC,
                          SC_FORMAT_VERSION,
                          static_cast<sc_s64>(nanoseconds(CLOCK_REALTIME) - nanoseconds(CLOCK_MONOTONIC))});
    if (request_.command) {
      if (auto done = start_command(); !done) return done;
    }
    if (auto done = program_.attach(); !done) return done;
    if (!request_.attach.empty() || request_.selection.any()) {
      InFlightReader reader(request_, native, compat, backlog_);
      if (auto done = program_.adopt_running(request_, reader); !done) return done;
      if (auto done = check_attached(); !done) return done;
    }
    if (launch_) launch_->go();
    return {};
  }

  Result<Progress> pump(RecordSink& sink, std::chrono::milliseconds wait) override {
    if (finished_) return Progress::ended;
    live_.begin(sink);
    const auto deadline = std::chrono::steady_clock::now() + wait;
    std::size_t count = backlog_.flush(live_);
    while (true) {
      const bool last = detached_ || (!request_.selection.any() && program_.alive() == 0);
      count += rings_.drain(live_, batch, last);
      if (count != 0) return Progress::delivered;
      if (last) return finish(sink);
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= std::chrono::nanoseconds(0)) return Progress::idle;
      if (!rings_.sleep(std::chrono::duration_cast<std::chrono::nanoseconds>(left))) return Progress::idle;
    }
  }

  void detach() override {
    if (detached_) return;
    program_.detach();
    detached_ = true;
  }

  std::optional<int> wait_status() const override { return wait_status_; }
  pid_t command_pid() const override { return launch_ ? launch_->pid() : 0; }

 private:
  Result<void> start_command() {
    auto launch = Launch::start(*request_.command, nullptr);
    if (!launch) return std::unexpected(launch.error());
    launch_ = std::move(*launch);
    const auto pid = static_cast<sc_u32>(launch_->pid());
    backlog_.add(sc_task{{sizeof(sc_task), SC_TASK, SC_ABI_X86_64, 0, pid, pid, nanoseconds(CLOCK_MONOTONIC)},
                         SC_TASK_STARTED, 0, {}});
    return program_.adopt_command(launch_->pid());
  }

  // A process to attach to that is not there is an error if there is no other; else a note would do,
  // but the caller has looked them up, so it is gone in the meantime.
  Result<void> check_attached() const {
    if (request_.attach.empty() || program_.alive() > (request_.command ? 1 : 0)) return {};
    const pid_t pid = request_.attach.front();
    if (::kill(pid, 0) != 0 && errno == ESRCH) {
      return fail(Cause::not_found, "no such process", std::to_string(pid),
                  "syscope find REGEX lists processes");
    }
    return fail(Cause::not_found, "cannot attach", std::to_string(pid),
                "kernel threads and processes of other PID namespaces cannot be traced");
  }

  // Everything that was recorded is out: what remains to be said.
  Result<Progress> finish(RecordSink& sink) {
    finished_ = true;
    program_.detach();
    rings_.report_losses(sink);
    if (request_.tally) program_.report_tallies(sink);
    const std::uint64_t now = nanoseconds(CLOCK_MONOTONIC);
    for (const auto& [tid, pid] : live_.threads()) {
      const sc_head head{sizeof(sc_head), SC_DETACH, SC_ABI_X86_64, 0, pid, tid, now};
      sink.accept(std::as_bytes(std::span(&head, 1)));
    }
    if (!launch_) return Progress::ended;
    int status = 0;
    const int options = detached_ ? WNOHANG : 0;
    pid_t got = 0;
    while ((got = ::waitpid(launch_->pid(), &status, options)) < 0 && errno == EINTR) {
    }
    if (got == launch_->pid()) wait_status_ = status;
    if (auto failure = launch_->failure()) return std::unexpected(*failure);
    return Progress::ended;
  }

  Request request_;
  Program program_;
  Rings rings_;
  Backlog backlog_;
  LiveThreads live_;
  std::optional<Launch> launch_;
  std::optional<int> wait_status_;
  bool detached_ = false;
  bool finished_ = false;
};

}  // namespace

Result<std::unique_ptr<Engine>> make_engine(const Request& request, const catalog::Tables& native,
                                            const catalog::Tables& compat) {
  auto program = Program::load(request, make_plans(request, native, compat));
  if (!program) return std::unexpected(program.error());
  auto rings = program->open_rings();
  if (!rings) return std::unexpected(rings.error());
  auto engine = std::make_unique<BpfEngine>(request, std::move(*program), std::move(*rings));
  if (auto started = engine->start(native, compat); !started) return std::unexpected(started.error());
  return engine;
}

}  // namespace syscope::capture::bpf
