#include <gtest/gtest.h>

#include "tests/catalogc/compiled.h"

namespace syscope::catalogc {
namespace {

// The plans of x86-64; a call without a number for the others has none there.
std::string plans_of(std::string_view text) {
  const Outcome outcome = compile_text(text);
  EXPECT_EQ(outcome.errors, "");
  return dump_plans(outcome.tables);
}

TEST(Plans, NothingForNumbers) { EXPECT_EQ(plans_of("call f 1 (a: int, b: addr) -> int"), ""); }

TEST(Plans, BuffersAreCutAtTheStringLimit) {
  EXPECT_EQ(plans_of("call read 0 (fd: fd, buf: out bytes[count; ret], count: size) -> size"),
            "x86_64 read\n"
            "  0 exit read arg1/8 length arg2/8 filled ret, string-limit, on success\n");
}

TEST(Plans, ALengthBehindAPointerIsReadInBothPhases) {
  EXPECT_EQ(plans_of("struct a sized { family: u16  rest: bytes[14] }\n"
                     "call f 1 (s: fd, addr: out a[*len; *len], len: io int) -> int"),
            "x86_64 f\n"
            "  0 entry read arg2/8 length 4, 4 bytes\n"
            "  1 exit read arg2/8 length 4, 4 bytes, on success\n"
            "  2 exit read arg1/8 length op0+0/4 filled op1+0/4, 16 bytes, on success\n");
}

constexpr std::string_view message = R"(
struct msghdr {
  msg_name: to bytes[msg_namelen; msg_namelen]  msg_namelen: int
  msg_iov: to scatter[msg_iovlen; fill]  msg_iovlen: size
  msg_control: to bytes[msg_controllen] via control  msg_controllen: size  msg_flags: int
}
struct mmsghdr { msg_hdr: msghdr fill msg_len  msg_len: uint }
)";

TEST(Plans, BuffersOfAMessageShareTheResult) {
  EXPECT_EQ(
      plans_of(std::string(message) +
               "call recvmsg 47 (s: fd, msg: out msghdr fill ret, flags: int) -> size"),
      "x86_64 recvmsg\n"
      "  0 entry read arg1/8 length 56, 56 bytes\n"
      "  1 entry read +16/8 in op0 stride 56 length +24/8 times 16, elements of 16\n"
      "  2 exit read arg1/8 length 56, 56 bytes, on success\n"
      "  3 exit read +0/8 in op0 stride 56 length +8/4 filled op2+8/4, string-limit, on success\n"
      "  4 exit read +0/8 in op1 stride 16 length +8/8 filled ret, string-limit, on success,"
      " spread\n"
      "  5 exit read +32/8 in op0 stride 56 length +40/8, 131072 bytes, on success\n");
}

TEST(Plans, ArraysOfStructsLeadToWhatEachPointsTo) {
  EXPECT_EQ(plans_of(std::string(message) +
                     "call sendmmsg 307 (s: fd, msgs: in mmsghdr[vlen; ret], vlen: uint) -> int"),
            "x86_64 sendmmsg\n"
            "  0 entry read arg1/8 length arg2/4 times 64, elements of 64\n"
            "  1 entry read +0/8 in op0 stride 64 length +8/4, string-limit\n"
            "  2 entry read +16/8 in op0 stride 64 length +24/8 times 16, elements of 16\n"
            "  3 entry read +0/8 in op2 stride 16 length +8/8, string-limit\n"
            "  4 entry read +32/8 in op0 stride 64 length +40/8, 131072 bytes\n");
}

TEST(Plans, PathsAndStringLists) {
  EXPECT_EQ(plans_of("call execve 59 (p: in path, argv: in strings, envp: in environment) -> int"),
            "x86_64 execve\n"
            "  0 entry string arg0/8, 4096 bytes\n"
            "  1 entry pointers arg1/8 times 8, elements of 8\n"
            "  2 entry string +0/8 in op1 stride 8, string-limit\n"
            "  3 entry pointers arg2/8 times 8, 32768 bytes\n"
            "  4 entry string +0/8 in op3 stride 8, string-limit\n");
}

TEST(Plans, AChoiceReadsWhatAnyOfItsCasesNeeds) {
  EXPECT_EQ(plans_of("struct big { a: u64  b: u64 }\n"
                     "call f 1 (op: int, arg: in switch op { 1: int  2: big  3: str })"),
            "x86_64 f\n"
            "  0 entry read arg1/8 length 16, 16 bytes\n"
            "  1 entry string arg1/8, string-limit\n");
}

TEST(Plans, LengthsThatNoRefCanSayBecomeTheirCap) {
  EXPECT_EQ(plans_of("call f 1 (a: in bytes[n + 1], n: int) -> int"),
            "x86_64 f\n"
            "  0 entry read arg0/8 length all, string-limit\n");
}

TEST(Plans, WhatFollowsAStructIsAsLongAsItSaysAtTheTime) {
  EXPECT_EQ(plans_of("struct pair { a: u32  b: u32 }\n"
                     "struct list { count: u32  room: u32  pairs: pair[count] }\n"
                     "call f 1 (list: io list) -> int"),
            "x86_64 f\n"
            "  0 entry read arg0/8 length 8, 8 bytes\n"
            "  1 entry read here+8 in op0 stride 8 length +0/4 times 8, elements of 8\n"
            "  2 exit read arg0/8 length 8, 8 bytes, on success\n"
            "  3 exit read here+8 in op2 stride 8 length +0/4 times 8, elements of 8, on success\n");
}

TEST(Plans, ALengthUnderAMaskIsReadUpToTheMask) {
  EXPECT_EQ(plans_of("call f 1 (op: uint, p: in bytes[op >> 16 & 0xff]) -> int"),
            "x86_64 f\n"
            "  0 entry read arg1/8 length 255, string-limit\n");
}

TEST(Plans, VariantsHaveTheirOwn) {
  EXPECT_EQ(plans_of("enum op : int { GET 1 }\n"
                     "call f 1 (op: enum op, arg: addr) -> int\n"
                     "variants f by op { GET: (arg: out u64)  SET 2: (arg: in int) }"),
            "x86_64 f 0x1\n"
            "  0 exit read arg1/8 length 8, 8 bytes, on success\n"
            "x86_64 f 0x2\n"
            "  0 entry read arg1/8 length 4, 4 bytes\n");
}

TEST(Plans, AHookBehindTheResultSeesTheMemoryAfterTheCall) {
  EXPECT_EQ(plans_of("struct pollfd { fd: fd  events: i16  revents: i16 hidden }\n"
                     "call poll 7 (fds: in pollfd[nfds], nfds: uint) -> int via poll_result"),
            "x86_64 poll\n"
            "  0 entry read arg0/8 length arg1/4 times 8, 4096 bytes\n"
            "  1 exit read arg0/8 length arg1/4 times 8, 4096 bytes, on success\n");
}

TEST(Plans, WideNumbersTakeTwoRegistersOfI386) {
  const Outcome outcome = compile_text(
      "call pread - i386 180 (fd: fd, buf: out bytes[n; ret], n: size, pos: off) -> size");
  ASSERT_EQ(outcome.errors, "");
  EXPECT_EQ(outcome.of(Abi::i386).prototypes.front().plan.arguments, 5);
  EXPECT_EQ(outcome.of(Abi::i386).prototypes.front().plan.fd_arguments, 1);
}

}  // namespace
}  // namespace syscope::catalogc
