// Decoding of hand-made records by a hand-made catalog.
#include "decode/decode.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

#include "tests/decode/record_builder.h"
#include "tests/decode/sample_catalog.h"
#include "tests/decode/tape_text.h"

using namespace syscope;
using namespace syscope::sample;
using decode::Options;

namespace {

constexpr unsigned entry = SC_AT_ENTRY;
constexpr unsigned at_exit = SC_AT_EXIT;
constexpr std::string_view none_at_all;

// name(arguments) = result (notes)
std::string line(Bytes record, const Options& options = {}) {
  decode::Tape tape;
  const auto decoded = decode::decode_call(record, options, tape);
  std::string text =
      std::string(decoded.name) + "(" + tape_text(tape, 0, decoded.arguments_end) + ")";
  if (decoded.result == decoded.arguments_end && decoded.arguments_end == tape.size()) return text;
  text += " = " + tape_text(tape, decoded.result, decoded.result + 1);
  const std::string notes = tape_text(tape, tape[decoded.result].end, tape.size());
  if (!notes.empty() || !decoded.result_note.empty()) {
    text += " (" + notes + std::string(decoded.result_note) + ")";
  }
  return text;
}

std::string line(RecordBuilder& builder, const Options& options = {}) {
  return line(builder.record(), options);
}

template <class... T>
std::string packed(const T&... values) {
  std::string bytes;
  (bytes.append(reinterpret_cast<const char*>(&values), sizeof values), ...);
  return bytes;
}

using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;

}  // namespace

TEST(Call, BufferFilledByTheCall) {
  RecordBuilder call(nr_read);
  call.args({3, 0x1000, 100}).ret(5).memory(0x1000, "hello", at_exit);
  EXPECT_EQ(line(call), "read(fd=3, buf=\"hello\", count=100) = 5");
  EXPECT_EQ(line(call, {.string_limit = 2}), "read(fd=3, buf=\"he\"..., count=100) = 5");
  call.ret(0);
  EXPECT_EQ(line(call), "read(fd=3, buf=\"\", count=100) = 0");
  call.ret(-9);
  EXPECT_EQ(line(call), "read(fd=3, buf=0x1000, count=100) = -9");
}

TEST(Call, BufferThatTheEngineCut) {
  RecordBuilder call(nr_read);
  call.args({3, 0x1000, 100}).ret(50).memory(0x1000, "hello", at_exit | SC_CUT);
  EXPECT_EQ(line(call), "read(fd=3, buf=\"hello\"..., count=100) = 50");
}

TEST(Call, BufferThatCannotBeRead) {
  RecordBuilder call(nr_read);
  call.args({3, 0x1000, 100}).ret(50).memory(0x1000, "he", at_exit | SC_FAULT);
  EXPECT_EQ(line(call), "read(fd=3, buf=0x1000?0, count=100) = 50");
  RecordBuilder without(nr_read);
  without.args({3, 0x1000, 100}).ret(50);
  EXPECT_EQ(line(without), "read(fd=3, buf=0x1000?3, count=100) = 50");
}

TEST(Call, InFlightShowsWhatCountsAtEntry) {
  RecordBuilder call(nr_read, SC_ENTER);
  call.args({3, 0x1000, 100});
  decode::Tape tape;
  const auto decoded = decode::decode_call(call.record(), {}, tape);
  EXPECT_EQ(decoded.arguments_at_entry, 1u);
  EXPECT_EQ(tape_text(tape, 0, decoded.arguments_end), "fd=3");
  EXPECT_EQ(decoded.result, decoded.arguments_end);

  RecordBuilder whole(nr_read);
  whole.args({3, 0x1000, 100}).ret(1).memory(0x1000, "x", at_exit);
  EXPECT_EQ(decode::decode_call(whole.record(), {}, tape).arguments_at_entry, 1u);
}

TEST(Call, ConditionalArgument) {
  RecordBuilder call(nr_openat);
  call.args({u32(-100), 0x1000, 0, 0644}).ret(3);
  call.memory(0x1000, {"/etc/issue\0", 11}, entry);
  EXPECT_EQ(line(call), "openat(dirfd=-100, pathname=\"/etc/issue\", flags=0) = 3");
  call.args({u32(-100), 0x1000, 0101, 0644});
  EXPECT_EQ(line(call), "openat(dirfd=-100, pathname=\"/etc/issue\", flags=65, mode=420) = 3");
}

