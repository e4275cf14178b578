// A world made of plain files: processes that cannot exist here, hung mounts among them.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

namespace fs = std::filesystem;

class FakeRoot : public ::testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/fake-proc-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write(const std::string& path, const std::string& content) {
    fs::create_directories((folder_ / path).parent_path());
    std::ofstream(folder_ / path) << content;
  }
  void link(const std::string& path, const std::string& target) {
    fs::create_directories((folder_ / path).parent_path());
    fs::create_symlink(target, folder_ / path);
  }
  void add_process(int pid, const std::string& comm, const std::string& arguments) {
    const std::string at = std::to_string(pid);
    write(at + "/stat", at + " (" + comm + ") S 1 1 1 0 -1 0 0 0 0 0 1 2 0 0 20 0 1 0 5 0 0\n");
    write(at + "/cmdline", arguments);
    fs::create_directories(folder_ / at / "fd");
  }
  World world() { return World(std::move(*capture::proc::Root::open(folder_))); }

  fs::path folder_;
};

TEST_F(FakeRoot, DescriptorsAreClassifiedByTheirLinks) {
  add_process(812, "db) x", std::string("db\0--serve\0", 11));
  link("812/fd/0", "/srv/log (deleted)");
  link("812/fd/3", "pipe:[77]");
  link("812/fd/4", "anon_inode:[eventfd]");
  link("812/fd/1000000", "anon_inode:never seen");
  write("812/fdinfo/4", "pos:\t0\nflags:\t04002\nmnt_id:\t15\neventfd-count: ff\neventfd-id: 9\n");
  World w = world();
  const auto files = w.files(812);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 4u);
  const OpenFile* eventfd = w.file(812, 4);
  ASSERT_NE(eventfd, nullptr);
  EXPECT_EQ(eventfd->file_class, FileClass::eventfd);
  EXPECT_EQ(eventfd->object, 9u);
  EXPECT_EQ(eventfd->access, Access::both);
  EXPECT_EQ(w.command_line(812), "db --serve");
  EXPECT_EQ((*w.process(812))->info.comm, "db) x");
}

TEST_F(FakeRoot, MountsThatMayHangAreKnown) {
  add_process(812, "app", "app");
  write("812/mountinfo",
        "21 1 254:0 / / rw - ext4 /dev/vda rw\n22 21 0:50 / /srv rw - nfs4 server:/srv rw\n");
  link("812/ns/mnt", "mnt:[4026531841]");
  World w = world();
  EXPECT_TRUE(w.may_hang(812, "/srv/data", -1));
  EXPECT_FALSE(w.may_hang(812, "/srvx", -1));
  EXPECT_TRUE(w.may_hang(812, "/anything", 22));
  EXPECT_FALSE(w.may_hang(812, "/anything", 21));
  EXPECT_TRUE(w.may_hang(812, "/from/elsewhere", 99));
  EXPECT_FALSE(w.may_hang(812, "/memfd:x", 99));
}

TEST_F(FakeRoot, PatternMatchesTheWholeCommandLine) {
  add_process(812, "java", std::string("java\0-jar\0shop.jar\0", 19));
  add_process(813, "java", std::string("java\0-jar\0other.jar\0", 20));
  add_process(814, "kworker/0:1", "");
  World w = world();
  const auto pattern = ProcessPattern::compile("-jar (shop|mall)\\.jar$");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(matching_processes(w, *pattern), std::vector<pid_t>{812});
  const auto kernel = ProcessPattern::compile("^\\[kworker");
  ASSERT_TRUE(kernel);
  EXPECT_EQ(matching_processes(w, *kernel), std::vector<pid_t>{814});
  const auto bad = ProcessPattern::compile("(");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().cause, Cause::usage);
}

}  // namespace
}  // namespace syscope::resolve
