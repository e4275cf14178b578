// Block devices, as sysfs describes them: what has to answer when a process waits for its disk.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace syscope::diagnose {

struct BlockDevice {
  dev_t device = 0;
  std::string name;       // of the kernel: "sda1", "dm-0"
  std::string mapper;     // of the device mapper: "vg-root"; empty when it is none
  std::string state;      // of a SCSI device: "running", "blocked", "offline"
  bool suspended = false; // a device of the device mapper that keeps all requests
  unsigned reads = 0;     // requests that it has not answered
  unsigned writes = 0;
  std::vector<std::string> below;  // the names of the devices that it is made of

  // "block device 254:0 dm-0 (vg-root)"
  [[nodiscard]] std::string text() const;
};

// By its number; only `device` is filled in where sysfs does not know it. Asks the device nothing.
[[nodiscard]] BlockDevice block_device(dev_t device);
// By the kernel's name for it.
[[nodiscard]] BlockDevice block_device(const std::string& name);
// Those that it is made of, and what these are made of, nearest first.
[[nodiscard]] std::vector<BlockDevice> devices_below(const BlockDevice& device);

}  // namespace syscope::diagnose