TEST(Call, PathsAreNotShortened) {
  const std::string path(300, 'p');
  RecordBuilder call(nr_openat);
  call.args({0, 0x1000}).ret(3).memory(0x1000, path + '\0', entry);
  EXPECT_EQ(line(call), "openat(dirfd=0, pathname=\"" + path + "\", flags=0) = 3");
  decode::Tape tape;
  (void)decode::decode_call(call.record(), {}, tape);
  EXPECT_TRUE(tape[1].is_path);
}

TEST(Call, ReadLateCountsAsEntry) {
  RecordBuilder call(nr_openat);
  call.args({0, 0x1000}).ret(3).memory(0x1000, none_at_all, entry | SC_FAULT);
  call.memory(0x1000, {"late\0", 5}, entry | SC_LATE);
  EXPECT_EQ(line(call), "openat(dirfd=0, pathname=\"late\", flags=0) = 3");
}

TEST(Call, StringThatRunsIntoUnreadableMemory) {
  RecordBuilder call(nr_openat);
  call.args({0, 0x1000}).ret(-14).memory(0x1000, "abc", entry | SC_FAULT);
  EXPECT_EQ(line(call), "openat(dirfd=0, pathname=0x1000?0, flags=0) = -14");
}

TEST(Call, VectorsOfStrings) {
  RecordBuilder call(nr_execve);
  call.args({0x1000, 0x2000, 0x3000}).ret(0).memory(0x1000, {"/bin/ls\0", 8}, entry);
  call.object(0x2000, std::array<u64, 3>{0x4000, 0x5000, 0}, entry);
  call.memory(0x4000, {"ls\0", 3}, entry).memory(0x5000, {"-l\0", 3}, entry);
  call.object(0x3000, std::array<u64, 3>{0x6000, 0x7000, 0}, entry);
  call.memory(0x6000, {"A=1\0", 4}, entry).memory(0x7000, {"B=2\0", 4}, entry);
  EXPECT_EQ(line(call),
            "execve(pathname=\"/bin/ls\", argv=[\"ls\", \"-l\"], envp=0x3000 /* 2 vars */) = 0");
  EXPECT_EQ(line(call, {.abbreviate = false}),
            "execve(pathname=\"/bin/ls\", argv=[\"ls\", \"-l\"], envp=[\"A=1\", \"B=2\"]) = 0");
  EXPECT_EQ(line(call, {.string_limit = 1}),
            "execve(pathname=\"/bin/ls\", argv=[\"l\"..., ...], envp=0x3000 /* 2 vars */) = 0");
}

TEST(Call, SizedStructureAndItsLength) {
  RecordBuilder call(nr_getsockname);
  call.args({3, 0x1000, 0x2000}).ret(0).object(0x2000, 128, entry).object(0x2000, 8, at_exit);
  call.memory(0x1000, packed(u16(2), u16(0x5000), u32(0x0100007f)), at_exit);
  EXPECT_EQ(line(call),
            "getsockname(sockfd=3, addr={sa_family=2, sin_port=80, sin_addr=2130706433}, "
            "addrlen=[128 => 8]) = 0");
}

TEST(Call, SizedStructureCutShort) {
  const auto with_length = [](int length) {
    RecordBuilder call(nr_getsockname);
    call.args({3, 0x1000, 0x2000})
        .ret(0)
        .object(0x2000, length, entry)
        .object(0x2000, length, at_exit);
    call.memory(0x1000, packed(u16(2), u16(0x5000), u32(0x0100007f)), at_exit);
    return line(call);
  };
  EXPECT_EQ(with_length(4),
            "getsockname(sockfd=3, addr={sa_family=2, sin_port=80}, addrlen=[4]) = 0");
  EXPECT_EQ(with_length(2), "getsockname(sockfd=3, addr={sa_family=2}, addrlen=[2]) = 0");
  EXPECT_EQ(with_length(1), "getsockname(sockfd=3, addr=0x1000, addrlen=[1]) = 0");
  EXPECT_EQ(with_length(-1), "getsockname(sockfd=3, addr=0x1000, addrlen=[-1]) = 0");
}

