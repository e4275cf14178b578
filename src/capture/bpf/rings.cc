#include "capture/bpf/rings.h"

#include <bpf/libbpf.h>
#include <poll.h>
#include <sys/mman.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>
#include <utility>

namespace syscope::capture::bpf {
namespace {

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();
// While records come, the reader looks so often: a quarter of a default ring at full speed.
constexpr std::chrono::milliseconds busy_interval{1};
// After so long without a record it asks to be woken by the next one instead.
constexpr std::chrono::milliseconds busy_for{30};
// A program may have taken its time and not yet published its record: records as young as this wait
// for the next look, lest they overtake those of another CPU.
constexpr std::uint64_t settling_ns = 20'000;
// How much is read before the room is given back to the writers.
constexpr std::uint64_t give_back_bytes = 128 * 1024;

std::uint64_t monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

int ignore_ring(void*, void*, std::size_t) { return 0; }

}  // namespace

std::uint64_t instant(const sc_head& head) {
  if (head.kind != SC_CALL && head.kind != SC_ENTER) return head.time;
  return head.time + reinterpret_cast<const sc_call&>(head).duration;
}

Result<Rings> Rings::open(int rings_fd, int doorbell_fd, unsigned cpus, std::size_t ring_bytes,
                          std::uint32_t* reader_sleeps) {
  Rings rings;
  const std::size_t stride = SCB_PAGE + ring_bytes + SCB_SLACK;
  rings.memory_size_ = stride * cpus;
  void* const memory =
      ::mmap(nullptr, rings.memory_size_, PROT_READ | PROT_WRITE, MAP_SHARED, rings_fd, 0);
  if (memory == MAP_FAILED) return fail_errno(errno, "cannot map the rings of the eBPF engine");
  rings.memory_ = static_cast<std::byte*>(memory);
  rings.ring_bytes_ = ring_bytes;
  rings.reader_sleeps_ = reader_sleeps;
  rings.doorbell_ = ::ring_buffer__new(doorbell_fd, ignore_ring, nullptr, nullptr);
  if (rings.doorbell_ == nullptr) return fail_errno(errno, "cannot poll the eBPF engine's doorbell");
  for (unsigned cpu = 0; cpu < cpus; ++cpu) {
    rings.rings_.push_back({reinterpret_cast<scb_ring*>(rings.memory_ + stride * cpu), 0, 0, never});
  }
  rings.last_record_ = std::chrono::steady_clock::now();
  return rings;
}

Rings::Rings(Rings&& other) noexcept
    : rings_(std::move(other.rings_)),
      memory_(std::exchange(other.memory_, nullptr)),
      memory_size_(other.memory_size_),
      ring_bytes_(other.ring_bytes_),
      reader_sleeps_(other.reader_sleeps_),
      doorbell_(std::exchange(other.doorbell_, nullptr)),
      last_record_(other.last_record_) {}

Rings::~Rings() {
  if (doorbell_ != nullptr) ::ring_buffer__free(doorbell_);
  if (memory_ != nullptr) ::munmap(memory_, memory_size_);
}

const sc_head& Rings::record_at(const Ring& ring) const {
  const auto* const data = reinterpret_cast<const std::byte*>(ring.shared) + SCB_PAGE;
  return *reinterpret_cast<const sc_head*>(data + (ring.tail & (ring_bytes_ - 1)));
}

void Rings::look(Ring& ring) const {
  ring.head = std::atomic_ref(ring.shared->head).load(std::memory_order_acquire);
  ring.next_time = ring.tail == ring.head ? never : instant(record_at(ring));
}

// Hands over the records of one ring that are no younger than `until`.
std::size_t Rings::run(Ring& ring, std::uint64_t until, RecordSink& sink, std::size_t limit) {
  std::size_t count = 0;
  std::uint64_t given_back = ring.tail;
  while (ring.tail != ring.head && count < limit) {
    const sc_head& head = record_at(ring);
    ring.next_time = instant(head);
    if (ring.next_time > until) break;
    sink.accept(Bytes(reinterpret_cast<const std::byte*>(&head), head.size));
    ring.tail += head.size;
    ++count;
    if (ring.tail - given_back >= give_back_bytes) {
      given_back = ring.tail;
      std::atomic_ref(ring.shared->tail).store(ring.tail, std::memory_order_release);
    }
  }
  std::atomic_ref(ring.shared->tail).store(ring.tail, std::memory_order_release);
  if (ring.tail == ring.head) ring.next_time = never;
  return count;
}

std::size_t Rings::drain(RecordSink& sink, std::size_t limit, bool last) {
  // Taken before the heads are read: a thread that moved to another CPU made its later records after
  // it had published the earlier ones, so none of the later ones is handed over without them.
  const std::uint64_t watermark = last ? never - 1 : monotonic_now() - settling_ns;
  for (Ring& ring : rings_) look(ring);
  std::size_t count = 0;
  while (count < limit) {
    Ring* oldest = &rings_.front();
    std::uint64_t second = never;
    for (Ring& ring : rings_) {
      if (&ring == oldest) continue;
      if (ring.next_time < oldest->next_time) {
        second = oldest->next_time;
        oldest = &ring;
      } else {
        second = std::min(second, ring.next_time);
      }
    }
    if (oldest->next_time > watermark) break;
    count += run(*oldest, std::min(second, watermark), sink, limit - count);
  }
  if (count != 0) last_record_ = std::chrono::steady_clock::now();
  return count;
}

bool Rings::anything() const {
  return std::ranges::any_of(rings_, [](const Ring& ring) {
    return std::atomic_ref(ring.shared->head).load(std::memory_order_acquire) != ring.tail;
  });
}

bool Rings::sleep(std::chrono::nanoseconds time) {
  const bool busy = std::chrono::steady_clock::now() - last_record_ < busy_for;
  std::atomic_ref sleeps(*reader_sleeps_);
  if (busy) {
    time = std::min<std::chrono::nanoseconds>(time, busy_interval);
  } else {
    sleeps.store(1, std::memory_order_seq_cst);
    if (anything()) time = std::chrono::nanoseconds(settling_ns);
  }
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const timespec timeout{static_cast<time_t>(seconds.count()), static_cast<long>((time - seconds).count())};
  pollfd bell{::ring_buffer__epoll_fd(doorbell_), POLLIN, 0};
  const int got = ::ppoll(&bell, 1, &timeout, nullptr);
  const bool interrupted = got < 0 && errno == EINTR;
  if (got > 0) {
    ::ring_buffer__consume(doorbell_);
    last_record_ = std::chrono::steady_clock::now();
  }
  if (!busy) sleeps.store(0, std::memory_order_relaxed);
  return !interrupted;
}

std::size_t Rings::report_losses(RecordSink& sink) {
  std::size_t count = 0;
  for (std::size_t cpu = 0; cpu < rings_.size(); ++cpu) {
    const scb_ring& ring = *rings_[cpu].shared;
    if (ring.lost == 0) continue;
    sc_lost record{};
    record.head = {sizeof record, SC_LOST, SC_ABI_X86_64, 0, ring.lost_pid, ring.lost_tid, ring.lost_time};
    record.count = ring.lost;
    record.nr = ring.lost_nr;
    record.cpu = static_cast<sc_u32>(cpu);
    sink.accept(std::as_bytes(std::span(&record, 1)));
    ++count;
  }
  return count;
}

}  // namespace syscope::capture::bpf
