// Which calls to show by the files they speak of: -P and -e trace-fds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "decode/value.h"
#include "event/files.h"
#include "select/number_set.h"

namespace syscope::select {

struct FileFilter {
  std::vector<std::string> paths;        // -P, and what each of them resolves to
  std::optional<NumberSet> descriptors;  // -e trace-fds

  [[nodiscard]] bool any() const { return !paths.empty() || descriptors.has_value(); }
  // Whether an argument of the call, as it begins, is one of the paths, to the letter, or a
  // descriptor that leads to one or has one of the numbers. The context that fsconfig(2) works on
  // has no path and leads nowhere. The call is decoded in full: neither raw nor abbreviated.
  [[nodiscard]] bool matches(const decode::DecodedCall& call, const decode::Tape& tape,
                             event::FileTable& files) const;

 private:
  [[nodiscard]] bool has_path(std::string_view path) const;
  [[nodiscard]] bool has_number(const decode::Value& value) const;
  [[nodiscard]] bool leads_to_path(const decode::Value& value, Bytes call,
                                   event::FileTable& files) const;
};

}  // namespace syscope::select
