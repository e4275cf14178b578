// Which descriptors a call shows: what the ptrace engine asks, so that it looks up these and no
// others.
#pragma once

#include "capture/engine.h"
#include "decode/decode.h"
#include "select/filter.h"

namespace syscope::app {

class CallDescriptors final : public capture::NumberFinder {
 public:
  // `filter` outlives this object. `all`: else only those of requests whose name depends on the
  // device, ioctl(2).
  CallDescriptors(const select::Filter& filter, std::uint32_t string_limit, bool all)
      : filter_(filter), string_limit_(string_limit), all_(all) {}

  void find(Bytes record, std::vector<std::int32_t>& found) override;

 private:
  const select::Filter& filter_;
  const std::uint32_t string_limit_;
  const bool all_;
  decode::Tape tape_;
};

}  // namespace syscope::app
