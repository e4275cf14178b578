// The engine with the plans of the catalog, on real commands.
#include <sys/wait.h>

#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

class CatalogTest : public testing::Test {
 protected:
  void run(Command command) {
    request.command = std::move(command);
    const auto engine = make_engine(request);
    ASSERT_TRUE(engine.has_value()) << engine.error().text();
    ASSERT_TRUE(pump_to_end(**engine, sink).has_value());
  }
  // All text in the blocks of a call, one block after the other.
  static std::string text_of(const Kept& call) {
    std::string text;
    for (const event::Block& block : call.blocks()) text += as_chars(block.bytes);
    return text;
  }
  Request request;
  Collector sink;
};

TEST_F(CatalogTest, PathsArgumentsAndBuffers) {
  run(Command{"/bin/cat", {"cat", "/proc/sys/kernel/ostype"}, {"ONE=1"}, {}});
  const auto execs = sink.calls(SYS_execve);
  ASSERT_EQ(execs.size(), 1u);
  EXPECT_NE(text_of(*execs[0]).find("/bin/cat"), std::string::npos);
  EXPECT_NE(text_of(*execs[0]).find(std::string("cat\0/proc/sys/kernel/ostype\0", 28)),
            std::string::npos);
  bool path = false, content = false;
  for (const Kept* call : sink.calls(SYS_openat)) {
    path |= text_of(*call).starts_with("/proc/sys/kernel/ostype");
  }
  for (const Kept* call : sink.calls(SYS_read)) content |= text_of(*call) == "Linux\n";
  EXPECT_TRUE(path);
  EXPECT_TRUE(content);
}

TEST_F(CatalogTest, StructuresAtExit) {
  run(shell("exec cat /etc/hostname"));
  std::size_t stats = 0;
  for (const Kept* call : sink.of_kind(SC_CALL)) {
    const auto nr = call->call().nr;
    if ((nr != SYS_newfstatat && nr != SYS_fstat) || call->call().ret != 0) continue;
    for (const event::Block& block : call->blocks()) {
      if (block.bytes.size() == 144 && (block.flags & SC_AT_EXIT) != 0) ++stats;
    }
  }
  EXPECT_GE(stats, 2u);
}

}  // namespace
}  // namespace syscope::capture::ptrace
