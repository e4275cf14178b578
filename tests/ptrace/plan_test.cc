// What the plan runner copies, in a process of our own that waits for us.
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/plan_run.h"
#include "tests/ptrace/collector.h"

namespace syscope::capture::ptrace {
namespace {

sc_ref constant(sc_u32 number) { return {SC_CONST, 0, 0, number}; }
sc_ref argument(sc_u16 index) { return {SC_ARG, 8, index, 0}; }
sc_ref field(sc_u8 width, sc_u32 offset) { return {SC_FIELD, width, 0, offset}; }
sc_ref of_op(sc_u16 op, sc_u8 width, sc_u32 offset) { return {SC_OF_OP, width, op, offset}; }
const sc_ref result = {SC_RET, 8, 0, 0};
const sc_ref all = constant(~sc_u32{0});

sc_op read_op(sc_phase phase, sc_ref base, sc_ref length, sc_u32 cap = 4096, sc_ref filled = all) {
  return {
      SC_READ, static_cast<sc_u8>(phase), SC_CAP_BYTES, 0, SC_NO_PARENT, 0, cap, 1, base, length,
      filled};
}
sc_op string_op(sc_ref base, sc_cap_kind cap_kind, sc_u32 cap = 0) {
  return {SC_STRING,
          SC_ENTRY_PHASE,
          static_cast<sc_u8>(cap_kind),
          0,
          SC_NO_PARENT,
          0,
          cap,
          1,
          base,
          constant(0),
          all};
}

// Reads our own memory: process_vm_readv(2) does not mind, and no other process is needed.
class PlanTest : public testing::Test {
 protected:
  std::vector<event::Block> run(std::vector<sc_op> ops, sc_phase phase = SC_ENTRY_PHASE) {
    if (record.bytes().empty()) start();
    plan = std::move(ops);
    PlanRunner runner(string_limit, abbreviate);
    runner.run(::getpid(), abi, plan, phase, record);
    (void)record.finish();
    std::vector<event::Block> blocks;
    event::Blocks walk(record.bytes());
    while (auto block = walk.next()) blocks.push_back(*block);
    EXPECT_EQ(blocks.size(), record.call().blocks);
    return blocks;
  }
  sc_call& start() { return record.start<sc_call>(SC_CALL); }
  static std::uint64_t at(const void* pointer) { return reinterpret_cast<std::uint64_t>(pointer); }

  // Two pages, the second one unreadable.
  char* edge() {
    auto* const pages = static_cast<char*>(
        ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    ::mprotect(pages + 4096, 4096, PROT_NONE);
    return pages + 4096;
  }

  Abi abi = Abi::x86_64;
  std::uint32_t string_limit = 32;
  bool abbreviate = true;
  RecordBuffer record;
  std::vector<sc_op> plan;
};

TEST_F(PlanTest, AStringEndsWithItsNul) {
  const char text[] = "hello\0world";
  start().args[1] = at(text);
  const auto blocks = run({string_op(argument(1), SC_CAP_STRING)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].address, at(text));
  EXPECT_EQ(as_chars(blocks[0].bytes), std::string_view("hello\0", 6));
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY);
}

TEST_F(PlanTest, AStringBeyondTheLimitIsCut) {
  const std::string text(100, 'x');
  start().args[0] = at(text.c_str());
  const auto blocks = run({string_op(argument(0), SC_CAP_STRING)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].bytes.size(), 33u);
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY | SC_CUT);
}

TEST_F(PlanTest, AStringThatEndsExactlyAtTheLimitIsNotCut) {
  const std::string text(32, 'x');
  start().args[0] = at(text.c_str());
  const auto blocks = run({string_op(argument(0), SC_CAP_STRING)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].bytes.size(), 33u);
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY);
}

