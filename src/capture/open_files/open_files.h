// The open descriptors of the whole machine from an iterator in the kernel, in one pass. Loading it
// takes 3 ms, a descriptor less than 1 us; a link of /proc takes 5 us. Needs root, BPF with type information, and
// the first PID namespace, since the kernel tells of processes by their numbers there.
#pragma once

#include <memory>

#include "base/fd.h"
#include "capture/proc/descriptor_source.h"
#include "capture/proc/root.h"

namespace syscope::capture::open_files {

class OpenFiles final : public proc::DescriptorSource {
 public:
  // Null where the kernel would not permit it, or would tell of other processes than `root` does.
  // Cheap: the program is loaded when it is first needed. `worthwhile_from`: see DescriptorSource.
  [[nodiscard]] static std::unique_ptr<OpenFiles> make(const proc::Root& root,
                                                       std::size_t worthwhile_from = 700);

  [[nodiscard]] std::size_t worthwhile_from() const override { return worthwhile_from_; }
  [[nodiscard]] Result<void> list(Sink& sink) override;

 private:
  explicit OpenFiles(std::size_t worthwhile_from) : worthwhile_from_(worthwhile_from) {}

  std::size_t worthwhile_from_;
  Fd link_;
};

}  // namespace syscope::capture::open_files
