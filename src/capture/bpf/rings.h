// The rings of all CPUs as one stream in the order of time.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "capture/bpf/layout.h"
#include "capture/engine.h"

struct ring_buffer;

namespace syscope::capture::bpf {

// When a record came to be: a call's record is made at its end.
[[nodiscard]] std::uint64_t instant(const sc_head& head);

class Rings {
 public:
  // Maps the rings of the map `rings_fd`; `reader_sleeps` lies in the programs' memory and outlives this.
  [[nodiscard]] static Result<Rings> open(int rings_fd, int doorbell_fd, unsigned cpus,
                                          std::size_t ring_bytes, std::uint32_t* reader_sleeps);
  Rings(Rings&& other) noexcept;
  Rings& operator=(Rings&&) = delete;
  ~Rings();

  // Hands over what was complete when the call began, at most `limit` records; returns how many. What
  // is so young that an older record of another CPU may still follow stays, unless nobody writes
  // any more (`last`).
  std::size_t drain(RecordSink& sink, std::size_t limit, bool last);

  // Sleeps until records may be there or `time` has passed. False: a signal handler ran.
  [[nodiscard]] bool sleep(std::chrono::nanoseconds time);

  // Losses that no SC_LOST in the stream tells of yet, as such records (one per CPU).
  std::size_t report_losses(RecordSink& sink);

 private:
  struct Ring {
    scb_ring* shared = nullptr;
    std::uint64_t tail = 0;
    std::uint64_t head = 0;
    std::uint64_t next_time = 0;  // instant of the record at tail, if tail != head
  };

  Rings() = default;
  [[nodiscard]] const sc_head& record_at(const Ring& ring) const;
  void look(Ring& ring) const;
  [[nodiscard]] bool anything() const;
  std::size_t run(Ring& ring, std::uint64_t until, RecordSink& sink, std::size_t limit);

  std::vector<Ring> rings_;
  std::byte* memory_ = nullptr;
  std::size_t memory_size_ = 0;
  std::size_t ring_bytes_ = 0;
  std::uint32_t* reader_sleeps_ = nullptr;
  ring_buffer* doorbell_ = nullptr;
  std::chrono::steady_clock::time_point last_record_{};
};

}  // namespace syscope::capture::bpf
