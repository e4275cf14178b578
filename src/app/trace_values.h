// The values that options of `trace` take: words to what they ask for. Nothing where a value means
// nothing to the option.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "app/trace_options.h"

namespace syscope::app {

// The parts of `text` between any of `separators`, without empty ones.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, std::string_view separators);

// s, ms, us, ns
[[nodiscard]] std::optional<present::SecondsPrecision> precision_of(std::string_view text);

// [[format:]none|time|unix][,[precision:]s|ms|us|ns]: changes what is named, and turns times on if
// they were off. False: the value is invalid.
[[nodiscard]] bool read_timestamps(std::string_view value, present::PrefixStyle& style);

// [id:]NUMBER|random and [format:]none|compact|full, separated by commas; no value: a random tip.
// False: the value is invalid.
[[nodiscard]] bool read_tips(std::string_view value, TipChoice& choice);

[[nodiscard]] std::optional<Interruptible> interruptible_of(std::string_view value);
[[nodiscard]] std::optional<present::ConstantStyle> constants_of(std::string_view value);
[[nodiscard]] std::optional<int> daemonize_of(std::string_view value);
[[nodiscard]] std::optional<Color> color_of(std::string_view value);
[[nodiscard]] std::optional<present::HexStrings> hex_strings_of(std::string_view value);
[[nodiscard]] std::optional<StackDetail> stack_detail_of(std::string_view value);
[[nodiscard]] std::optional<EngineChoice> engine_of(std::string_view value);

}  // namespace syscope::app
