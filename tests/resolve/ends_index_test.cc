#include "resolve/ends_index.h"

#include <gtest/gtest.h>

#include <deque>
#include <vector>

namespace syscope::resolve {
namespace {

using capture::proc::SocketInfo;

std::vector<std::uint64_t> inodes_under(const EndsIndex& index, std::uint64_t key) {
  std::vector<std::uint64_t> inodes;
  index.find(key, [&](const SocketInfo& socket) {
    inodes.push_back(socket.inode);
    return false;
  });
  return inodes;
}

TEST(EndsIndex, FindsNothingBeforeAnythingCame) {
  EXPECT_TRUE(inodes_under(EndsIndex(), 80).empty());
}

TEST(EndsIndex, KeepsEverySocketAndTheOrderOfThoseThatShareAKeyWhileItGrows) {
  EndsIndex index;
  std::deque<SocketInfo> sockets;
  constexpr std::uint64_t keys = 700;
  for (std::uint64_t round = 0; round < 3; ++round) {
    for (std::uint64_t key = 1; key <= keys; ++key) {
      sockets.emplace_back().inode = round * keys + key;
      index.add(key, sockets.back());
    }
  }
  for (std::uint64_t key = 1; key <= keys; ++key)
    EXPECT_EQ(inodes_under(index, key),
              (std::vector<std::uint64_t>{key, keys + key, 2 * keys + key}));
  EXPECT_TRUE(inodes_under(index, keys + 1).empty());
}

TEST(EndsIndex, StopsWhenTheVisitorHasWhatItWanted) {
  EndsIndex index;
  SocketInfo first, second;
  index.add(80, first);
  index.add(80, second);
  int visited = 0;
  index.find(80, [&](const SocketInfo&) { return ++visited == 1; });
  EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace syscope::resolve
