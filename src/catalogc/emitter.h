// Tables to C++ text that needs no code to run before main(), and no relocation but for the spans.
#pragma once

#include <string>
#include <vector>

#include "catalogc/model.h"

namespace syscope::catalogc {

struct GeneratedFile {
  std::string name;
  std::string text;
};

// catalog_names.cc with what the ABIs share, catalog_ABI.cc for each ABI.
[[nodiscard]] std::vector<GeneratedFile> emit(const Compiled& compiled);

}  // namespace syscope::catalogc
