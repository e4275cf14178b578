#include <cstring>

#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  const auto mask = info.number("sigmask", 16);
  if (!mask) return;
  std::string names;
  for (int signal = 1; signal <= 64; ++signal) {
    if ((*mask >> (signal - 1) & 1) == 0) continue;
    if (!names.empty()) names += ',';
    const char* const name = ::sigabbrev_np(signal);
    names += name != nullptr ? name : std::to_string(signal);
  }
  add_detail(file, "signals", std::move(names));
}

}  // namespace

const DescriptorClass signalfd_class = {FileClass::signalfd, "signalfd", "a_inode", "signalfd",
                                        describe};

}  // namespace syscope::resolve
