// Loop devices, infrared receivers, clocks and others: requests of a descriptor that is no such
// device.
#include <linux/fs.h>
#include <linux/lirc.h>
#include <linux/loop.h>
#include <linux/perf_event.h>
#include <linux/rtc.h>
#include <mtd/ubi-user.h>
#include <sys/ioctl.h>

#include "call.h"

static void loops(void) {
  struct loop_info* info = (void*)page_end(sizeof *info);
  struct loop_info64* wide = (void*)page_end(sizeof *wide);
  memset(info, 0, sizeof *info);
  memset(wide, 0, sizeof *wide);
  info->lo_number = -7;
  info->lo_flags = LO_FLAGS_READ_ONLY | 0x4000;
  strcpy(info->lo_name, "image");
  wide->lo_offset = 0x1234;
  wide->lo_number = 77;
  memset(wide->lo_file_name, 'f', sizeof wide->lo_file_name);
  for (int type = 0; type < 3; ++type) {
    info->lo_encrypt_type = wide->lo_encrypt_type = type * 9;
    info->lo_encrypt_key_size = wide->lo_encrypt_key_size = type * 20;
    memset(info->lo_encrypt_key, 'k', LO_KEY_SIZE);
    memset(wide->lo_encrypt_key, 'w', LO_KEY_SIZE);
    ioctl(-1, LOOP_SET_STATUS, info);
    ioctl(-1, LOOP_SET_STATUS64, wide);
  }
  ioctl(-1, LOOP_SET_STATUS, 0);
  ioctl(-1, LOOP_SET_STATUS, (char*)info + 1);
  ioctl(-1, LOOP_GET_STATUS, info);
  ioctl(-1, LOOP_GET_STATUS64, BAD);
}

static void receivers(void) {
  static const unsigned long requests[] = {
      LIRC_SET_REC_TIMEOUT,
      LIRC_SET_WIDEBAND_RECEIVER,
      LIRC_SET_MEASURE_CARRIER_MODE,
      LIRC_SET_SEND_CARRIER,
      LIRC_SET_REC_TIMEOUT_REPORTS,
      LIRC_SET_SEND_DUTY_CYCLE,
      LIRC_SET_REC_CARRIER,
      LIRC_SET_REC_CARRIER_RANGE,
      LIRC_SET_SEND_MODE,
      LIRC_SET_REC_MODE,
      LIRC_SET_TRANSMITTER_MASK,
      LIRC_GET_FEATURES,
      LIRC_GET_REC_MODE,
      LIRC_GET_LENGTH,
  };
  static const unsigned values[] = {0, 2, 16, 0xfffffff0};
  for (unsigned i = 0; i < sizeof requests / sizeof *requests; ++i) {
    for (unsigned j = 0; j < sizeof values / sizeof *values; ++j)
      ioctl(-1, requests[i], &values[j]);
    ioctl(-1, requests[i], 0);
    ioctl(-1, requests[i], BAD);
  }
}

static void clocks(void) {
  // The parameter, what it is set to, and the index with its padding.
  unsigned long long parameter[3] = {0, 0, 0x4200000007};
  static const unsigned long long values[] = {0, 3, 0xbeef00, 0xdeadfacebeef00c5};
  for (unsigned i = 0; i < 16; ++i) {
    parameter[0] = i / 4;
    parameter[1] = values[i % 4];
    ioctl(-1, _IOW('p', 0x14, parameter), parameter);
  }
}

static void others(void) {
  struct ubi_leb_change_req change = {1, -2, 3};
  int number = -559038737;
  unsigned flags = 0x1000 | 0x80000000;
  ioctl(-1, UBI_IOCRPEB, &number);
  ioctl(-1, UBI_IOCSPEB, &number);
  ioctl(-1, UBI_IOCEBCH, &change);
  ioctl(-1, UBI_IOCEBCH, BAD);
  ioctl(-1, PERF_EVENT_IOC_ENABLE, 1UL);
  ioctl(-1, PERF_EVENT_IOC_DISABLE, 2UL);
  ioctl(-1, PERF_EVENT_IOC_RESET, 0xbadc0dedUL);
  ioctl(-1, _IOR(0x12, 128, unsigned long long), &number);
  ioctl(-1, FS_IOC_SETFLAGS, &flags);
  flags = 0xd000000;
  ioctl(-1, FS_IOC_SETFLAGS, &flags);
}

int main(void) {
  mark();
  loops();
  receivers();
  clocks();
  others();
  mark();
  return 0;
}
