// What somebody may have meant who wrote a word that does not exist.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace syscope {

// The least number of characters to insert, to leave out or to replace, and of neighbours to swap,
// that makes one word of the other; the case of ASCII letters counts for nothing. "Optimal string
// alignment": time and room are the product of the lengths.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

// How many edits still make a word similar: one in three characters, and one at least.
[[nodiscard]] std::size_t similar_within(std::string_view word);

// The first of the candidates that are nearest to the word, or "" where none is similar, or where
// the word is too long for a name. The result is a view of that candidate.
[[nodiscard]] std::string_view most_similar(std::string_view word,
                                            std::span<const std::string_view> candidates);

}  // namespace syscope