TEST(Call, FailedCallShowsOnlyWhatWentIn) {
  RecordBuilder call(nr_getsockname);
  call.args({3, 0x1000, 0x2000}).ret(-9).object(0x2000, 128, entry);
  EXPECT_EQ(line(call), "getsockname(sockfd=3, addr=0x1000, addrlen=[128]) = -9");
}

TEST(Call, UnixAddresses) {
  const auto with_path = [](std::string_view path) {
    RecordBuilder call(nr_getsockname);
    const int length = static_cast<int>(path.size()) + 2;
    call.args({3, 0x1000, 0x2000})
        .ret(0)
        .object(0x2000, length, entry)
        .object(0x2000, length, at_exit);
    call.memory(0x1000, packed(u16(1)) + std::string(path), at_exit);
    const std::string text = line(call);
    return text.substr(0, text.find(", addrlen"));
  };
  EXPECT_EQ(with_path({"/run/x\0\0", 8}),
            "getsockname(sockfd=3, addr={sa_family=1, sun_path=\"/run/x\"}");
  EXPECT_EQ(with_path({"\0abc", 4}), "getsockname(sockfd=3, addr={sa_family=1, sun_path=@\"abc\"}");
  EXPECT_EQ(with_path({"\0", 1}), "getsockname(sockfd=3, addr={sa_family=1, sun_path=@\"\"}");
  EXPECT_EQ(with_path({}), "getsockname(sockfd=3, addr={sa_family=1}");
}

TEST(Call, StructureBriefAndWhole) {
  RecordBuilder call(nr_stat);
  call.args({0x1000, 0x2000}).ret(0).memory(0x1000, {"/\0", 2}, entry);
  call.memory(0x2000, packed(u64(7), u32(0100644), u32(1), u64(26), u64(0)), at_exit);
  EXPECT_EQ(line(call), "stat(pathname=\"/\", statbuf={st_mode=33188, st_size=26, ...}) = 0");
  EXPECT_EQ(line(call, {.abbreviate = false}),
            "stat(pathname=\"/\", statbuf={st_ino=7, st_mode=33188, st_size=26}) = 0");
  EXPECT_EQ(line(call, {.verbose = false}), "stat(pathname=\"/\", statbuf=0x2000) = 0");
  EXPECT_EQ(line(call, {.raw = true}), "stat(pathname=4096, statbuf=8192) = 0");
}

TEST(Call, StructureThatCannotBeReadWhole) {
  RecordBuilder call(nr_stat);
  call.args({0x1000, 0x2000}).ret(0).memory(0x1000, {"/\0", 2}, entry);
  call.memory(0x2000, packed(u64(7), u32(0100644)), at_exit | SC_FAULT);
  EXPECT_EQ(line(call), "stat(pathname=\"/\", statbuf=0x2000?0) = 0");
}

TEST(Call, ScatteredBuffersShareTheResult) {
  RecordBuilder call(nr_readv);
  call.args({3, 0x1000, 2}).ret(6).object(0x1000, std::array<u64, 4>{0x2000, 4, 0x3000, 4}, entry);
  call.memory(0x2000, "abcd", at_exit).memory(0x3000, "ef", at_exit);
  EXPECT_EQ(line(call),
            "readv(fd=3, iov=[{iov_base=\"abcd\", iov_len=4}, {iov_base=\"ef\", iov_len=4}], "
            "iovcnt=2) = 6");
  call.ret(-9);
  EXPECT_EQ(line(call),
            "readv(fd=3, iov=[{iov_base=0x2000, iov_len=4}, {iov_base=0x3000, iov_len=4}], "
            "iovcnt=2) = -9");
}

TEST(Call, EntryAndFinishedCallAgree) {
  for (const sc_kind kind : {SC_ENTER, SC_CALL}) {
    RecordBuilder call(nr_writev, kind);
    call.args({3, 0x1000, 1}).ret(2).object(0x1000, std::array<u64, 2>{0x2000, 4}, entry);
    call.memory(0x2000, "abcd", entry);
    const std::string text = line(call);
    EXPECT_EQ(text.substr(0, text.find(')') + 1),
              "writev(fd=3, iov=[{iov_base=\"abcd\", iov_len=4}], iovcnt=1)");
  }
}

