#include "base/similar_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace syscope {
namespace {

TEST(SimilarWords, EditsAreCounted) {
  EXPECT_EQ(edit_distance("", ""), 0u);
  EXPECT_EQ(edit_distance("", "read"), 4u);
  EXPECT_EQ(edit_distance("read", "READ"), 0u);
  EXPECT_EQ(edit_distance("opn", "open"), 1u);
  EXPECT_EQ(edit_distance("raed", "read"), 1u) << "neighbours swapped";
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3u);
  EXPECT_EQ(edit_distance("ca", "abc"), 3u) << "nothing is edited twice";
}

TEST(SimilarWords, TheNearestIsChosenIfItIsNear) {
  const std::vector<std::string_view> verbs = {"trace", "files", "find", "why"};
  EXPECT_EQ(most_similar("tarce", verbs), "trace");
  EXPECT_EQ(most_similar("file", verbs), "files");
  EXPECT_EQ(most_similar("fnd", verbs), "find");
  EXPECT_EQ(most_similar("explode", verbs), "");
  EXPECT_EQ(most_similar("x", verbs), "") << "one letter is like everything";
  EXPECT_EQ(most_similar("", verbs), "");
  EXPECT_EQ(most_similar(std::string(100000, 'x'), verbs), "");
}

}  // namespace
}  // namespace syscope
