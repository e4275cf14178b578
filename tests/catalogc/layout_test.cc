#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>

#include <cstddef>

#include "tests/catalogc/compiled.h"

namespace syscope::catalogc {
namespace {

// The same structs as the C library of this machine, which runs under x86-64.
constexpr std::string_view library_structs = R"(
struct stat {
  st_dev: dev  st_ino: ulong  st_nlink: ulong  st_mode: filemode  st_uid: uid  st_gid: gid
  st_rdev: dev  st_size: long  st_blksize: long  st_blocks: long
  st_atime: seconds  st_atime_nsec: nanoseconds  st_mtime: seconds  st_mtime_nsec: nanoseconds
  st_ctime: seconds  st_ctime_nsec: nanoseconds  _unused: long[3] hidden
}
struct pollfd { fd: fd  events: i16  revents: i16 }
struct msghdr {
  msg_name: to bytes[msg_namelen]  msg_namelen: int  msg_iov: to scatter[msg_iovlen]  msg_iovlen: size
  msg_control: to bytes[msg_controllen]  msg_controllen: size  msg_flags: int
}
struct timeval { tv_sec: seconds  tv_usec: long }
struct rusage { ru_utime: timeval  ru_stime: timeval  ru_maxrss: long  others: long[13] }
struct address sized {
  family: u16
  : switch family { 2: in_rest  10: in6_rest  else: other_rest }
}
struct in_rest { sin_port: be16  sin_addr: ip4  _zero: bytes[8] hidden }
struct in6_rest { sin6_port: be16  sin6_flowinfo: be32  sin6_addr: ip6  sin6_scope_id: u32 }
struct other_rest { data: bytes[available] }
struct mixed { a: u8  b: u64  c: u16  d: u64 to u8  e: u32 bits 4  f: u32 bits 30  g: u8 }
struct tight packed { a: u8  b: u64  c: u16 }
struct placed { a: u8  b: u32 @ 16  c: sigset }
call f 1 i386 1 (a: in stat, b: in pollfd, c: in msghdr, d: in rusage) -> int
call g 2 i386 2 (a: in address[9], b: in mixed, c: in tight, d: in placed) -> int
)";

TEST(Layout, AgreesWithTheCompilerUnderX86_64) {
  const Outcome outcome = compile_text(library_structs);
  ASSERT_EQ(outcome.errors, "");
  const Abi abi = Abi::x86_64;
  EXPECT_EQ(outcome.structure(abi, "stat")->size, sizeof(struct stat));
  EXPECT_EQ(outcome.offset(abi, "stat", "st_rdev"), offsetof(struct stat, st_rdev));
  EXPECT_EQ(outcome.offset(abi, "stat", "st_mtime"), offsetof(struct stat, st_mtim));
  EXPECT_EQ(outcome.structure(abi, "pollfd")->size, sizeof(pollfd));
  EXPECT_EQ(outcome.offset(abi, "pollfd", "revents"), offsetof(pollfd, revents));
  EXPECT_EQ(outcome.structure(abi, "msghdr")->size, sizeof(msghdr));
  EXPECT_EQ(outcome.offset(abi, "msghdr", "msg_iovlen"), offsetof(msghdr, msg_iovlen));
  EXPECT_EQ(outcome.offset(abi, "msghdr", "msg_flags"), offsetof(msghdr, msg_flags));
  EXPECT_EQ(outcome.structure(abi, "rusage")->size, sizeof(rusage));
}

TEST(Layout, LongsAndAlignmentOfI386) {
  const Outcome outcome = compile_text(library_structs);
  const Abi abi = Abi::i386;
  EXPECT_EQ(outcome.structure(abi, "msghdr")->size, 28u);
  EXPECT_EQ(outcome.offset(abi, "msghdr", "msg_flags"), 24);
  EXPECT_EQ(outcome.structure(abi, "rusage")->size, 72u);
  // Eight bytes are aligned to four there.
  EXPECT_EQ(outcome.offset(abi, "mixed", "b"), 4);
  EXPECT_EQ(outcome.offset(abi, "mixed", "d"), 16);
}

TEST(Layout, SplicedStructsContinueTheOneAroundThem) {
  const Outcome outcome = compile_text(library_structs);
  EXPECT_EQ(outcome.offset(Abi::x86_64, "in_rest", "sin_addr") + 2,
            offsetof(sockaddr_in, sin_addr));
  EXPECT_EQ(outcome.offset(Abi::x86_64, "in6_rest", "sin6_scope_id") + 2,
            offsetof(sockaddr_in6, sin6_scope_id));
  EXPECT_EQ(outcome.structure(Abi::x86_64, "address")->size, sizeof(sockaddr_in6));
}

TEST(Layout, BitFieldsPackingAndPlaces) {
  struct Mixed {
    std::uint8_t a;
    std::uint64_t b;
    std::uint16_t c;
    std::uint8_t* d;
    std::uint32_t e : 4, f : 30;
    std::uint8_t g;
  };
  const Outcome outcome = compile_text(library_structs);
  EXPECT_EQ(outcome.structure(Abi::x86_64, "mixed")->size, sizeof(Mixed));
  EXPECT_EQ(outcome.offset(Abi::x86_64, "mixed", "g"), offsetof(Mixed, g));
  EXPECT_EQ(outcome.structure(Abi::x86_64, "tight")->size, 11u);
  EXPECT_EQ(outcome.offset(Abi::x86_64, "placed", "b"), 16);
  EXPECT_EQ(outcome.offset(Abi::x86_64, "placed", "c"), 24);
  EXPECT_EQ(outcome.offset(Abi::i386, "placed", "c"), 20);
}

TEST(Layout, RequestNumbersUseTheSizeUnderEachAbi) {
  const Outcome outcome = compile_text(
      "struct pair { a: long  b: long }\n"
      "enum request : uint { GET_PAIR _IOR('T', 0x30, pair)  SET_INT _IOW('T', 0x31, int) }\n"
      "call f 1 i386 1 (r: enum request) -> int\n");
  ASSERT_EQ(outcome.errors, "");
  const std::string facts = dump_facts(outcome.tables);
  const auto has = [&](std::uint32_t value, std::string_view abi, std::string_view name) {
    const std::string line = std::string(abi) + "\tconstant\trequest\t" + std::string(name) + "\t" +
                             std::to_string(value);
    return facts.find(line) != std::string::npos;
  };
  EXPECT_TRUE(has(0x80105430, "x86_64", "GET_PAIR")) << facts;
  EXPECT_TRUE(has(0x80085430, "i386", "GET_PAIR")) << facts;
  EXPECT_TRUE(has(0x40045431, "arm64", "SET_INT")) << facts;
}

}  // namespace
}  // namespace syscope::catalogc
