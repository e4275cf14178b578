// Blocks in read(2) at the end of a known chain of functions, in the main thread and in a second one.
// Prints the id of the second thread when both are about to block. Usage: blocked < /a/pipe
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace chain {

volatile int sink;

__attribute__((noinline)) long innermost(char* into, int size) {
  const long got = read(0, into, static_cast<unsigned>(size));
  sink = sink + 1;
  return got;
}

// An array of a size that only the run knows: the frame is found by the frame pointer alone.
__attribute__((noinline)) long with_dynamic_array(int size) {
  char array[size];
  std::memset(array, 0, static_cast<unsigned>(size));
  const long got = innermost(array, size);
  sink = sink + array[0];
  return got;
}

template <class Number>
__attribute__((noinline)) long templated(Number size) {
  const long got = with_dynamic_array(static_cast<int>(size));
  sink = sink + 1;
  return got;
}

struct Outer {
  virtual ~Outer() = default;
  virtual __attribute__((noinline)) long called_virtually(int depth);
};

long Outer::called_virtually(int depth) {
  const long got = depth > 0 ? called_virtually(depth - 1) : templated(100.0);
  sink = sink + 1;
  return got;
}

}  // namespace chain

extern "C" __attribute__((noinline)) void* thread_body(void* argument) {
  long got = static_cast<chain::Outer*>(argument)->called_virtually(2);
  std::printf("%ld\n", got);
  return nullptr;
}

extern "C" __attribute__((noinline)) void* announce_and_read(void* argument) {
  std::printf("%ld\n", syscall(SYS_gettid));
  std::fflush(stdout);
  return thread_body(argument);
}

int main() {
  static chain::Outer outer;
  pthread_t thread;
  pthread_create(&thread, nullptr, announce_and_read, &outer);
  thread_body(&outer);
  return 0;
}
