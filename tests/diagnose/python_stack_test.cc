#include "diagnose/python_stack.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace syscope::diagnose {
namespace {

using namespace std::string_view_literals;

TEST(LineOfInstruction, FollowsEveryFormOfEntry) {
  // One unit on the first line (one-line form), two units two lines further (short form 12), one unit
  // without a location, one unit three lines back (no columns, signed 3 as 7).
  constexpr auto table = "\xd8\x01\x02\xe1\x01\x02\xf8\xe8\x07"sv;
  EXPECT_EQ(line_of_instruction(table, 10, 0), 11);
  EXPECT_EQ(line_of_instruction(table, 10, 1), 13);
  EXPECT_EQ(line_of_instruction(table, 10, 2), 13);
  EXPECT_EQ(line_of_instruction(table, 10, 3), 0);
  EXPECT_EQ(line_of_instruction(table, 10, 4), 10);
  EXPECT_EQ(line_of_instruction(table, 10, 5), 0) << "behind the end";
}

TEST(LineOfInstruction, EndsOnRubbish) {
  EXPECT_EQ(line_of_instruction(""sv, 1, 0), 0);
  EXPECT_EQ(line_of_instruction("\xff\xff\xff\xff"sv, 1, 100), 0);
  EXPECT_EQ(line_of_instruction("\x00\x7f\x7f\x7f\x7f\x7f\x7f\x7f\x7f"sv, 1, 100), 0);
}

// The structures of CPython 3.12 as far as the fields that are read, by the names of its headers; made
// here, for no Debian has that version.
namespace python312 {
struct String {
  std::uint64_t ob_refcnt, ob_type, length, hash;
  std::uint32_t state, padding;
  char data[32];
};
struct Bytes {
  std::uint64_t ob_refcnt, ob_type, ob_size, ob_shash;
  char ob_sval[16];
};
struct Code {
  std::uint64_t ob_refcnt, ob_type, ob_size;
  void *co_consts, *co_names, *co_exceptiontable;
  int co_flags, co_argcount, co_posonlyargcount, co_kwonlyargcount, co_stacksize, co_firstlineno;
  int co_nlocalsplus, co_framesize, co_nlocals, co_ncellvars, co_nfreevars;
  std::uint32_t co_version;
  void *co_localsplusnames, *co_localspluskinds;
  String *co_filename, *co_name, *co_qualname;
  Bytes* co_linetable;
  void *co_weakreflist, *_co_cached;
  std::uint64_t _co_instrumentation_version;
  void* _co_monitoring;
  int _co_firsttraceable;
  void* co_extra;
  std::uint16_t co_code_adaptive[4];
};
struct Frame {
  Code* f_code;
  Frame* previous;
  void *f_funcobj, *f_globals, *f_builtins, *f_locals, *frame_obj;
  std::uint16_t* prev_instr;
  int stacktop;
  std::uint16_t return_offset;
  char owner;
};
struct CFrame {
  Frame* current_frame;
  CFrame* previous;
};
struct Thread {
  Thread *prev, *next;
  void* interp;
  unsigned status;
  int py_recursion_remaining, py_recursion_limit, c_recursion_remaining, recursion_headroom, tracing,
      what_event;
  CFrame* cframe;
  void *c_profilefunc, *c_tracefunc, *c_profileobj, *c_traceobj, *current_exception, *exc_info, *dict;
  int gilstate_counter;
  void* async_exc;
  unsigned long thread_id, native_thread_id;
};
struct Interpreter {
  Interpreter* next;
  std::int64_t id, id_refcount;
  int requires_idref;
  void* id_mutex;
  int _initialized, finalizing;
  std::uint64_t monitoring_version, last_restart_version, next_unique_id;
  Thread* threads_head;
};

String string(const char* text) {
  String made{.ob_refcnt = 1, .ob_type = 0, .length = std::strlen(text), .hash = 0, .state = 0x64,
              .padding = 0, .data = {}};
  std::strcpy(made.data, text);
  return made;
}
Bytes lines(std::string_view table) {
  Bytes made{.ob_refcnt = 1, .ob_type = 0, .ob_size = table.size(), .ob_shash = 0, .ob_sval = {}};
  table.copy(made.ob_sval, sizeof made.ob_sval);
  return made;
}
}  // namespace python312

TEST(PythonFrames, OfVersion312AreReadFromMemory) {
  using namespace python312;
  auto root = capture::proc::Root::open();
  ASSERT_TRUE(root);
  resolve::World world(std::move(*root));
  Scene scene(world, std::chrono::steady_clock::now() + std::chrono::seconds(60));

  String file = string("/srv/app.py"), inner_name = string("inner"), outer_name = string("outer");
  Bytes table = lines("\xd8\x01\x02\xe1\x01\x02"sv);
  Code inner{}, outer{};
  inner.co_filename = outer.co_filename = &file;
  inner.co_name = &inner_name;
  outer.co_name = &outer_name;
  inner.co_linetable = outer.co_linetable = &table;
  inner.co_firstlineno = 10;
  outer.co_firstlineno = 20;
  // inner <- outer <- the interpreter's own
  Frame own{}, outer_frame{}, inner_frame{};
  own.owner = 3;
  outer_frame.f_code = &outer;
  outer_frame.previous = &own;
  outer_frame.prev_instr = outer.co_code_adaptive + 1;
  inner_frame.f_code = &inner;
  inner_frame.previous = &outer_frame;
  inner_frame.prev_instr = inner.co_code_adaptive;
  CFrame cframe{&inner_frame, nullptr};
  Thread waiting{}, other{};
  other.next = &waiting;
  waiting.native_thread_id = static_cast<unsigned long>(::gettid());
  waiting.cframe = &cframe;
  Interpreter second{}, first{};
  second.threads_head = &other;
  first.next = &second;
  std::array<void*, 6> runtime{};
  runtime[5] = &first;

  const auto layout = python_layout(0x030c);
  ASSERT_TRUE(layout);
  const auto frames = python_frames({::getpid(), ::gettid()},
                                    reinterpret_cast<std::uint64_t>(&runtime), *layout, scene);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].text, "app.py:11 in inner");
  EXPECT_FALSE(frames[0].is_entry);
  EXPECT_EQ(frames[1].text, "app.py:23 in outer");
  EXPECT_TRUE(frames[1].is_entry) << "the interpreter was entered with it";
}