TEST(Call, MessageWithControlMessages) {
  const std::string control = packed(u64(24), 1, 1, 3, 4) + packed(u64(20), 77, 1, 5);
  RecordBuilder call(nr_sendmsg);
  call.args({3, 0x1000, 0}).ret(2);
  call.memory(0x1000,
              packed(u64(0), u64(0), u64(0x2000), u64(1), u64(0x3000), u64(control.size()), u64(0)),
              entry);
  call.object(0x2000, std::array<u64, 2>{0x4000, 2}, entry).memory(0x4000, "hi", entry);
  call.memory(0x3000, control, entry);
  EXPECT_EQ(
      line(call),
      "sendmsg(sockfd=3, msg={msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base=\"hi\", "
      "iov_len=2}], "
      "msg_iovlen=1, msg_control=[{cmsg_len=24, cmsg_level=1, cmsg_type=1, cmsg_data=[3, 4]}, "
      "{cmsg_len=20, cmsg_level=77, cmsg_type=1, cmsg_data=\"\5" +
          std::string(3, '\0') + "\"}], msg_controllen=44, msg_flags=0}, flags=0) = 2");
}

TEST(Call, PollTellsWhichAreReady) {
  RecordBuilder call(nr_poll);
  const auto fds = [](u16 a, u16 b) { return packed(3, u16(1), a, 4, u16(4), b); };
  call.args({0x1000, 2, u32(-1)}).ret(1).memory(0x1000, fds(0, 0), entry);
  call.memory(0x1000, fds(0, 4), at_exit);
  EXPECT_EQ(line(call),
            "poll(fds=[{fd=3, events=1}, {fd=4, events=4}], nfds=2, timeout=-1) = 1 "
            "([{fd=4, revents=4}])");
  call.ret(0);
  EXPECT_EQ(line(call),
            "poll(fds=[{fd=3, events=1}, {fd=4, events=4}], nfds=2, timeout=-1) = 0 (Timeout)");
}

TEST(Call, SelectTellsWhichAreReady) {
  RecordBuilder call(nr_select);
  call.args({8, 0x1000, 0x2000, 0, 0x3000}).ret(1).object(0x1000, u64(0x18), entry);
  call.object(0x2000, u64(1), entry)
      .object(0x1000, u64(8), at_exit)
      .object(0x2000, u64(0), at_exit);
  call.memory(0x3000, packed(u64(1), u64(0)), entry)
      .memory(0x3000, packed(u64(0), u64(5)), at_exit);
  EXPECT_EQ(line(call),
            "select(nfds=8, readfds=[3 4], writefds=[0], exceptfds=NULL, "
            "timeout={tv_sec=1, tv_usec=0}) = 1 (in=[3], left={tv_sec=0, tv_usec=5})");
}

TEST(Call, VariantsChooseThePrototype) {
  RecordBuilder call(nr_fcntl);
  EXPECT_EQ(line(call.args({3, 0, 10}).ret(10)), "fcntl(fd=3, op=0, arg=10) = 10");
  EXPECT_EQ(line(call.args({3, 1, 10}).ret(1)), "fcntl(fd=3, op=1) = 1");
  EXPECT_EQ(line(call.args({3, 99, 10}).ret(1)), "fcntl(fd=3, op=99, arg=10) = 1");
}

TEST(Call, SignalSets) {
  RecordBuilder call(nr_sigprocmask);
  call.args({0, 0x1000, 8}).ret(0).object(0x1000, u64(2) | u64(1) << 16, entry);
  EXPECT_EQ(line(call), "sigprocmask(how=0, set=[2 17], size=8) = 0");
  RecordBuilder most(nr_sigprocmask);
  most.args({0, 0x1000, 8}).ret(0).object(0x1000, ~u64(1 << 8), entry);
  EXPECT_EQ(line(most), "sigprocmask(how=0, set=~[9], size=8) = 0");
}

