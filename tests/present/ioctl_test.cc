// Requests of ioctl(2) from record to text, with the real catalog: those that strace 6.1 does not
// know, or tells otherwise.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <string>

#include "decode/decode.h"
#include "present/value_text.h"
#include "tests/decode/record_builder.h"

namespace syscope::present {
namespace {

constexpr std::uint32_t nr_ioctl = 16;
constexpr std::uint64_t place = 0x1000;

template <class Word, std::size_t size>
std::string bytes_of(const std::array<Word, size>& words) {
  return {reinterpret_cast<const char*>(words.data()), size * sizeof(Word)};
}

// The third argument of a request, and what the call made of it.
std::string argument(std::uint32_t request, const std::string& before, const std::string& after,
                     std::int64_t result, ConstantStyle constants = ConstantStyle::names,
                     const decode::Options& options = {}) {
  RecordBuilder builder(nr_ioctl);
  builder.args({3, request, place, 0, 0, 0}).ret(result);
  if (!before.empty()) builder.memory(place, before, SC_AT_ENTRY);
  if (!after.empty()) builder.memory(place, after, SC_AT_EXIT);
  decode::Tape tape;
  const auto decoded = decode::decode_call(builder.record(), options, tape);
  TextBuffer out;
  TextStyle style;
  style.constants = constants;
  const ValueWriter writer(style);
  for (std::uint32_t at = tape[tape[0].end].end; at < decoded.arguments_end; at = tape[at].end) {
    if (tape[at].joined) out.append(" => ");
    writer.write(tape, at, out);
  }
  return std::string(out.view());
}

TEST(Ioctl, MaskOfPidfdInfoTellsWhichFieldsCameBack) {
  std::array<std::uint32_t, 22> words = {};
  words[0] = 1;
  const std::string before = bytes_of(words);
  words = {1 | 2 | 64, 0, 5, 0, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 0, 1, 11};
  const std::string after = bytes_of(words);
  constexpr std::uint32_t request = 0xc058ff0b;
  EXPECT_EQ(
      argument(request, before, after, 0),
      "{mask=PIDFD_INFO_PID => PIDFD_INFO_PID|PIDFD_INFO_CREDS|PIDFD_INFO_COREDUMP_SIGNAL, "
      "pid=7, tgid=8, ppid=9, ruid=10, rgid=11, euid=12, egid=13, suid=14, sgid=15, fsuid=16, "
      "fsgid=17, coredump_signal=SIGSEGV}");
  EXPECT_EQ(argument(request, before, before, -9), "{mask=PIDFD_INFO_PID}");
}

TEST(Ioctl, ParametersOfEpollHaveATime) {
  const std::string set = bytes_of(std::array<std::uint16_t, 4>{1, 0, 2, 3});
  EXPECT_EQ(argument(0x40088a01, set, {}, -9),
            "{busy_poll_usecs=1 /* 0.000001 s */, busy_poll_budget=2, prefer_busy_poll=0x3}");
}

TEST(Ioctl, NamesOfFileSystemsEndWhereTheyAreSaidTo) {
  std::string path("\4sda12", 6);
  path.resize(129);
  EXPECT_EQ(argument(0x80811501, {}, path, 0), "{len=4, name=\"sda1\"...}");
  path[0] = 5;
  EXPECT_EQ(argument(0x80811501, {}, path, 0), "{len=5, name=\"sda12\"}");
}

TEST(Ioctl, ListsOfMemoryFilesGoOnBehindTheStruct) {
  const std::string head = bytes_of(std::array<std::uint32_t, 2>{1, 1});
  const std::string item = bytes_of(std::array<std::uint64_t, 3>{3, 0, 4096});
  EXPECT_EQ(argument(0x40087543, head + item, {}, -9),
            "{flags=UDMABUF_FLAGS_CLOEXEC, count=1, list=[{memfd=3, offset=0, size=4096}]}");
}

TEST(Ioctl, ArraysSayWhereTheirCountGoesBeyondTheRoom) {
  std::string statistics = bytes_of(std::array<std::uint64_t, 8>{1, 6, 0, 1, 2, 3, 4, 5});
  statistics.resize(1032);
  const std::string text = argument(0xc4089434, statistics, statistics, 0);
  EXPECT_NE(text.find("[BTRFS_DEV_STAT_GENERATION_ERRS]=5, ...]}"), std::string::npos) << text;
}

TEST(Ioctl, UnknownRequestsAreShownInHexadecimalWhereNothingIsAbbreviated) {
  decode::Options whole;
  whole.abbreviate = false;
  const auto text = [&](std::uint32_t request, std::string_view before, std::string_view after) {
    return argument(request, std::string(before), std::string(after), -25, ConstantStyle::names,
                    whole);
  };
  EXPECT_EQ(text(0x4002de34, "ab", "cd"), "\"\\x61\\x62\"");
  EXPECT_EQ(text(0x8002de34, {}, "cd"), "\"\\x63\\x64\"");
  EXPECT_EQ(text(0xc002de34, "ab", "cd"), "\"\\x61\\x62\" => \"\\x63\\x64\"");
  EXPECT_EQ(text(0xc002de34, "ab", "ab"), "\"\\x61\\x62\" => \"\\x61\\x62\"");
  EXPECT_EQ(text(0xc0028934, "ab", "cd"), "0x1000") << "other requests of sockets are told";
  EXPECT_EQ(argument(0xc002de34, "ab", "cd", 0), "0x1000");
}

TEST(Ioctl, NumbersOfPixelFormatsStandAloneAndWithoutNames) {
  std::array<std::uint32_t, 16> words = {1, 1};
  std::memcpy(&words[11], "JPEG", 4);
  const std::string format = bytes_of(words);
  EXPECT_NE(argument(0xc0405602, format, format, 0, ConstantStyle::verbose)
                .find("pixelformat=v4l2_fourcc('J', 'P', 'E', 'G') /* V4L2_PIX_FMT_JPEG */}"),
            std::string::npos);
  EXPECT_NE(argument(0xc0405602, format, format, 0, ConstantStyle::raw).find("=0x4745504a}"),
            std::string::npos);
}

TEST(Ioctl, DatesOfClocksOfDevicesAreTheirNames) {
  std::string request = bytes_of(std::array<std::uint32_t, 14>{1700000000, 0, 5});
  EXPECT_NE(argument(0x40383d03, request, {}, -9).find("{sec=1700000000, nsec=5} /* 2023-11-1"),
            std::string::npos);
  EXPECT_NE(argument(0x40383d03, request, {}, -9, ConstantStyle::raw)
                .find("{sec=1700000000, nsec=5}, period="),
            std::string::npos);
}

// A request of the device mapper, with room for two records behind its head.
struct MapperRequest {
  std::array<std::uint32_t, 10> numbers = {4, 45, 1, 512, 312, 2, 1, 0, 7};
  std::uint64_t device = 0xfd00;
  char names[257] = {'v', 'g'};
  char records[207] = {};

