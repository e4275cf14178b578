#include "event/files.h"

#include <gtest/gtest.h>

#include <span>
#include <string_view>
#include <vector>

#include "event/view.h"

namespace syscope::event {
namespace {

class Record {
 public:
  template <class T>
  explicit Record(const T& fixed) {
    add(std::as_bytes(std::span(&fixed, 1)));
  }
  Record& add(Bytes bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    bytes_.resize((bytes_.size() + 7) / 8 * 8);
    return *this;
  }
  [[nodiscard]] Bytes bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

Record file(std::uint64_t id, std::string_view text, std::string_view info = {}) {
  sc_file fixed{};
  fixed.head.kind = SC_FILE;
  fixed.id = id;
  fixed.text_size = static_cast<sc_u16>(text.size());
  fixed.info_size = static_cast<sc_u32>(info.size());
  Record record(fixed);
  return record.add(as_bytes(text)).add(as_bytes(info));
}

struct Descriptor {
  std::int64_t number;
  std::uint64_t id;
  std::uint8_t time;
};

Record call(const std::vector<Descriptor>& descriptors) {
  sc_call fixed{};
  fixed.head.kind = SC_CALL;
  fixed.blocks = static_cast<sc_u32>(descriptors.size());
  Record record(fixed);
  for (const Descriptor& one : descriptors) {
    sc_block block{};
    block.address = static_cast<sc_u64>(one.number);
    block.size = sizeof one.id;
    block.kind = SC_FD;
    block.flags = one.time;
    record.add(std::as_bytes(std::span(&block, 1))).add(std::as_bytes(std::span(&one.id, 1)));
  }
  return record;
}

TEST(Files, EntryAndExitAreDifferentFiles) {
  FileTable table;
  table.learn(file(1, "/old").bytes());
  table.learn(file(2, "/new").bytes());
  const Record record = call({{3, 1, SC_AT_ENTRY}, {3, 2, SC_AT_EXIT}, {-100, 1, SC_AT_ENTRY}});
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry)->text, "/old");
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::exit)->text, "/new");
  EXPECT_EQ(table.find(record.bytes(), -100, FileTime::exit), nullptr);
  EXPECT_EQ(table.find(record.bytes(), -100, FileTime::exit_or_entry)->text, "/old");
  EXPECT_EQ(table.find(record.bytes(), 4, FileTime::entry), nullptr);
}

TEST(Files, ADescriptionMayChange) {
  FileTable table;
  const Record record = call({{3, 1, SC_AT_ENTRY}});
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry), nullptr);
  table.learn(file(1, "[eventfd]", "eventfd-count:   5\nPid:\t7\n").bytes());
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry)->field("eventfd-count"), "5");
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry)->field("Pid"), "7");
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry)->field("Pi"), "");
  table.learn(file(1, "other").bytes());
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry)->text, "other");
}

TEST(Files, WhatIsUsedIsKept) {
  FileTable table(10);
  const Record record = call({{3, 1, SC_AT_ENTRY}, {4, 2, SC_AT_ENTRY}});
  table.learn(file(1, "used").bytes());
  table.learn(file(2, "unused").bytes());
  for (std::uint64_t id = 100; id < 1000; ++id) {
    table.learn(file(id, "passing").bytes());
    ASSERT_NE(table.find(record.bytes(), 3, FileTime::entry), nullptr) << id;
  }
  EXPECT_EQ(table.find(record.bytes(), 4, FileTime::entry), nullptr);
}

TEST(Files, LiesAreIgnored) {
  FileTable table;
  const Record whole = file(1, "/a/long/path", "field: value\n");
  for (std::size_t size = 0; size + 8 < whole.bytes().size(); ++size) {
    table.learn(whole.bytes().first(size));
  }
  const Record record = call({{3, 1, SC_AT_ENTRY}});
  EXPECT_EQ(table.find(record.bytes(), 3, FileTime::entry), nullptr);
  for (std::size_t size = 0; size < record.bytes().size(); ++size) {
    EXPECT_EQ(table.find(record.bytes().first(size), 3, FileTime::entry), nullptr);
  }
}

}  // namespace
}  // namespace syscope::event