TEST(Call, DirectoryEntries) {
  const auto dirent = [](u64 inode, const char* name) {
    std::string entry = packed(inode, u64(1), u16(24), '\4');
    entry += name;
    entry.resize(24);
    return entry;
  };
  RecordBuilder call(nr_getdents);
  call.args({3, 0x1000, 100}).ret(48).memory(0x1000, dirent(5, ".") + dirent(6, "a"), at_exit);
  EXPECT_EQ(line(call), "getdents64(fd=3, dirp=0x1000 /* 2 entries */, count=100) = 48");
  EXPECT_EQ(line(call, {.abbreviate = false}),
            "getdents64(fd=3, dirp=[{d_ino=5, d_off=1, d_reclen=24, d_type=DT_DIR, d_name=\".\"}, "
            "{d_ino=6, d_off=1, d_reclen=24, d_type=DT_DIR, d_name=\"a\"}], count=100) = 48");
}

TEST(Call, ArraysStopAtTheLimit) {
  RecordBuilder call(nr_getgroups);
  call.args({10, 0x1000}).ret(3).memory(0x1000, packed(1, 2, 3), at_exit);
  EXPECT_EQ(line(call), "getgroups(size=10, list=[1, 2, 3]) = 3");
  EXPECT_EQ(line(call, {.string_limit = 2}), "getgroups(size=10, list=[1, 2, ...]) = 3");
  EXPECT_EQ(line(call.args({0, 0x1000}).ret(0)), "getgroups(size=0, list=[]) = 0");
}

TEST(Call, ArrayThatEndsInUnreadableMemory) {
  RecordBuilder call(nr_getgroups);
  call.args({10, 0x1000}).ret(3).memory(0x1000, packed(1, 2), at_exit | SC_FAULT);
  EXPECT_EQ(line(call), "getgroups(size=10, list=[1, 2, ... /* 0x1008 */]) = 3");
}

TEST(Call, HooksOfRegistersAndUnknownHooks) {
  RecordBuilder call(nr_signal);
  call.args({2, 1, 0x1000}).ret(0).memory(0x1000, "abcd", entry);
  EXPECT_EQ(line(call), "signal(signum=2, handler=SIG_IGN, unknown=\"abcd\") = 0");
  EXPECT_EQ(line(call.args({2, 0x4000, 0})), "signal(signum=2, handler=0x4000, unknown=NULL) = 0");
}

TEST(Call, TextInStructures) {
  RecordBuilder call(nr_uname);
  call.args({0x1000}).ret(0).memory(0x1000, {"Linux\0xx12345678", 16}, at_exit);
  EXPECT_EQ(line(call, {.string_limit = 2}),
            "uname(buf={sysname=\"Linux\", release=\"1234567\"...}) = 0");
}

TEST(Call, ChangesAreShownOnce) {
  RecordBuilder call(nr_sockopt);
  call.args({3, 0x1000, 0x2000}).ret(0).object(0x1000, 1, entry).object(0x1000, 1, at_exit);
  call.memory(0x2000, packed(u64(1), u64(2)), entry)
      .memory(0x2000, packed(u64(1), u64(3)), at_exit);
  EXPECT_EQ(line(call),
            "sockopt(fd=3, value=[1], address={tv_sec=1, tv_usec=2} => {tv_sec=1, tv_usec=3}) = 0");
}

TEST(Call, WithoutReturn) {
  RecordBuilder call(nr_exit);
  call.args({7}).flags(SC_NO_RETURN);
  EXPECT_EQ(line(call), "exit(status=7)");
  RecordBuilder killed(nr_read);
  killed.args({3, 0x1000, 10}).flags(SC_NO_RETURN);
  EXPECT_EQ(line(killed), "read(fd=3, buf=0x1000, count=10)");
}

TEST(Call, UnknownNumbers) {
  RecordBuilder call(1000);
  call.args({1, 2}).ret(-38);
  EXPECT_EQ(line(call), "syscall_0x3e8(arg1=1, arg2=2, arg3=0, arg4=0, arg5=0, arg6=0) = -38");
  RecordBuilder cancelled(u32(-1));
  EXPECT_EQ(line(cancelled).substr(0, 29), "syscall_0xffffffffffffffff(ar");
}

TEST(Call, ErrorsAreNumbersOfTheAbi) {
  RecordBuilder call(nr_exit, SC_CALL, SC_ABI_I386);
  call.ret(0xfffffff7);
  decode::Tape tape;
  const auto decoded = decode::decode_call(call.record(), {}, tape);
  EXPECT_TRUE(decoded.failed);
  EXPECT_EQ(decoded.error, 9);
}