  [[nodiscard]] std::string bytes() const { return {reinterpret_cast<const char*>(this), 512}; }
  template <class T>
  void put(std::size_t offset, const T& value) {
    std::memcpy(reinterpret_cast<char*>(this) + offset, &value, sizeof value);
  }
};
static_assert(sizeof(MapperRequest) == 512);

TEST(Ioctl, DeviceMapperTellsWhatCameBackBehindTheHead) {
  constexpr std::uint32_t list_devices = 0xc138fd02;
  constexpr std::uint32_t table_status = 0xc138fd0c;
  decode::Options whole;
  whole.abbreviate = false;
  MapperRequest request;
  const std::string before = request.bytes();
  const std::string asked = "[{version=[4, 45, 1], data_size=512, data_start=312, flags=0}]";
  const std::string head = asked.substr(0, asked.size() - 1);
  EXPECT_EQ(argument(list_devices, before, {}, -9), asked);
  EXPECT_EQ(argument(list_devices, before, before, 0), asked + " => " + head + ", ...]");

  const auto told = [&](std::uint32_t code) {
    const std::string text = argument(code, before, request.bytes(), 0, ConstantStyle::names, whole);
    const std::size_t records = text.rfind("flags=0}");
    return text.substr(records + 8);
  };
  request.put(312, std::uint64_t{0xfd00});
  request.put(320, std::uint32_t{24});
  request.put(324, std::array<char, 4>{'o', 'n', 'e'});
  request.put(328, std::uint32_t{5});
  EXPECT_EQ(told(list_devices),
            ", {dev=makedev(0xfd, 0), name=\"one\", event_nr=5}, {dev=makedev(0, 0), name=\"\"}]");
  request.numbers[1] = 36;  // events came later
  request.put(320, std::uint32_t{8});
  EXPECT_EQ(told(list_devices),
            ", {dev=makedev(0xfd, 0), name=\"one\"}, ??? /* misplaced struct dm_name_list */]");
  request.numbers[4] = 512;
  EXPECT_EQ(told(list_devices), "]");

  request = {};
  request.put(312, std::uint64_t{1});
  request.put(328, std::int32_t{-3});
  request.put(332, std::uint32_t{64});
  request.put(336, std::array<char, 7>{'l', 'i', 'n', 'e', 'a', 'r'});
  EXPECT_EQ(told(table_status),
            ", {sector_start=1, length=0, status=-3, target_type=\"linear\", string=\"\"}, "
            "{sector_start=0, length=0, status=0, target_type=\"\", string=\"\"}]");
}

// Requests to a trusted execution environment point to a buffer whose length must be that of what
// it says to hold.
TEST(Ioctl, BuffersThatAreNotWhatTheyAreSaidToBeAreShownAsAddresses) {
  constexpr std::uint32_t send = 0x8010a407;
  constexpr std::uint64_t buffer = 0x2000;
  const auto text = [&](std::uint64_t length, std::int64_t result, std::uint64_t attribute = 5) {
    const std::string data = bytes_of(std::array<std::uint64_t, 2>{buffer, length});
    const std::string head = bytes_of(std::array<std::uint32_t, 2>{9, 1});
    const std::string param = bytes_of(std::array<std::uint64_t, 4>{attribute, 0x10, 0x20, 3});
    RecordBuilder builder(nr_ioctl);
    builder.args({3, send, place, 0, 0, 0}).ret(result).memory(place, data, SC_AT_ENTRY);
    builder.memory(buffer, head, SC_AT_ENTRY).memory(buffer + 8, param, SC_AT_ENTRY);
    builder.memory(buffer, head, SC_AT_EXIT).memory(buffer + 8, param, SC_AT_EXIT);
    decode::Tape tape;
    const auto decoded = decode::decode_call(builder.record(), {}, tape);
    TextBuffer out;
    ValueWriter(TextStyle{}).write(tape, tape[tape[0].end].end, out);
    EXPECT_EQ(decoded.arguments_end, tape[tape[tape[0].end].end].end);
    return std::string(out.view());
  };
  const std::string params =
      "params=[{attr=TEE_IOCTL_PARAM_ATTR_TYPE_MEMREF_INPUT, shm_offs=0x10, size=0x20, shm_id=3}]}";
  EXPECT_EQ(text(40, -9), "{buf_len=40, buf_ptr={num_params=1, " + params + "}");
  EXPECT_EQ(text(40, 0),
            "{buf_len=40, buf_ptr={num_params=1, " + params + " => {ret=9, " + params + "}");
  EXPECT_EQ(text(41, 0), "{buf_len=41, buf_ptr=0x2000}");
  EXPECT_NE(text(40, -9, 9).find("{attr=TEE_IOCTL_PARAM_ATTR_TYPE_UBUF_OUTPUT, buf=0x10, size=0x20}"),
            std::string::npos);
  EXPECT_NE(text(40, -9, 11).find("_OBJREF_INPUT, obj_id=0x10, flags=0x20}"), std::string::npos);
}

TEST(Ioctl, BuffersOfVideosThatWereMadeStandBehindTheResultOfATracer) {
  std::array<std::uint32_t, 64> words = {3, 2, 1};
  words[4] = 1;
  const std::string request = bytes_of(words);
  RecordBuilder builder(nr_ioctl);
  builder.args({3, 0xc100565c, place, 0, 0, 0}).ret(42).flags(SC_INJECTED | SC_NO_ERROR);
  builder.memory(place, request, SC_AT_ENTRY).memory(place, request, SC_AT_EXIT);
  decode::Tape tape;
  const auto decoded = decode::decode_call(builder.record(), {}, tape);
  ASSERT_LT(tape[decoded.result].end, tape.size());
  TextBuffer out;
  ValueWriter(TextStyle{}).write(tape, tape[decoded.result].end, out);
  EXPECT_EQ(out.view(), "{index=3, count=2}");
}

}  // namespace
}  // namespace syscope::present
