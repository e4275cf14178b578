#include "resolve/container.h"

#include <gtest/gtest.h>

#include <string>

namespace syscope::resolve {
namespace {

const std::string id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(Container, FindsIdsOfTheUsualRuntimes) {
  EXPECT_EQ(container_of("0::/system.slice/docker-" + id + ".scope\n"), "0123456789ab");
  EXPECT_EQ(container_of("5:memory:/docker/" + id + "\n"), "0123456789ab");
  EXPECT_EQ(container_of("0::/kubepods.slice/pod1/cri-containerd-" + id + ".scope/x\n"),
            "0123456789ab");
  EXPECT_EQ(container_of("0::/lxc.payload.web/init.scope\n"), "web");
  EXPECT_EQ(container_of("0::/machine.slice/machine-web.scope\n"), "web");
}

TEST(Container, IsEmptyOutside) {
  EXPECT_EQ(container_of("0::/user.slice/user-1000.slice/session-1.scope\n"), "");
  EXPECT_EQ(container_of("4:memory:/api/ed458695cfac982d0183d25bb7860c04\n"), "");
  EXPECT_EQ(container_of("garbage\n::\n"), "");
  EXPECT_EQ(container_of(""), "");
}

}  // namespace
}  // namespace syscope::resolve
