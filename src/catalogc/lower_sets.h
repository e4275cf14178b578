// Sets of constants to tables.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "catalogc/constants.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// Where the sets are in the table. A set whose values differ between ABIs is there several times.
class SetIndex {
 public:
  // `nothing` if there is no such set.
  [[nodiscard]] Index find(std::string_view name, Abi abi) const;
  void add(const std::string& name, Abi abi, Index index);

 private:
  std::map<std::string, std::array<Index, 4>, std::less<>> index_;
};

// Fills sets, members and sorted of `shared`.
[[nodiscard]] SetIndex lower_sets(Constants& constants, SharedTables& shared);

}  // namespace syscope::catalogc
