// The words of the language that are no names of the text: integers, notations, kinds of memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "abi/abi.h"
#include "catalog/tables.h"

namespace syscope::catalogc {

// Width in bytes and sign of a number for one ABI.
struct Integer {
  std::uint8_t width = 4;
  bool is_signed = true;
};

struct NotationWord {
  std::string_view name;
  catalog::Notation notation;
  std::string_view integer;  // its natural integer; "" for sets, which have their own
};

[[nodiscard]] bool is_integer(std::string_view word);
// The integer called `word` under `abi`; only for words that is_integer() knows.
[[nodiscard]] Integer integer(std::string_view word, Abi abi);

// nullptr if there is no such notation.
[[nodiscard]] const NotationWord* find_notation(std::string_view word);
[[nodiscard]] bool is_memory(std::string_view word);
[[nodiscard]] std::optional<Abi> find_abi(std::string_view word);
[[nodiscard]] std::string_view abi_name(Abi abi);
[[nodiscard]] std::optional<catalog::EffectKind> find_effect(std::string_view word);

// For suggestions.
[[nodiscard]] std::vector<std::string_view> type_words();
[[nodiscard]] std::vector<std::string_view> effect_words();
// The classes that a call may have.
[[nodiscard]] std::vector<std::string_view> class_words();

}  // namespace syscope::catalogc
