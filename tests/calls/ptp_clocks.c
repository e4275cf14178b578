// Clocks of the precision time protocol and parameters of real-time clocks: requests of a
// descriptor that is none.
#include <linux/ptp_clock.h>
#include <linux/rtc.h>
#include <sys/ioctl.h>

#include "call.h"

static void outputs(void) {
  struct ptp_perout_request* output = (void*)page_end(sizeof *output);
  memset(output, 0, sizeof *output);
  for (unsigned flags = 0; flags < 8; ++flags) {
    output->flags = flags;
    ioctl(-1, PTP_PEROUT_REQUEST, output);
    ioctl(-1, PTP_PEROUT_REQUEST2, output);
    output->start.sec = 4886718345;
    output->start.nsec = flags == 2 ? 1234567890 : 123456789;
    output->period.sec = -flags;
    output->period.reserved = flags & 2;
    output->start.reserved = flags & 1;
    output->index = 3141592653;
    output->rsv[1] = flags * 7;
  }
  output->flags = 0xdeadbea8;
  ioctl(-1, PTP_PEROUT_REQUEST2, output);
  ioctl(-1, PTP_PEROUT_REQUEST2, (char*)output + 1);
}

static void pins(void) {
  struct ptp_pin_desc* pin = (void*)page_end(sizeof *pin);
  static const unsigned long requests[] = {PTP_PIN_GETFUNC, PTP_PIN_GETFUNC2, PTP_PIN_SETFUNC,
                                           PTP_PIN_SETFUNC2};
  memset(pin, 0, sizeof *pin);
  for (unsigned i = 0; i < 12; ++i) {
    pin->index = i;
    pin->func = i / 2;
    pin->chan = -i;
    pin->rsv[i % 5] = i / 4;
    ioctl(-1, requests[i % 4], pin);
  }
  for (unsigned i = 0; i < 4; ++i) {
    ioctl(-1, requests[i], 0);
    ioctl(-1, requests[i], (char*)pin + 1);
  }
}

static void offsets(void) {
  struct ptp_sys_offset* offset = (void*)page_end(sizeof *offset);
  struct ptp_extts_request stamp = {77, 7, {0, 0}};
  memset(offset, 0, sizeof *offset);
  for (unsigned i = 0; i < 4; ++i) {
    offset->n_samples = i * 13;
    offset->rsv[2] = i / 2;
    stamp.rsv[1] = i;
    ioctl(-1, PTP_SYS_OFFSET, offset);
    ioctl(-1, PTP_SYS_OFFSET2, offset);
    ioctl(-1, PTP_EXTTS_REQUEST, &stamp);
    ioctl(-1, PTP_EXTTS_REQUEST2, &stamp);
  }
  ioctl(-1, PTP_SYS_OFFSET, 0);
  ioctl(-1, PTP_SYS_OFFSET, (char*)offset + 1);
  ioctl(-1, PTP_EXTTS_REQUEST, page_end(15));
  ioctl(-1, PTP_SYS_OFFSET_PRECISE, offset);
  ioctl(-1, PTP_SYS_OFFSET_PRECISE2, 0);
  ioctl(-1, PTP_SYS_OFFSET_EXTENDED, 0);
  ioctl(-1, PTP_SYS_OFFSET_EXTENDED2, (char*)offset);
  ioctl(-1, PTP_CLOCK_GETCAPS, 0);
  ioctl(-1, PTP_CLOCK_GETCAPS2, offset);
  ioctl(-1, PTP_ENABLE_PPS, 0x1234UL);
}

static void parameters(void) {
  unsigned long long* parameter = (void*)page_end(24);
  const unsigned long get = _IOC(_IOC_WRITE, 'p', 0x13, 24);
  for (unsigned i = 0; i < 5; ++i) {
    parameter[0] = i;
    parameter[2] = (unsigned long long)i << 32 | i * 7;
    ioctl(-1, get, parameter);
  }
  ioctl(-1, get, 0);
  ioctl(-1, get, (char*)parameter + 1);
}

int main(void) {
  mark();
  outputs();
  pins();
  offsets();
  parameters();
  mark();
  return 0;
}
