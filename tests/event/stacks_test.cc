#include "event/stacks.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

namespace syscope::event {
namespace {

std::vector<std::byte> stack(std::uint32_t frames, std::uint32_t module_size) {
  std::vector<std::byte> bytes(sizeof(sc_stack) + sizeof(sc_frame) + 8);
  sc_stack head{};
  head.frames = frames;
  head.more = 1;
  sc_frame frame{};
  frame.pc = 42;
  frame.module_size = module_size;
  frame.function_size = 3;
  std::memcpy(bytes.data(), &head, sizeof head);
  std::memcpy(bytes.data() + sizeof head, &frame, sizeof frame);
  std::memcpy(bytes.data() + sizeof head + sizeof frame, "/lib\0foo", 8);
  return bytes;
}

TEST(Frames, HaveTheirTexts) {
  const auto bytes = stack(1, 4);
  Frames frames(bytes);
  const auto frame = frames.next();
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->module, "/lib");
  EXPECT_EQ(frame->function.size(), 3u);
  EXPECT_EQ(frame->fixed->pc, 42u);
  EXPECT_TRUE(frame->source.empty());
  EXPECT_FALSE(frames.next());
  EXPECT_TRUE(frames.more());
}

TEST(Frames, EndWhereTheRecordLies) {
  const auto lying = stack(1, 0xffffffff);
  EXPECT_FALSE(Frames(lying).next());
  const auto many = stack(1000, 4);
  Frames frames(many);
  EXPECT_TRUE(frames.next());
  EXPECT_FALSE(frames.next());
  EXPECT_FALSE(Frames(Bytes(many).first(8)).next());
}

}  // namespace
}  // namespace syscope::event
