// options: 
#include <linux/perf_event.h>

#include "call.h"

static void open_event(struct perf_event_attr *attr) {
  close(syscall(SYS_perf_event_open, attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC));
}

int main(void) {
  struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
                                 .size = sizeof attr,
                                 .config = PERF_COUNT_SW_TASK_CLOCK,
                                 .sample_period = 1000,
                                 .disabled = 1,
                                 .exclude_kernel = 1,
                                 .precise_ip = 2};
  mark();
  open_event(&attr);
  attr.freq = attr.watermark = 1;
  attr.sample_type = PERF_SAMPLE_IP | PERF_SAMPLE_TID;
  attr.read_format = PERF_FORMAT_ID;
  open_event(&attr);
  attr.type = PERF_TYPE_HW_CACHE;
  attr.config = PERF_COUNT_HW_CACHE_RESULT_MISS << 16 | PERF_COUNT_HW_CACHE_OP_WRITE << 8 |
                PERF_COUNT_HW_CACHE_LL;
  open_event(&attr);
  attr.type = PERF_TYPE_BREAKPOINT;
  attr.size = 0;
  open_event(&attr);
  open_event(NULL);
  open_event(BAD);
  mark();
  return 0;
}
