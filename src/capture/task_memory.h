// Reading the memory of another thread, many places at once.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace syscope::capture {

// One place to read: `size` bytes at `address` go to `to`. `got` tells how many could be read, less
// than `size` where the memory ends or is not readable.
struct Place {
  std::uint64_t address = 0;
  std::byte* to = nullptr;
  std::size_t size = 0;
  std::size_t got = 0;
};

class TaskMemory {
 public:
  // Fills `got` of every place. One process_vm_readv(2) for all, and one more for each place that
  // could not be read to its end; PTRACE_PEEKDATA where the kernel refuses that call.
  void read(pid_t tid, std::span<Place> places);

 private:
  // Reads as many places as one call takes; returns how many of them are done with.
  std::size_t read_batch(pid_t tid, std::span<Place> places);

  static constexpr std::size_t places_per_call = 256;
  std::array<iovec, places_per_call> local_{};
  std::array<iovec, places_per_call> remote_{};
  bool refused_ = false;  // the kernel has no process_vm_readv(2), or a filter forbids it
};

}  // namespace syscope::capture
