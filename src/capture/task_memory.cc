#include "capture/task_memory.h"

#include <sys/ptrace.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace syscope::capture {
namespace {

constexpr std::size_t word_bytes = sizeof(long);

// A word is cheaper to peek at than to read with process_vm_readv(2).
bool within_a_word(const Place& place) {
  return place.address % word_bytes + place.size <= word_bytes;
}

// Word by word, as ptrace(2) has always allowed to a tracer. Returns the errno that ended it, or 0.
int peek(pid_t tid, Place& place) {
  while (place.got < place.size) {
    const std::uint64_t at = place.address + place.got;
    const std::uint64_t aligned = at & ~std::uint64_t{word_bytes - 1};
    errno = 0;
    const long word = ::ptrace(PTRACE_PEEKDATA, tid, aligned, 0);
    if (errno != 0) return errno;
    const std::size_t skip = at - aligned;
    const std::size_t take = std::min(word_bytes - skip, place.size - place.got);
    std::memcpy(place.to + place.got, reinterpret_cast<const char*>(&word) + skip, take);
    place.got += take;
  }
  return 0;
}

}  // namespace

void TaskMemory::read(pid_t tid, std::span<Place> places) {
  for (Place& place : places) place.got = 0;
  while (!places.empty()) places = places.subspan(read_batch(tid, places));
}

std::size_t TaskMemory::read_batch(pid_t tid, std::span<Place> places) {
  const bool one_word = places.size() == 1 && within_a_word(places.front());
  if (refused_ || one_word) {
    const int error = peek(tid, places.front());
    if (refused_ || error != ESRCH) return 1;
  }
  const std::size_t count = std::min(places.size(), places_per_call);
  for (std::size_t i = 0; i < count; ++i) {
    local_[i] = {places[i].to, places[i].size};
    remote_[i] = {reinterpret_cast<void*>(places[i].address), places[i].size};
  }
  const ssize_t got = ::process_vm_readv(tid, local_.data(), count, remote_.data(), count, 0);
  if (got < 0) {
    if (errno == ENOSYS) refused_ = true;
    if (errno == ESRCH) return places.size();
    // EPERM: a program that may not be dumped; its tracer may still peek.
    if (errno == EPERM || errno == ENOSYS) (void)peek(tid, places.front());
    return 1;
  }
  auto left = static_cast<std::size_t>(got);
  for (std::size_t i = 0; i < count; ++i) {
    places[i].got = std::min(left, places[i].size);
    left -= places[i].got;
    if (places[i].got < places[i].size) return i + 1;  // what stopped the call
  }
  return count;
}

}  // namespace syscope::capture
