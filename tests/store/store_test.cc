// A stream written to a file and read back: whole, cut off at any byte, and damaged.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

#include "event/view.h"
#include "store/replay.h"
#include "store/writer.h"

namespace syscope::store {
namespace {

using capture::Progress;
using std::chrono::milliseconds;

struct Text : capture::RecordSink {
  void accept(Bytes record) override {
    if (event::head(record).kind == SC_NOTE) {
      ++notes;
    } else {
      text += as_chars(record);
      ++records;
    }
  }
  std::string text;
  int records = 0;
  int notes = 0;
};

template <class T>
void add(std::string& stream, T record, sc_kind kind, std::string_view behind = {}) {
  const std::size_t size = sizeof record + (behind.size() + 7) / 8 * 8;
  record.head.size = static_cast<sc_u32>(size);
  record.head.kind = static_cast<sc_u16>(kind);
  record.head.tid = 42;
  stream.append(reinterpret_cast<const char*>(&record), sizeof record);
  stream.append(behind);
  stream.resize((stream.size() + 7) / 8 * 8);
}

std::string sample() {
  std::string stream;
  add(stream, sc_start{{}, SC_MAGIC, SC_FORMAT_VERSION, 7}, SC_START);
  add(stream, sc_task{{}, SC_TASK_STARTED, 0, "sh"}, SC_TASK);
  for (int i = 0; i < 5; ++i) {
    add(stream, sc_call{}, SC_CALL, std::string(static_cast<std::size_t>(11 * i), 'x'));
  }
  add(stream, sc_exit{{}, 3 << 8, 1}, SC_EXIT);
  return stream;
}

class StoreTest : public testing::Test {
 protected:
  ~StoreTest() override { ::unlink(path.c_str()); }

  void put(std::string_view content) {
    ::unlink(path.c_str());  // some file systems take their time to truncate a file
    std::ofstream(path, std::ios::binary) << content;
  }
  // Replays the file; the error of the pump, if it had one.
  std::string replay() {
    auto made = make_replay_engine(path);
    if (!made) return made.error().text();
    engine = std::move(*made);
    for (int i = 0; i < 100'000; ++i) {
      const auto progress = engine->pump(read, milliseconds(0));
      if (!progress) return progress.error().text();
      if (*progress == Progress::ended) return "";
    }
    return "never ends";
  }

  std::string path = testing::TempDir() + "store_test_" + std::to_string(::getpid());
  Text read;
  std::unique_ptr<capture::Engine> engine;
};

TEST_F(StoreTest, WhatIsWrittenIsRead) {
  const std::string stream = sample();
  {
    auto writer = Writer::create(path);
    ASSERT_TRUE(writer.has_value()) << writer.error().text();
    event::Cursor cursor(as_bytes(stream));
    while (const auto record = cursor.next()) writer->accept(*record);
    ASSERT_TRUE(writer->finish().has_value());
  }
  EXPECT_EQ(replay(), "");
  EXPECT_EQ(read.text, stream);
  EXPECT_EQ(read.notes, 0);
  EXPECT_EQ(engine->command_pid(), 42);
  ASSERT_TRUE(engine->wait_status().has_value());
  EXPECT_EQ(*engine->wait_status(), 3 << 8);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StoreTest, MoreThanFitsIntoMemoryAtOnce) {
  std::string stream = sample();
  for (int i = 0; i < 300; ++i) add(stream, sc_call{}, SC_CALL, std::string(5000, 'y'));
  add(stream, sc_call{}, SC_CALL, std::string(1 << 20, 'z'));
  {
    auto writer = Writer::create(path);
    ASSERT_TRUE(writer.has_value());
    event::Cursor cursor(as_bytes(stream));
    while (const auto record = cursor.next()) writer->accept(*record);
  }
  EXPECT_EQ(replay(), "");
  EXPECT_TRUE(read.text == stream);
}

TEST_F(StoreTest, CutOffAtAnyByte) {
  const std::string stream = sample();
  for (std::size_t size = 0; size < stream.size(); ++size) {
    put(std::string_view(stream).substr(0, size));
    read = {};
    const std::string error = replay();
    if (size < sizeof(sc_start)) {
      EXPECT_NE(error.find("not a recording"), std::string::npos) << size;
      continue;
    }
    EXPECT_EQ(error, "") << size;
    EXPECT_TRUE(stream.starts_with(read.text)) << size;
    const bool whole = read.text.size() == size;
    EXPECT_EQ(read.notes, whole ? 0 : 1) << size;
  }
}

TEST_F(StoreTest, AnyByteDamaged) {
  const std::string stream = sample();
  for (std::size_t at = 0; at < stream.size(); ++at) {
    for (const char flip : {'\x01', '\x80'}) {
      std::string damaged = stream;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      put(damaged);
      read = {};
      EXPECT_NE(replay(), "never ends") << at;
    }
  }
}

TEST_F(StoreTest, DamageIsAnErrorAfterWhatIsGood) {
  std::string stream = sample();
  const std::size_t good = stream.size();
  stream += std::string(64, '\0');
  put(stream);
  EXPECT_NE(replay().find("damaged at byte " + std::to_string(good)), std::string::npos);
  EXPECT_EQ(read.text.size(), good);
}

TEST_F(StoreTest, OtherFilesAreRefused) {
  put("#!/bin/sh\necho this is no recording, although it is long enough to be one\n");
  EXPECT_NE(replay().find("not a recording"), std::string::npos);
  std::string newer;
  add(newer, sc_start{{}, SC_MAGIC, SC_FORMAT_VERSION + 1, 0}, SC_START);
  put(newer);
  EXPECT_NE(replay().find("newer"), std::string::npos);
  ::unlink(path.c_str());
  EXPECT_NE(replay().find("No such file"), std::string::npos);
}

TEST_F(StoreTest, AFullDiskIsNoticed) {
  auto writer = Writer::create("/dev/full");
  if (!writer) GTEST_SKIP() << writer.error().text();
  const std::string stream = sample();
  writer->accept(as_bytes(stream));
  const auto finished = writer->finish();
  ASSERT_FALSE(finished.has_value());
  EXPECT_NE(finished.error().text().find("No space left"), std::string::npos);
}

}  // namespace
}  // namespace syscope::store