TEST_F(PlanTest, ALongPathCrossesPages) {
  auto* const pages = static_cast<char*>(
      ::mmap(nullptr, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  std::memset(pages + 3000, 'p', 3000);
  start().args[0] = at(pages + 3000);
  const auto blocks = run({string_op(argument(0), SC_CAP_BYTES, 4096)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].bytes.size(), 3001u);
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY);
}

TEST_F(PlanTest, AStringRightBeforeTheEndOfMemory) {
  char* const end = edge();
  std::memcpy(end - 4, "abc", 4);
  start().args[0] = at(end - 4);
  const auto blocks = run({string_op(argument(0), SC_CAP_BYTES, 4096)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(as_chars(blocks[0].bytes), std::string_view("abc\0", 4));
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY);
}

TEST_F(PlanTest, AStringWithoutEndBeforeTheEndOfMemory) {
  char* const end = edge();
  std::memcpy(end - 3, "abc", 3);
  start().args[0] = at(end - 3);
  const auto blocks = run({string_op(argument(0), SC_CAP_BYTES, 4096)});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(as_chars(blocks[0].bytes), "abc");
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY | SC_FAULT);
}

TEST_F(PlanTest, UnreadableMemoryIsAFaultAndDoesNotHideTheRest) {
  const char text[] = "fine";
  sc_call& call = start();
  call.args[0] = 16;
  call.args[1] = at(text);
  call.args[2] = 0;
  call.args[3] = ~std::uint64_t{0} - 4;
  const auto blocks =
      run({read_op(SC_ENTRY_PHASE, argument(0), constant(8)), string_op(argument(1), SC_CAP_STRING),
           read_op(SC_ENTRY_PHASE, argument(2), constant(8)),
           read_op(SC_ENTRY_PHASE, argument(3), constant(64))});
  ASSERT_EQ(blocks.size(), 3u);  // null is skipped
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY | SC_FAULT);
  EXPECT_EQ(blocks[0].bytes.size(), 0u);
  EXPECT_EQ(as_chars(blocks[1].bytes), std::string_view("fine\0", 5));
  EXPECT_EQ(blocks[2].flags, SC_AT_ENTRY | SC_FAULT);
}

TEST_F(PlanTest, AReadStopsWhereMemoryEnds) {
  char* const end = edge();
  start().args[0] = at(end - 10);
  const auto blocks = run({read_op(SC_ENTRY_PHASE, argument(0), constant(100))});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].bytes.size(), 10u);
  EXPECT_EQ(blocks[0].flags, SC_AT_ENTRY | SC_FAULT);
}

TEST_F(PlanTest, WhatWasFilledBoundsWhatCounts) {
  const char text[] = "0123456789";
  sc_call& call = start();
  call.args[1] = at(text);
  call.args[2] = 10;
  call.ret = 4;
  sc_op op = read_op(SC_EXIT_PHASE, argument(1), argument(2), 4096, result);
  op.flags = SC_ON_SUCCESS;
  auto blocks = run({op}, SC_EXIT_PHASE);
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(as_chars(blocks[0].bytes), "0123");
  EXPECT_EQ(blocks[0].flags, SC_AT_EXIT);

  sc_call& failing = start();
  failing.args[1] = at(text);
  failing.args[2] = 10;
  failing.ret = -9;
  EXPECT_TRUE(run({op}, SC_EXIT_PHASE).empty());
}

TEST_F(PlanTest, PointersAndTheStringsBehindThem) {
  const char* const arguments[] = {"one", "two", nullptr, "beyond"};
  start().args[1] = at(arguments);
  sc_op words = {SC_POINTERS, SC_ENTRY_PHASE, SC_CAP_ELEMENTS, 0,  SC_NO_PARENT, 0, 8,
                 1,           argument(1),    constant(0),     all};
  sc_op strings = string_op(field(8, 0), SC_CAP_STRING);
  strings.parent = 0;
  strings.stride = 8;
  const auto blocks = run({words, strings});
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(blocks[0].bytes.size(), 24u);
  EXPECT_EQ(as_chars(blocks[1].bytes), std::string_view("one\0", 4));
  EXPECT_EQ(as_chars(blocks[2].bytes), std::string_view("two\0", 4));
}

TEST_F(PlanTest, WhatFollowsEachElement) {
  struct {
    std::uint32_t count;
    char text[12];
  } const lists[] = {{3, "abcdef"}, {0, "ghijkl"}, {5, "mnopqr"}};
  start().args[1] = at(lists);
  sc_op structs = read_op(SC_ENTRY_PHASE, argument(1), constant(sizeof lists));
  sc_op tails = read_op(SC_ENTRY_PHASE, {SC_PLACE, 0, 0, 4}, field(4, 0));
  tails.parent = 0;
  tails.stride = 16;
  const auto blocks = run({structs, tails});
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(as_chars(blocks[1].bytes), "abc");
  EXPECT_EQ(blocks[1].address, at(lists[0].text));
  EXPECT_EQ(as_chars(blocks[2].bytes), "mnopq");
}

TEST_F(PlanTest, PointersOf32Bits) {
  abi = Abi::i386;
  const std::uint32_t words[] = {0x1000, 0x2000, 0, 0x3000};
  start().args[0] = at(words);
  sc_op op = {SC_POINTERS, SC_ENTRY_PHASE, SC_CAP_BYTES, 0,  SC_NO_PARENT, 0, 4096,
              1,           argument(0),    constant(0),  all};
  const auto blocks = run({op});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].bytes.size(), 12u);
}

