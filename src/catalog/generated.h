// What catalogc defines, for tables.cc.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "catalog/tables.h"

namespace syscope::catalog {

// What the ABIs share.
struct Names {
  std::span<const char> pool;
  std::span<const Set> sets;
  std::span<const Member> members;
  std::span<const std::uint16_t> sorted;
  std::span<const std::string_view> hooks;
  std::span<const std::string_view> classes;
  std::span<const Meaning> meanings;
};

extern const Names generated_names;
extern const Tables generated_x86_64;
extern const Tables generated_i386;
extern const Tables generated_arm64;

}  // namespace syscope::catalog
