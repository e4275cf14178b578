// Disks: a block device that has not answered.
//
// sysfs tells which device it is, how many requests it has not answered, and which devices it is made
// of. One of the device mapper that is suspended keeps all requests until it is resumed: LVM does so
// for the moment of a snapshot, and leaves it so when it dies. A SCSI disk that is not "running" has
// been taken off, or is being recovered. Otherwise a disk is only likely to blame: the request may wait
// for others in its queue. Nothing asks the disk itself.
#include <fmt/format.h>

#include <algorithm>

#include "diagnose/block_device.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

bool is_stuck(const BlockDevice& device) {
  return device.suspended || (!device.state.empty() && device.state != "running");
}

std::string counted(unsigned count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

void explain_disk(Finding& finding, dev_t number, std::string_view place) {
  finding.rule = "disk";
  const BlockDevice device = block_device(number);
  const auto below = devices_below(device);
  finding.resource = device.text() + std::string(place);
  const auto found = std::ranges::find_if(below, is_stuck);
  const BlockDevice* stuck = is_stuck(device) ? &device : found != below.end() ? &*found : nullptr;
  if (stuck == nullptr) {
    finding.certainty = Certainty::likely;
    if (device.reads + device.writes > 0) {
      finding.resource += fmt::format(": it owes {} and {}", counted(device.reads, "read"),
                                      counted(device.writes, "write"));
    }
  } else if (stuck->suspended) {
    finding.resource += fmt::format(": {} is suspended and keeps all requests",
                                    stuck == &device ? "it" : stuck->text());
    finding.advice = fmt::format("When nobody is at work on it (LVM, a snapshot): dmsetup resume {}",
                                 stuck->mapper);
  } else {
    finding.resource += fmt::format(": {} is {}", stuck == &device ? "it" : stuck->text(), stuck->state);
    finding.advice = "See the kernel's log (dmesg) for errors of that disk.";
  }
  if (!below.empty()) {
    std::string names;
    for (const BlockDevice& each : below) names += (names.empty() ? "" : ", ") + each.name;
    finding.evidence.push_back({fmt::format("/sys/block/{}/slaves", device.name), names});
  }
  finding.evidence.push_back({fmt::format("/sys/block/{}/inflight", device.name),
                              fmt::format("{} {}", device.reads, device.writes)});
}

}  // namespace syscope::diagnose