TEST_F(PlanTest, BuffersShareTheResult) {
  char first[] = "aaaa", second[] = "bbbb", third[] = "cccc";
  const iovec vector[] = {{first, 4}, {second, 4}, {third, 4}};
  sc_call& call = start();
  call.args[1] = at(vector);
  call.args[2] = 3;
  call.ret = 6;
  sc_op entries = read_op(SC_EXIT_PHASE, argument(1), argument(2));
  entries.scale = sizeof(iovec);
  sc_op buffers = read_op(SC_EXIT_PHASE, field(8, 0), field(8, 8), 4096, result);
  buffers.parent = 0;
  buffers.stride = sizeof(iovec);
  buffers.flags = SC_SPREAD | SC_ON_SUCCESS;
  const auto blocks = run({entries, buffers}, SC_EXIT_PHASE);
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(as_chars(blocks[1].bytes), "aaaa");
  EXPECT_EQ(as_chars(blocks[2].bytes), "bb");
}

TEST_F(PlanTest, ALengthFromTheOtherPhase) {
  const char address[] = "0123456789abcdef";
  std::uint32_t length = 16;
  sc_call& call = start();
  call.args[1] = at(address);
  call.args[2] = at(&length);
  const sc_op entry_length = read_op(SC_ENTRY_PHASE, argument(2), constant(4));
  const sc_op exit_length = read_op(SC_EXIT_PHASE, argument(2), constant(4));
  const sc_op content = read_op(SC_EXIT_PHASE, argument(1), of_op(0, 4, 0), 128, of_op(1, 4, 0));
  ASSERT_EQ(run({entry_length, exit_length, content}).size(), 1u);
  length = 5;
  const auto blocks = run({entry_length, exit_length, content}, SC_EXIT_PHASE);
  ASSERT_EQ(blocks.size(), 3u);
  EXPECT_EQ(as_chars(blocks[2].bytes), "01234");
}

TEST_F(PlanTest, NothingMakesARecordLargerThanTheLimit) {
  const std::vector<char> large(4 << 20, 'x');
  std::vector<iovec> vector(20, iovec{const_cast<char*>(large.data()), 300'000});
  start().args[0] = at(vector.data());
  sc_op entries = read_op(SC_ENTRY_PHASE, argument(0), constant(20 * sizeof(iovec)));
  sc_op buffers = read_op(SC_ENTRY_PHASE, field(8, 0), field(8, 8), ~0u);
  buffers.parent = 0;
  buffers.stride = sizeof(iovec);
  const auto blocks = run({entries, buffers});
  EXPECT_LE(record.bytes().size(), RecordBuffer::limit + 8);
  ASSERT_GE(blocks.size(), 5u);
  EXPECT_NE(blocks.back().flags & SC_CUT, 0);
  EXPECT_GE(record.room() + 2 * sizeof(sc_block), RecordBuffer::reserve);  // for what is told besides
}

TEST_F(PlanTest, OpsThatWaitForEachOtherEnd) {
  sc_op first = read_op(SC_ENTRY_PHASE, of_op(1, 8, 0), constant(8));
  sc_op second = read_op(SC_ENTRY_PHASE, of_op(0, 8, 0), constant(8));
  EXPECT_TRUE(run({first, second}).empty());
}

TEST_F(PlanTest, ARunningEngineCopiesAtEntryAndExit) {
  HandPlans plans;
  plans.ops[SYS_write] = {read_op(SC_ENTRY_PHASE, argument(1), argument(2))};
  sc_op filled = read_op(SC_EXIT_PHASE, argument(1), argument(2), 4096, result);
  filled.flags = SC_ON_SUCCESS;
  plans.ops[SYS_read] = {filled};
  plans.ops[SYS_execve] = {string_op(argument(0), SC_CAP_BYTES, 4096)};
  Request request;
  request.command = shell("read x < /proc/sys/kernel/ostype; echo got $x > /dev/null");
  auto engine = make_engine(request, plans);
  ASSERT_TRUE(engine.has_value());
  Collector sink;
  ASSERT_TRUE(pump_to_end(**engine, sink).has_value());
  const auto execs = sink.calls(SYS_execve);
  ASSERT_EQ(execs.size(), 1u);
  EXPECT_EQ(as_chars(execs[0]->blocks().at(0).bytes), std::string_view("/bin/sh\0", 8));
  const auto writes = sink.calls(SYS_write);
  ASSERT_EQ(writes.size(), 1u);
  EXPECT_EQ(as_chars(writes[0]->blocks().at(0).bytes), "got Linux\n");
  bool found = false;
  for (const Kept* read : sink.calls(SYS_read)) {
    for (const event::Block& block : read->blocks())
      found |= as_chars(block.bytes).starts_with("L");
  }
  EXPECT_TRUE(found);
}

}  // namespace
}  // namespace syscope::capture::ptrace
