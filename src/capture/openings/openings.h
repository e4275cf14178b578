// Which code opens descriptors: while it watches, each opening of the watched processes is kept with
// the top of the stack of the thread that made it. The watched are neither stopped nor slowed
// noticeably: a call that opens something costs about a microsecond more, others nothing that can
// be measured. Needs root, BPF with type information, and the first PID namespace.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/fd.h"
#include "base/result.h"
#include "capture/proc/root.h"

struct ring_buffer;

namespace syscope::capture::openings {

struct Opening {
  std::uint32_t call = 0;  // number of the x86-64 interface
  std::uint64_t arguments[6] = {};
  std::uint64_t pc = 0;    // of the caller: behind its syscall instruction
  std::uint64_t sp = 0;
  std::uint64_t frame_pointer = 0;
  std::vector<std::byte> stack;  // from `sp` upwards; fewer bytes where memory could not be read
};

class Openings {
 public:
  // Whether a call with these arguments opens something, if it succeeds.
  using Opens = bool (*)(std::uint32_t call, const std::uint64_t (&arguments)[6]);

  // Begins to watch. `calls`: the numbers of those that may open something. not_permitted or
  // unsupported where the kernel does not load the program; at most 4096 processes.
  [[nodiscard]] static Result<std::unique_ptr<Openings>> watch(
      const proc::Root& root, std::span<const pid_t> pids, std::span<const std::uint32_t> calls,
      Opens opens);
  Openings(const Openings&) = delete;
  Openings& operator=(const Openings&) = delete;
  ~Openings();

  // Takes over what has happened since the last call. The kernel keeps about six hundred openings.
  void collect();
  // Who opened this descriptor last; null where that was not seen.
  [[nodiscard]] const Opening* of(pid_t pid, int number) const;

 private:
  Openings(Fd link, Fd watched, Fd ring, Opens opens);
  static int accept(void* self, void* data, std::size_t size);

  Fd link_, watched_, ring_;
  Opens opens_;
  std::unique_ptr<ring_buffer, void (*)(ring_buffer*)> reader_;
  std::map<std::pair<pid_t, int>, Opening> latest_;
};

}  // namespace syscope::capture::openings
