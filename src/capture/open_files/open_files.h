// The open descriptors and the mapped files of the whole machine from iterators in the kernel, each in
// one pass. Loading one takes 3 ms, a row less than 1 us; what /proc takes for a descriptor is 5 to 20 us.
// Needs root, BPF with type information, and the first PID namespace, since the kernel tells of processes
// by their numbers there.
#pragma once

#include <memory>

#include "base/fd.h"
#include "capture/proc/descriptor_source.h"
#include "capture/proc/root.h"

namespace syscope::capture::open_files {

class OpenFiles final : public proc::DescriptorSource {
 public:
  // Null where the kernel would not permit it, or would tell of other processes than `root` does.
  // Cheap: a program is loaded when it is first needed. `always`: worthwhile from the first row on.
  [[nodiscard]] static std::unique_ptr<OpenFiles> make(const proc::Root& root, bool always);
  // Loads the programs now, for those who want to know that they can be.
  [[nodiscard]] Result<void> load();

  [[nodiscard]] std::size_t worthwhile_from() const override { return always_ ? 0 : 250; }
  [[nodiscard]] Result<void> list(Sink& sink) override;
  [[nodiscard]] std::size_t mappings_worthwhile_from() const override { return always_ ? 0 : 40; }
  [[nodiscard]] Result<void> list_mappings(MappingSink& sink) override;

 private:
  explicit OpenFiles(bool always) : always_(always) {}

  bool always_;
  Fd files_;     // links to the loaded programs
  Fd mappings_;
};

}  // namespace syscope::capture::open_files
