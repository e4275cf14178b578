// System calls that have come since Debian's strace 6.1, from record to text, with the real
// catalog.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "decode/decode.h"
#include "present/value_text.h"
#include "tests/decode/record_builder.h"

namespace syscope::present {
namespace {

constexpr std::uint64_t place = 0x1000;
constexpr std::uint64_t second = 0x4000;

template <typename T>
std::string bytes_of(const T& values) {
  return {reinterpret_cast<const char*>(&values), sizeof values};
}

// The arguments of a record, with commas.
std::string text_of(RecordBuilder& builder, ConstantStyle style = ConstantStyle::names) {
  decode::Tape tape;
  const auto decoded = decode::decode_call(builder.record(), {}, tape);
  TextBuffer out;
  for (std::uint32_t at = 0; at < decoded.arguments_end; at = tape[at].end) {
    if (at != 0) out.append(tape[at].joined ? " => " : ", ");
    TextStyle text;
    text.constants = style;
    ValueWriter(text).write(tape, at, out);
  }
  return std::string(out.view());
}

TEST(StatmountTest, RequestSaysHowLongItIs) {
  const auto text = [](std::uint32_t size, std::size_t known) {
    const std::array<std::uint64_t, 5> request = {size, 0x1a, 3, 7, 9};
    const std::string all = bytes_of(request).substr(0, known);
    RecordBuilder builder(457);
    builder.args({place, 0, 0, 0, 0, 0}).ret(-22);
    builder.memory(place, all.substr(0, 4), SC_AT_ENTRY);
    builder.memory(place, all, SC_AT_ENTRY | (known < size ? unsigned{SC_FAULT} : 0u));
    return text_of(builder);
  };
  const std::string asks = "mnt_ns_fd=0, mnt_id=0x1a, param=STATMOUNT_SB_BASIC|STATMOUNT_MNT_BASIC";
  EXPECT_EQ(text(24, 24), "{size=24, " + asks + "}, NULL, 0, 0");
  EXPECT_EQ(text(32, 32), "{size=32, " + asks + ", mnt_ns_id=0x7}, NULL, 0, 0");
  EXPECT_EQ(text(34, 34), "{size=34, " + asks +
                              ", mnt_ns_id=0x7, /* bytes 32..33 */ \"\\x09\\x00\"}, NULL, 0, 0");
  EXPECT_EQ(text(40, 32), "{size=40, " + asks + ", mnt_ns_id=0x7, ???}, NULL, 0, 0");
  EXPECT_EQ(text(32, 24), "{size=32, ???}, NULL, 0, 0");
  EXPECT_EQ(text(23, 23), "{size=23}, NULL, 0, 0");
  EXPECT_EQ(text(0, 4), "{size=0}, NULL, 0, 0");
}

TEST(StatmountTest, TextsStandBehindTheReply) {
  const auto text = [](std::uint32_t size, std::string_view texts) {
    std::string reply(512, '\0');
    const auto put = [&](std::size_t at, std::uint32_t value) {
      std::memcpy(reply.data() + at, &value, sizeof value);
    };
    put(0, size);
    put(8, 0x10 | 0x20 | 0x400);  // MNT_POINT, FS_TYPE, OPT_ARRAY
    put(36, 5);
    put(128, 2);
    put(132, 10);
    reply += texts;
    RecordBuilder builder(457);
    builder.args({0, second, 1024, 0, 0, 0}).ret(0);
    builder.memory(second, reply, SC_AT_EXIT);
    return text_of(builder);
  };
  const std::string mask =
      "mask=STATMOUNT_MNT_POINT|STATMOUNT_FS_TYPE|STATMOUNT_OPT_ARRAY, fs_type=";
  using std::string_view_literals::operator""sv;
  EXPECT_EQ(
      text(522 + 8, "/mnt\0ext4\0ro\0nodev\0"sv.substr(0, 18)),
      "NULL, {size=530, " + mask +
          "\"ext4\", mnt_point=\"/mnt\", opt_num=2, opt_array=[\"ro\", \"node\"...]}, 1024, 0");
  EXPECT_EQ(text(525, "/mnt\0ext4\0ro\0"sv),
            "NULL, {size=525, " + mask +
                "\"ext4\", mnt_point=\"/mnt\", opt_num=2, opt_array=[\"ro\", ???]}, 1024, 0");
  EXPECT_EQ(text(600, "/mnt"sv),
            "NULL, {size=600, " + mask + "0x5, mnt_point=0, opt_num=2, opt_array=0xa}, 1024, 0");
}

TEST(ListmountTest, NoRoomIsAnEmptyList) {
  RecordBuilder builder(458);
  builder.args({0, place, 0, 0, 0, 0}).ret(-14);
  EXPECT_EQ(text_of(builder), "NULL, [], 0, 0");
}

TEST(LsmTest, RequestAndContexts) {
  const std::array<std::uint64_t, 9> contexts = {101, 0, 32, 0, 99, 5, 40, 3, 0x636261};
  const auto text = [&](std::int64_t result, std::uint32_t size, std::uint64_t flags) {
    RecordBuilder builder(459);
    builder.args({100, place, second, flags, 0, 0}).ret(result);
    builder.memory(second, bytes_of(size), SC_AT_ENTRY);
    builder.memory(second, bytes_of(size), SC_AT_EXIT);
    builder.memory(place, bytes_of(contexts), SC_AT_ENTRY);
    builder.memory(place, bytes_of(contexts), SC_AT_EXIT);
    return text_of(builder);
  };
  const std::string first = "LSM_ATTR_CURRENT, [{id=LSM_ID_SELINUX, flags=0, len=32, ctx_len=0}";
  EXPECT_EQ(text(2, 72, 0), first +
                                ", {id=0x63, flags=0x5, len=40, ctx_len=3, "
                                "ctx=\"\\x61\\x62\\x63\"}], [72], 0");
  EXPECT_EQ(text(1, 40, 0), first + ", ... /* 0x1020 */], [40], 0");
  EXPECT_EQ(text(-95, 32, 1),
            "LSM_ATTR_CURRENT, {id=LSM_ID_SELINUX} => 0x1000, [32], LSM_FLAG_SINGLE");
  EXPECT_EQ(text(-95, 32, 0), "LSM_ATTR_CURRENT, 0x1000, [32], 0");
}

TEST(RseqTest, CriticalSectionHasItsAddress) {
  const std::array<std::uint32_t, 8> area = {0xffffffff, 2, second, 0, 1, 0, 0, 0};
  const std::array<std::uint64_t, 4> section = {0, 0x10, 0x20, 0x30};
  RecordBuilder builder(334);
  builder.args({place, 32, 0, 0, 0, 0}).ret(-22);
  builder.memory(place, bytes_of(area), SC_AT_ENTRY);
  builder.memory(second, bytes_of(section), SC_AT_ENTRY);
  EXPECT_EQ(text_of(builder),
            "{cpu_id_start=RSEQ_CPU_ID_UNINITIALIZED, cpu_id=2, rseq_cs={version=0, flags=0, "
            "start_ip=0x10, post_commit_offset=0x20, abort_ip=0x30} /* 0x4000 */, "
            "flags=RSEQ_CS_FLAG_NO_RESTART_ON_PREEMPT, node_id=0, mm_cid=0, "
            "slice_ctrl={request=0, granted=0, __reserved=0}, __reserved=0}, 32, 0, 0");
}

TEST(FutexRequeueTest, WaitersAreShownAsFarAsTheyCanBeRead) {
  const std::array<std::uint64_t, 3> waiter = {7, 0x10, 0x82};
  RecordBuilder builder(456);
  builder.args({place, 0, 1, 2, 0, 0}).ret(-14);
  builder.memory(place, bytes_of(waiter), SC_AT_ENTRY | SC_FAULT);
  EXPECT_EQ(text_of(builder),
            "[{val=0x7, uaddr=0x10, flags=FUTEX2_SIZE_U32|FUTEX2_PRIVATE}, ... /* 0x1018 */], "
            "0, 1, 2");
}

TEST(XattrTest, ArgumentsOfAFailedCallAreShown) {
  struct {
    std::uint64_t value = second;
    std::uint32_t size = 2, flags = 0;
  } arguments;
  const auto text = [&](std::int64_t result) {
    RecordBuilder builder(464);
    builder.args({3, 0, 0, 0, place, 16}).ret(result);
    builder.memory(place, bytes_of(arguments), SC_AT_ENTRY);
    builder.memory(second, "ab", SC_AT_EXIT);
    return text_of(builder);
  };
  EXPECT_EQ(text(2), "3, NULL, 0, NULL, {value=\"ab\", size=2, flags=0}, 16");
  EXPECT_EQ(text(-34), "3, NULL, 0, NULL, {value=0x4000, size=2, flags=0}, 16");
}

TEST(SocketOptionTest, WhatAValueStandsFor) {
  const auto text = [](int level, int option, std::string_view value) {
    RecordBuilder builder(54);
    builder.args({3, static_cast<std::uint64_t>(level), static_cast<std::uint64_t>(option), place,
                  value.size(), 0});
    builder.ret(-9);
    builder.memory(place, value, SC_AT_ENTRY);
    return text_of(builder);
  };
  const auto number = [](std::uint32_t value) { return bytes_of(value); };
  EXPECT_EQ(text(0, 51, number(0x9000800)),
            "3, SOL_IP, IP_LOCAL_PORT_RANGE, [0x9000800 /* 2048..2304 */], 4");
  EXPECT_EQ(text(0, 51, number(0x8000900)), "3, SOL_IP, IP_LOCAL_PORT_RANGE, [0x8000900], 4");
  EXPECT_EQ(text(0, 51, number(0x10000)), "3, SOL_IP, IP_LOCAL_PORT_RANGE, [0x10000 /* ..1 */], 4");
  EXPECT_EQ(text(255, 1, number(0x103)),
            "3, SOL_RAW, ICMP_FILTER, [ICMP_ECHOREPLY 0x1 /* ICMP_??? */ ICMP_ECHO], 4");
  EXPECT_EQ(text(255, 1, number(0xffffffff)), "3, SOL_RAW, ICMP_FILTER, ~[], 4");
  EXPECT_EQ(text(271, 127, number(2)), "3, SOL_TIPC, TIPC_IMPORTANCE, [TIPC_HIGH_IMPORTANCE], 4");
  std::string key(288, '\0');
  key[0] = 2;
  key.replace(128, 4, "hmac");
  key[202] = 24;
  key[207] = 2;
  key.replace(208, 2, "ab");
  EXPECT_EQ(text(6, 38, key),
            "3, SOL_TCP, TCP_AO_ADD_KEY, {addr={sa_family=AF_INET, sin_port=htons(0), "
            "sin_addr=inet_addr(\"0.0.0.0\")}, prefix=24, alg_name=\"hmac\", ifindex=0, "
            "set_current=0, set_rnext=0, sndid=0, rcvid=0, maclen=0, keyflags=0, "
            "key=\"\\x61\\x62\", keylen=2}, 288");
}

TEST(PrctlTest, StatesOfTheVectorUnit) {
  RecordBuilder builder(157);
  builder.args({69, 0x16, 0, 0, 0, 0}).ret(-22);
  EXPECT_EQ(text_of(builder),
            "PR_RISCV_V_SET_CONTROL, PR_RISCV_V_VSTATE_CTRL_ON|PR_RISCV_V_VSTATE_CTRL_OFF<<2|"
            "PR_RISCV_V_VSTATE_CTRL_INHERIT");
}

// Numbers in the order of bytes of a network, as -X raw and -X verbose have them.
TEST(NetworkOrderTest, NamesStandWithinTheFunction) {
  RecordBuilder builder(41);
  builder.args({17, 2 | 0x800, 0x0300, 0, 0, 0}).ret(3);
  EXPECT_EQ(text_of(builder), "AF_PACKET, SOCK_DGRAM|SOCK_NONBLOCK, htons(ETH_P_ALL)");
  EXPECT_EQ(text_of(builder, ConstantStyle::raw), "0x11, 0x2|0x800, htons(0x3)");
  EXPECT_EQ(text_of(builder, ConstantStyle::verbose),
            "0x11 /* AF_PACKET */, 0x2 /* SOCK_DGRAM */|0x800 /* SOCK_NONBLOCK */, "
            "htons(0x3 /* ETH_P_ALL */)");
}

TEST(NetworkOrderTest, ProtocolsOfAddressesAreBytes) {
  const std::array<std::uint8_t, 20> address = {17, 0, 0, 3, 1, 0, 0, 0, 1, 0, 0, 0};
  RecordBuilder builder(42);
  builder.args({3, place, address.size(), 0, 0, 0}).ret(-9);
  builder.memory(place, bytes_of(address), SC_AT_ENTRY);
  const std::string rest = text_of(builder);
  EXPECT_NE(rest.find("sll_protocol=htons(ETH_P_ALL), "), std::string::npos) << rest;
  const std::string raw = text_of(builder, ConstantStyle::raw);
  EXPECT_NE(raw.find("sll_protocol=\"\\x00\\x03\", "), std::string::npos) << raw;
  const std::string both = text_of(builder, ConstantStyle::verbose);
  EXPECT_NE(both.find("\"\\x00\\x03\" /* htons(ETH_P_ALL) */"), std::string::npos) << both;
}

// The attributes of perf_event_open(2): how long they are said to be, how much of them is readable,
// and what the kernel says of their length in return.
std::string perf_attributes(std::uint32_t size, std::size_t known, std::uint32_t answer,
                            bool abbreviate) {
  std::string all(144, '\0');
  const auto put = [&](std::size_t at, std::uint32_t value) {
    std::memcpy(all.data() + at, &value, sizeof value);
  };
  put(0, 4);  // PERF_TYPE_RAW
  put(4, size);
  put(108, 0x50007);
  put(116, 0xfffffff5);
  put(128, 3);
  put(136, 4);
  RecordBuilder builder(298);
  builder.args({place, 0, 0, 0, 0, 0}).ret(-7);  // E2BIG
  builder.memory(place, all.substr(0, known),
                 SC_AT_ENTRY | (known < size ? unsigned{SC_FAULT} : 0u));
  put(4, answer);
  builder.memory(place, all.substr(0, known),
                 SC_AT_EXIT | (known < size ? unsigned{SC_FAULT} : 0u));
  decode::Tape tape;
  decode::Options options;
  options.abbreviate = abbreviate;
  EXPECT_EQ(decode::decode_call(builder.record(), options, tape).name, "perf_event_open");
  TextBuffer out;
  ValueWriter(TextStyle{}).write(tape, 0, out);
  return std::string(out.view());
}

TEST(PerfEventTest, ShowsWhatTheirSizeSaysIsThere) {
  const auto tail = [](std::uint32_t size) {
    const std::string text = perf_attributes(size, 144, size, false);
    const std::size_t start = text.find("sample_max_stack");
    return start == std::string::npos ? std::string() : text.substr(start);
  };
  const std::string stack = "sample_max_stack=7";
  const std::string both = stack + " /* bytes 110..111: 0x5 */, aux_sample_size=0";
  const std::string actions =
      both +
      ", aux_start_paused=1, aux_pause=0, aux_resume=1, __reserved_3=0x1ffffffe /* Bits "
      "931..959 */";
  EXPECT_EQ(tail(108), "");
  EXPECT_EQ(tail(110), stack + "}");
  EXPECT_EQ(tail(116), both + "}");
  EXPECT_EQ(tail(120), actions + "}");
  EXPECT_EQ(tail(128), actions + ", sig_data=0}");
  EXPECT_EQ(tail(144), actions + ", sig_data=0, config3=0x3, config4=0x4}");
  EXPECT_EQ(tail(160), actions + ", sig_data=0, config3=0x3, config4=0x4, ...}");
}

TEST(PerfEventTest, SizeThatTheKernelDoesNotKnow) {
  EXPECT_EQ(perf_attributes(160, 144, 136, true),
            "{type=PERF_TYPE_RAW, size=0xa0 /* PERF_ATTR_SIZE_??? */ => PERF_ATTR_SIZE_VER8, "
            "config=0, sample_period=0, sample_type=0, read_format=0, precise_ip=0 /* arbitrary "
            "skid */, ...}");
  EXPECT_EQ(perf_attributes(63, 144, 63, true), "0x1000");
}

TEST(PerfEventTest, AbbreviatedFormNeedsItsOwnFields) {
  EXPECT_EQ(perf_attributes(128, 47, 128, true), "0x1000");
  EXPECT_NE(perf_attributes(128, 48, 128, true), "0x1000");
  EXPECT_EQ(perf_attributes(128, 127, 128, false), "0x1000");
}

}  // namespace
}  // namespace syscope::present