TEST(Call, BytesThatAreNoRecord) {
  decode::Tape tape;
  EXPECT_EQ(decode::decode_call({}, {}, tape).record, nullptr);
  EXPECT_EQ(decode::decode_signal({}, tape).record, nullptr);
}

TEST(Call, ThousandsOfStringsTakeLinearTime) {
  constexpr u64 count = 60000;
  std::vector<u64> pointers;
  for (u64 i = 0; i < count; ++i) pointers.push_back(0x100000 + 16 * i);
  pointers.push_back(0);
  RecordBuilder call(nr_execve);
  call.args({0x1000, 0x2000, 0}).memory(0x1000, {"x\0", 2}, entry);
  call.memory(0x2000, {reinterpret_cast<const char*>(pointers.data()), pointers.size() * 8}, entry);
  for (u64 i = 0; i < count; ++i) call.memory(pointers[i], {"a\0", 2}, entry);
  decode::Tape tape;
  (void)decode::decode_call(call.record(), {.abbreviate = false}, tape);
  EXPECT_EQ(tape.size(), count + 4);
  EXPECT_EQ(tape[count].kind, decode::ValueKind::string);  // the bounded steps sufficed for all
}

TEST(Signal, Child) {
  SignalBuilder signal(17);
  signal.put(8, 1).put(16, 42).put(20, 1000).put(24, 3);
  decode::Tape tape;
  EXPECT_TRUE(decode::decode_signal(signal.record(), tape).has_info);
  EXPECT_EQ(tape_text(tape, 0, 1),
            "{si_signo=17, si_code=CLD_EXITED, si_pid=42, si_uid=1000, si_status=3, "
            "si_utime=0, si_stime=0}");
}

TEST(Signal, SentFaultTimerAndSystemCall) {
  decode::Tape tape;
  const auto text = [&](SignalBuilder& signal) {
    (void)decode::decode_signal(signal.record(), tape);
    return tape_text(tape, 0, 1);
  };
  EXPECT_EQ(text(SignalBuilder(10).put(8, -1).put(16, 5).put(24, u64(7))),
            "{si_signo=10, si_code=SI_QUEUE, si_pid=5, si_uid=0, si_int=7, si_ptr=0x7}");
  EXPECT_EQ(text(SignalBuilder(1).put(8, 0).put(16, 5)),
            "{si_signo=1, si_code=SI_USER, si_pid=5, si_uid=0}");
  EXPECT_EQ(text(SignalBuilder(11).put(8, 1).put(16, u64(8))),
            "{si_signo=11, si_code=SEGV_MAPERR, si_addr=0x8}");
  EXPECT_EQ(text(SignalBuilder(14).put(8, -2).put(20, 1).put(24, u64(3))),
            "{si_signo=14, si_code=SI_TIMER, si_timerid=0, si_overrun=1, si_int=3, si_ptr=0x3}");
  EXPECT_EQ(text(SignalBuilder(14).put(8, 0x80)), "{si_signo=14, si_code=SI_KERNEL}");
  EXPECT_EQ(
      text(SignalBuilder(31).put(8, 1).put(16, u64(64)).put(24, int(nr_poll)).put(28, 0xc000003e)),
      "{si_signo=31, si_code=SYS_SECCOMP, si_call_addr=0x40, si_syscall=__NR_poll, "
      "si_arch=AUDIT_ARCH_X86_64}");
  EXPECT_EQ(text(SignalBuilder(11).put(8, 99)), "{si_signo=11, si_code=99, si_addr=NULL}");
}

TEST(Tape, KeepsTextsWhereTheyAre) {
  decode::Tape tape;
  for (int round = 0; round < 3; ++round) {
    tape.clear();
    std::vector<std::string_view> kept;
    for (int i = 0; i < 3000; ++i) kept.push_back(tape.keep(std::to_string(i)));
    const std::string large(100000, 'x');
    EXPECT_EQ(tape.keep(large), large);
    for (int i = 0; i < 3000; ++i) EXPECT_EQ(kept[static_cast<std::size_t>(i)], std::to_string(i));
  }
}
