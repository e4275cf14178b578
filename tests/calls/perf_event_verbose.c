// options: -v
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>

#include "call.h"

static void open_event(const void *attr) {
  close(syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

// Each size that a kernel has had, and some between them; no more of it is readable.
static void open_sizes(struct perf_event_attr *attr) {
  static const unsigned sizes[] = {0, 8, 63, 64, 72, 80, 88, 92, 96, 104, 108, 112};
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; ++i) {
    attr->size = sizes[i];
    const size_t room = sizes[i] < PERF_ATTR_SIZE_VER0 ? PERF_ATTR_SIZE_VER0 : sizes[i];
    open_event(memcpy(page_end(room), attr, room));
    open_event(memcpy(page_end(room - 4), attr, room - 4));
  }
}

int main(void) {
  struct perf_event_attr attr;
  memset(&attr, 0, sizeof attr);
  attr.type = PERF_TYPE_HARDWARE;
  attr.config = 0x12345678ULL << 32 | PERF_COUNT_HW_CACHE_MISSES;
  attr.sample_type = PERF_SAMPLE_BRANCH_STACK | PERF_SAMPLE_STACK_USER;
  attr.branch_sample_type = PERF_SAMPLE_BRANCH_USER | PERF_SAMPLE_BRANCH_CALL_STACK;
  attr.sample_stack_user = 4096;
  attr.use_clockid = 1;
  attr.clockid = CLOCK_BOOTTIME;
  attr.sample_max_stack = 17;
  mark();
  open_sizes(&attr);
  attr.type = PERF_TYPE_HW_CACHE;
  attr.config = 0x0102030405;
  attr.sample_type = PERF_SAMPLE_IP;
  attr.freq = attr.watermark = 1;
  open_event(&attr);
  attr.config = PERF_COUNT_HW_CACHE_RESULT_MISS << 16 | PERF_COUNT_HW_CACHE_DTLB;
  attr.size = PERF_ATTR_SIZE_VER5;
  open_event(&attr);
  attr.type = PERF_TYPE_BREAKPOINT;
  attr.bp_type = HW_BREAKPOINT_W;
  attr.bp_addr = 0x1000;
  attr.bp_len = HW_BREAKPOINT_LEN_4;
  open_event(&attr);
  mark();
  return 0;
}
