#include "present/trace_text.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "catalog/find.h"

namespace syscope::present {
namespace {

using decode::DecodedCall;
using decode::Tape;
using decode::Value;
using decode::ValueKind;

constexpr std::uint32_t nr_read = 0;

// A TraceText over a string, and records to feed it: read(3, "x", 1) = 1 and its like.
class TraceTextTest : public ::testing::Test {
 protected:
  void use(TraceTextStyle style) {
    text_.emplace(style, [this](std::uint32_t) -> Output& { return output_; });
  }
  TraceText& text() {
    if (!text_) use({});
    return *text_;
  }
  std::string written() { return std::string(output_.text().view()); }

  sc_head head(std::uint32_t tid, std::uint8_t flags = 0) {
    sc_head head = {};
    head.pid = head.tid = tid;
    head.flags = flags;
    head.time = time_ += 1'000'000;
    return head;
  }

  // Fills the tape with read's arguments: the descriptor, and what comes at exit.
  DecodedCall decoded(std::uint32_t tid, bool finished, std::uint8_t flags = 0) {
    record_ = {};
    record_.head = head(tid, flags);
    record_.nr = nr_read;
    record_.ret = 1;
    tape_.clear();
    DecodedCall call;
    call.record = &record_;
    call.name = "read";
    const auto& tables = catalog::tables(Abi::x86_64);
    call.call = catalog::find_call(tables, nr_read);
    if (call.call != nullptr) call.prototype = &tables.prototypes[call.call->prototype];
    call.arguments_at_entry = 1;
    call.waits_for_arguments = true;
    Value fd{.width = 4, .is_signed = true};
    fd.number = 3;
    fd.name = "fd";
    tape_.add(fd);
    const bool whole = finished && (flags & SC_NO_RETURN) == 0;
    if (whole) {
      Value data{.kind = ValueKind::string};
      data.name = "buf";
      data.bytes = as_bytes("x");
      tape_.add(data);
      Value count;
      count.number = 1;
      count.name = "count";
      tape_.add(count);
    }
    call.arguments_end = tape_.size();
    call.result = tape_.size();
    if (whole) {
      Value result;
      result.number = 1;
      tape_.add(result);
    }
    return call;
  }
  void announce(std::uint32_t tid) {
    const DecodedCall call = decoded(tid, false);
    text().announce(call, tape_);
  }
  void finish(std::uint32_t tid, std::uint8_t flags = 0) {
    const DecodedCall call = decoded(tid, true, flags);
    text().finish(call, tape_);
  }
  void add_task(std::uint32_t tid) {
    sc_task record = {};
    record.head = head(tid);
    text().task(record);
  }
  void exit(std::uint32_t tid, std::uint32_t wait_status) {
    sc_exit record = {};
    record.head = head(tid);
    record.wait_status = wait_status;
    text().exit(record, true);
  }

  Output output_{Fd()};
  std::optional<TraceText> text_;
  Tape tape_;
  sc_call record_ = {};
  std::uint64_t time_ = 0;
};

TEST_F(TraceTextTest, OneCall) {
  finish(7);
  EXPECT_EQ(written(), "read(3, \"x\", 1)                         = 1\n");
}

TEST_F(TraceTextTest, ColumnAndNames) {
  TraceTextStyle style;
  style.column = 0;
  style.values.argument_names = true;
  use(style);
  finish(7);
  EXPECT_EQ(written(), "read(fd=3, buf=\"x\", count=1) = 1\n");
}

TEST_F(TraceTextTest, AnnouncedAndUndisturbed) {
  announce(7);
  EXPECT_EQ(written(), "read(3");
  finish(7);
  EXPECT_EQ(written(), "read(3, \"x\", 1)                         = 1\n");
}

TEST_F(TraceTextTest, UnfinishedAndResumedAsStrace) {
  add_task(7);
  add_task(8);
  announce(7);
  finish(8);
  finish(7);
  EXPECT_EQ(written(),
            "[pid     7] read(3 <unfinished ...>\n"
            "[pid     8] read(3, \"x\", 1)             = 1\n"
            "[pid     7] <... read resumed>, \"x\", 1) = 1\n");
}

TEST_F(TraceTextTest, UnfinishedAndResumedForPeople) {
  TraceTextStyle style;
  style.early_separator = true;
  use(style);
  announce(7);
  EXPECT_EQ(written(), "read(3, ");
  finish(8);
  finish(7);
  EXPECT_EQ(written(),
            "read(3, <unfinished ...>\n"
            "read(3, \"x\", 1)                         = 1\n"
            "<... read resumed>\"x\", 1)               = 1\n");
}

TEST_F(TraceTextTest, KilledInsideACall) {
  announce(7);
  finish(7, SC_NO_RETURN);
  exit(7, 9);
  EXPECT_EQ(written(),
            "read(3 <unfinished ...>)                = ?\n"
            "+++ killed by SIGKILL +++\n");
}

TEST_F(TraceTextTest, PrefixOnlyWhileThereAreSeveral) {
  add_task(7);
  finish(7);
  add_task(8);
  exit(8, 0x300);
  exit(7, 0x83);
  EXPECT_EQ(written(),
            "read(3, \"x\", 1)                         = 1\n"
            "[pid     8] +++ exited with 3 +++\n"
            "+++ killed by SIGQUIT (core dumped) +++\n");
}

TEST_F(TraceTextTest, ExecOfAThreadThatIsNotTheLeader) {
  add_task(7);
  add_task(8);
  announce(8);
  sc_exec record = {};
  record.head = head(7);
  record.former_tid = 8;
  text().exec(record);
  finish(7);
  EXPECT_EQ(written(),
            "[pid     8] read(3 <pid changed to 7 ...>\n"
            "[pid     7] +++ superseded by execve in pid 8 +++\n"
            "<... read resumed>, \"x\", 1)             = 1\n");
}

TEST_F(TraceTextTest, DetachedAndLost) {
  announce(7);
  sc_lost lost = {};
  lost.head = head(8);
  lost.count = 132;
  text().lost(lost);
  announce(8);
  text().detach(head(8));
  EXPECT_EQ(written(),
            "read(3 <unfinished ...>\n"
            "!!! 132 calls of thread 8 were lost here\n"
            "read(3 <detached ...>\n");
}

TEST_F(TraceTextTest, EntryNotSeen) {
  finish(7, SC_NO_ENTRY);
  EXPECT_EQ(written(), "<... read resumed>)                     = 1\n");
}

TEST_F(TraceTextTest, ErrorsAndRestarts) {
  DecodedCall call = decoded(7, true);
  call.failed = true;
  call.error = 2;
  text().finish(call, tape_);
  call = decoded(7, true);
  call.failed = true;
  call.error = 512;
  text().finish(call, tape_);
  call = decoded(7, true);
  call.failed = true;
  call.error = 524;
  text().finish(call, tape_);
  EXPECT_EQ(
      written(),
      "read(3, \"x\", 1)                         = -1 ENOENT (No such file or directory)\n"
      "read(3, \"x\", 1)                         = ? ERESTARTSYS (To be restarted if SA_RESTART "
      "is set)\n"
      "read(3, \"x\", 1)                         = -1 ENOTSUPP (Unknown error 524)\n");
}

TEST_F(TraceTextTest, ChangeOfAbi) {
  DecodedCall call = decoded(7, true);
  record_.head.abi = SC_ABI_I386;
  text().finish(call, tape_);
  EXPECT_EQ(written(),
            "[ Process PID=7 runs in 32 bit mode. ]\n"
            "read(3, \"x\", 1)                         = 1\n");
}

}  // namespace
}  // namespace syscope::present
