#include "catalog/tables.h"

#include "catalog/generated.h"

namespace syscope::catalog {
namespace {

constinit const Tables no_tables{};

}  // namespace

const Tables& tables(Abi abi) {
  switch (abi) {
    case Abi::x86_64: return generated_x86_64;
    case Abi::i386: return generated_i386;
    case Abi::arm64: return generated_arm64;
    case Abi::x32: break;
  }
  return no_tables;
}

// The length stands in the two bytes before the text.
std::string_view text(Name name) {
  if (name == 0) return {};
  const char* const at = generated_names.pool.data() + name;
  const auto low = static_cast<unsigned char>(at[-2]);
  const auto high = static_cast<unsigned char>(at[-1]);
  return {at, static_cast<std::size_t>(low | high << 8)};
}

std::span<const Set> sets() { return generated_names.sets; }
std::span<const Member> members() { return generated_names.members; }
std::span<const std::uint16_t> sorted() { return generated_names.sorted; }
std::span<const std::string_view> hooks() { return generated_names.hooks; }
std::span<const Meaning> meanings() { return generated_names.meanings; }
std::span<const std::string_view> classes() { return generated_names.classes; }

}  // namespace syscope::catalog
