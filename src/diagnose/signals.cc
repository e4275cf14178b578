#include "diagnose/signals.h"

#include <bit>

#include "abi/names.h"

namespace syscope::diagnose {
namespace {

constexpr int many = 32;

std::string list(std::uint64_t set) {
  std::string text;
  for (int number = 1; number < syscope::signal_count; ++number) {
    if ((set >> (number - 1) & 1) == 0) continue;
    if (!text.empty()) text += ", ";
    text += syscope::signal_name(number);
  }
  return text;
}

}  // namespace

std::string signal_set_text(std::uint64_t set) {
  if (set == 0) return "no signal";
  if (~set == 0) return "any signal";
  if (std::popcount(set) > many) return "any signal but " + list(~set);
  return list(set);
}

}  // namespace syscope::diagnose
