// GPIO lines and counters: requests of a descriptor that is no such device are decoded all the same.
#include <linux/gpio.h>
#include <sys/ioctl.h>

#include "call.h"

#define COUNTER_ADD_WATCH 0x40063e00

int main(void) {
  struct gpiochip_info *chip = (void *)page_end(sizeof *chip);
  struct gpiohandle_request handle = {.lines = 3, .lineoffsets = {4, 5, 6}, .flags = 0x103};
  struct gpioevent_request event = {.lineoffset = 7, .handleflags = 1, .eventflags = 3};
  struct gpio_v2_line_request line = {.num_lines = 77, .event_buffer_size = 9};
  struct gpio_v2_line_config config = {.flags = 5, .num_attrs = 2, .padding = {0, 0, 0, 0, 3}};
  struct gpio_v2_line_values values = {6, 7};
  unsigned char watch[6] = {1, 2, 3, 4, 5, 6};
  strcpy(handle.consumer_label, "handle");
  memset(event.consumer_label, 'e', sizeof event.consumer_label);
  memset(chip, 0, sizeof *chip);
  config.attrs[0].attr.id = 1;
  config.attrs[0].attr.flags = 0x8000000000000101;
  config.attrs[1].attr.id = 42;
  config.attrs[1].attr.values = 0x4242;
  line.config = config;
  mark();
  ioctl(-1, GPIO_GET_CHIPINFO_IOCTL, 0);
  ioctl(-1, GPIO_GET_CHIPINFO_IOCTL, chip);
  ioctl(-1, GPIO_GET_LINEINFO_UNWATCH_IOCTL, chip);
  ioctl(-1, GPIO_GET_LINEINFO_IOCTL, chip);
  ioctl(-1, GPIO_GET_LINEHANDLE_IOCTL, &handle);
  ioctl(-1, GPIO_GET_LINEEVENT_IOCTL, &event);
  ioctl(-1, GPIOHANDLE_GET_LINE_VALUES_IOCTL, &handle);
  ioctl(-1, GPIOHANDLE_SET_LINE_VALUES_IOCTL, &handle);
  ioctl(-1, GPIO_V2_GET_LINEINFO_IOCTL, &line);
  ioctl(-1, GPIO_V2_GET_LINE_IOCTL, &line);
  ioctl(-1, GPIO_V2_LINE_SET_CONFIG_IOCTL, &config);
  ioctl(-1, GPIO_V2_LINE_GET_VALUES_IOCTL, &values);
  ioctl(-1, GPIO_V2_LINE_SET_VALUES_IOCTL, &values);
  ioctl(-1, COUNTER_ADD_WATCH, watch);
  ioctl(-1, COUNTER_ADD_WATCH, BAD);
  mark();
  return 0;
}
