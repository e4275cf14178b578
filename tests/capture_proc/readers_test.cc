// The parsers of /proc, fed with what kernels have written and with what they might.
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <string>

#include "base/fd.h"
#include "capture/proc/descriptors.h"
#include "capture/proc/locks.h"
#include "capture/proc/maps.h"
#include "capture/proc/mounts.h"
#include "capture/proc/net_files.h"
#include "capture/proc/process.h"
#include "capture/proc/thread.h"

namespace syscope::capture::proc {
namespace {

TEST(ParseStat, NameMayHoldParenthesesAndLineFeeds) {
  ProcessInfo info;
  ASSERT_TRUE(
      parse_stat("42 (a) R 7 (\nb) S 1 42 42 34816 42 4194304 1 2 3 4 10 20 5 6 20 0 3 0 "
                 "999 1000 50",
                 info));
  EXPECT_EQ(info.pid, 42);
  EXPECT_EQ(info.comm, "a) R 7 (\nb");
  EXPECT_EQ(info.state, 'S');
  EXPECT_EQ(info.parent, 1);
  EXPECT_EQ(info.terminal, 34816u);
  EXPECT_EQ(info.user_time, 10u);
  EXPECT_EQ(info.system_time, 20u);
  EXPECT_EQ(info.threads, 3u);
  EXPECT_EQ(info.start_time, 999u);
}

TEST(ParseSocketCounts, TellsWhatTheKernelCounts) {
  const auto counts = parse_socket_counts(
      "sockets: used 12\nTCP: inuse 3 orphan 0 tw 7 alloc 9 mem 175\nUDP: inuse 1 mem 0\n"
      "UDPLITE: inuse 4\nRAW: inuse 0\n",
      "TCP6: inuse 2\nUDP6: inuse 0\nRAW6: inuse 6\n");
  ASSERT_TRUE(counts);
  EXPECT_EQ(counts->tcp, 5u);
  EXPECT_EQ(counts->tcp_allocated, 9u);
  EXPECT_EQ(counts->udp, 1u);
  EXPECT_EQ(counts->udp6, 0u);
  EXPECT_EQ(counts->udplite, 4u);
  EXPECT_EQ(counts->udplite6, std::nullopt);
  EXPECT_EQ(counts->raw, 0u);
  EXPECT_EQ(counts->raw6, 6u);
  EXPECT_FALSE(parse_socket_counts("", ""));
  EXPECT_FALSE(parse_socket_counts("TCP: inuse 3\n", ""));
}

// However the kernel is asked: what its text says, each file once.
TEST(MappedFiles, AreThoseOfTheText) {
  std::string path = "/tmp/mapped\nfileXXXXXX";
  const Fd file(::mkstemp(path.data()));
  ASSERT_TRUE(file);
  ASSERT_EQ(::ftruncate(file.get(), 8192), 0);
  void* const held = ::mmap(nullptr, 8192, PROT_READ, MAP_SHARED, file.get(), 4096);
  ASSERT_NE(held, MAP_FAILED);
  const auto root = Root::open();
  ASSERT_TRUE(root);
  for (const bool deleted : {false, true}) {
    if (deleted) {
      ASSERT_EQ(::unlink(path.c_str()), 0);
    }
    const auto files = read_mapped_files(*root, ::getpid());
    const auto mappings = read_mappings(*root, ::getpid());
    ASSERT_TRUE(files && mappings);
    std::size_t matched = 0;
    bool own = false;
    for (const Mapping& mapping : *mappings) {
      if (mapping.inode == 0 || matched == files->size()) continue;
      const Mapping& next = (*files)[matched];
      if (mapping.start != next.start) continue;
      ++matched;
      EXPECT_EQ(mapping.path, next.path);
      EXPECT_EQ(mapping.end, next.end);
      EXPECT_EQ(mapping.offset, next.offset);
      EXPECT_EQ(mapping.device, next.device);
      EXPECT_EQ(mapping.inode, next.inode);
      EXPECT_EQ(mapping.deleted, next.deleted);
      EXPECT_STREQ(mapping.permissions, next.permissions);
      own |= next.path == path && next.deleted == deleted;
    }
    EXPECT_EQ(matched, files->size());
    EXPECT_TRUE(own);
  }
  ::munmap(held, 8192);
}

TEST(ParseStat, RefusesWhatIsNotOne) {
  ProcessInfo info;
  for (const char* text : {"", "42", "42 (a", "42 a)", ")(", "42 (a)", "42 (a) "})
    EXPECT_FALSE(parse_stat(text, info)) << text;
}

TEST(ParseInFlightCall, ReadsTheThreeForms) {
  const auto inside = parse_in_flight_call(
      "0 0x3 0x7ffe 0x1000 0x0 0x0 0xffffffffffffffff 0x7ffc19f09090 0x7f9cb4da7aec\n");
  ASSERT_TRUE(inside);
  EXPECT_EQ(inside->state, InFlightCall::State::inside);
  EXPECT_EQ(inside->number, 0);
  EXPECT_EQ(inside->args[0], 3u);
  EXPECT_EQ(inside->args[5], UINT64_MAX);
  EXPECT_EQ(inside->instruction_pointer, 0x7f9cb4da7aecu);
  const auto outside = parse_in_flight_call("-1 0x7ffc 0x7f9c\n");
  ASSERT_TRUE(outside);
  EXPECT_EQ(outside->state, InFlightCall::State::outside);
  EXPECT_EQ(outside->stack_pointer, 0x7ffcu);
  const auto running = parse_in_flight_call("running\n");
  ASSERT_TRUE(running);
  EXPECT_EQ(running->state, InFlightCall::State::running);
  EXPECT_FALSE(parse_in_flight_call("0 0x3"));
  EXPECT_FALSE(parse_in_flight_call(""));
}

TEST(ParseDescriptorInfo, FindsFieldsAndLines) {
  const DescriptorInfo info = parse_descriptor_info(
      "pos:\t512\nflags:\t02100002\nmnt_id:\t15\nino:\t1057\n"
      "eventfd-count:               2a\neventfd-id: 7\n"
      "tfd:        5 events:       19 data:                5  pos:0 ino:421 sdev:8\n");
  EXPECT_EQ(info.position, 512u);
  EXPECT_EQ(info.flags, 02100002u);
  EXPECT_EQ(info.mount, 15);
  EXPECT_EQ(info.inode, 1057u);
  EXPECT_EQ(info.number("eventfd-count", 16), 42u);
  EXPECT_EQ(info.number("eventfd"), std::nullopt);
  EXPECT_EQ(info.lines("tfd:").size(), 1u);
}

TEST(ParseMounts, UndoesEscapesAndFindsTheMountOfAPath) {
  const auto mounts = parse_mounts(
      "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
      "40 27 0:50 / /mnt/a\\040b rw shared:1 master:2 - nfs4 srv:/x\\134y rw,port=99,addr=10.0.0.1\n"
      "nonsense\n");
  ASSERT_EQ(mounts.size(), 2u);
  EXPECT_EQ(mounts[1].point, "/mnt/a b");
  EXPECT_EQ(mounts[1].source, "srv:/x\\y");
  EXPECT_EQ(mount_option(mounts[1].options, "addr"), "10.0.0.1");
  EXPECT_EQ(mount_option(mounts[1].options, "port"), "99");
  EXPECT_EQ(mount_option(mounts[1].options, "rw"), std::nullopt);
  EXPECT_TRUE(mounts[1].may_hang());
  EXPECT_EQ(mount_of(mounts, "/mnt/a b/c"), &mounts[1]);
  EXPECT_EQ(mount_of(mounts, "/mnt/a bc"), &mounts[0]);
}

TEST(ParseMappings, KeepsDeletedAndOddNames) {
  const auto mappings = parse_mappings(
      "55d0-55d4 r--p 00001000 fe:00 123                        /usr/lib/a b\\012c.so (deleted)\n"
      "7ffd0000-7ffd2000 rw-p 00000000 00:00 0                          [stack]\n"
      "zzz\n");
  ASSERT_EQ(mappings.size(), 2u);
  EXPECT_EQ(mappings[0].path, "/usr/lib/a b\nc.so");
  EXPECT_TRUE(mappings[0].deleted);
  EXPECT_EQ(mappings[0].inode, 123u);
  EXPECT_EQ(mappings[0].offset, 0x1000u);
  EXPECT_EQ(mappings[0].device, ::makedev(0xfe, 0));
  EXPECT_EQ(mappings[1].path, "[stack]");
}

TEST(ParseLocks, TakesHoldersWaitersAndFdinfoLines) {
  const auto locks = parse_locks(
      "1: POSIX  ADVISORY  WRITE 812 fe:00:123 0 EOF\n"
      "1: -> POSIX  ADVISORY  WRITE 900 fe:00:123 5 9\n"
      "lock:\t2: OFDLCK ADVISORY  READ -1 08:13:51847 0 1023\n");
  ASSERT_EQ(locks.size(), 3u);
  EXPECT_EQ(locks[0].pid, 812);
  EXPECT_TRUE(locks[0].write);
  EXPECT_EQ(locks[0].end, UINT64_MAX);
  EXPECT_TRUE(locks[1].waiting);
  EXPECT_EQ(locks[1].end, 9u);
  EXPECT_EQ(locks[2].pid, -1);
  EXPECT_FALSE(locks[2].write);
  EXPECT_EQ(locks[2].inode, 51847u);
}

TEST(ParseNetFile, ReadsTcpAndUnix) {
  const auto tcp = parse_net_file(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
      "inode\n"
      "   0: 0100007F:1F90 0200007F:C350 01 00000005:00000007 00:00000000 00000000  1000        0 "
      "12345 1 0 20 4 30 10 -1\n",
      NetFile::tcp);
  ASSERT_EQ(tcp.size(), 1u);
  EXPECT_EQ(tcp[0].local.port, 8080);
  EXPECT_EQ(tcp[0].local.bytes[0], 127);
  EXPECT_EQ(tcp[0].remote.port, 50000);
  EXPECT_EQ(tcp[0].remote.bytes[3], 2);
  EXPECT_EQ(tcp[0].send_queue, 5u);
  EXPECT_EQ(tcp[0].receive_queue, 7u);
  EXPECT_EQ(tcp[0].user, 1000u);
  EXPECT_EQ(tcp[0].inode, 12345u);
  const auto sockets = parse_net_file(
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01 777 /run/a b\n"
      "0000000000000000: 00000003 00000000 00000000 0001 03 778 @abstract\n",
      NetFile::unix_sockets);
  ASSERT_EQ(sockets.size(), 2u);
  EXPECT_EQ(sockets[0].name, "/run/a b");
  EXPECT_EQ(sockets[0].state, 10);
  EXPECT_EQ(sockets[1].name, std::string("\0abstract", 9));
  EXPECT_EQ(sockets[1].state, 1);
}

}  // namespace
}  // namespace syscope::capture::proc