TEST(PythonDebugOffsets, AreReadOnlyWhereTheyAreUnderstood) {
  std::array<std::uint64_t, PythonDebugOffsets::words> words;
  for (std::size_t at = 0; at < words.size(); ++at) words[at] = 1000 + at;
  EXPECT_EQ(PythonDebugOffsets::version(words), 0u);
  EXPECT_FALSE(PythonDebugOffsets::layout(words));
  std::memcpy(words.data(), "xdebugpy", 8);
  words[2] = 0;
  words[1] = 0x030d01f0;
  EXPECT_EQ(PythonDebugOffsets::version(words), 0x030du);
  const auto in_313 = PythonDebugOffsets::layout(words);
  ASSERT_TRUE(in_313);
  EXPECT_EQ(in_313->runtime_interpreters, 1005u);
  EXPECT_EQ(in_313->frame_owner, 1033u);
  EXPECT_EQ(in_313->string_ascii_data, 1070u);
  words[1] = 0x030e00f0;
  const auto in_314 = PythonDebugOffsets::layout(words);
  ASSERT_TRUE(in_314);
  EXPECT_EQ(in_314->frame_owner, 1036u);
  EXPECT_EQ(in_314->string_ascii_data, 1080u);
  words[1] = 0x030f00a1;
  EXPECT_FALSE(PythonDebugOffsets::layout(words)) << "3.15 has words that nobody knows here";
  words[1] = 0x030d01f0;
  words[2] = 1;
  EXPECT_FALSE(PythonDebugOffsets::layout(words)) << "without a global lock";
}

}  // namespace
}  // namespace syscope::diagnose
