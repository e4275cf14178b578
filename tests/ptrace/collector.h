// What the tests of the ptrace engine share: a sink that keeps every record, and plans made by
// hand.
#pragma once

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "capture/ptrace/engine.h"
#include "event/view.h"

namespace syscope::capture::ptrace {

// One kept record.
class Kept {
 public:
  explicit Kept(Bytes record) : words_(record.size() / 8) {
    std::memcpy(words_.data(), record.data(), record.size());
  }
  [[nodiscard]] Bytes bytes() const { return std::as_bytes(std::span(words_)); }
  [[nodiscard]] const sc_head& head() const { return event::head(bytes()); }
  [[nodiscard]] sc_kind kind() const { return static_cast<sc_kind>(head().kind); }
  template <class T>
  [[nodiscard]] const T& as() const {
    return *event::as<T>(bytes());
  }
  [[nodiscard]] const sc_call& call() const { return as<sc_call>(); }
  [[nodiscard]] bool is_call(std::uint32_t nr) const {
    return kind() == SC_CALL && call().nr == nr;
  }
  [[nodiscard]] std::vector<event::Block> blocks() const {
    std::vector<event::Block> all;
    event::Blocks blocks(bytes());
    while (auto block = blocks.next()) all.push_back(*block);
    return all;
  }

 private:
  std::vector<std::uint64_t> words_;
};

class Collector : public RecordSink {
 public:
  void accept(Bytes record) override {
    ASSERT_EQ(record.size(), event::head(record).size);
    ASSERT_EQ(record.size() % 8, 0u);
    records.emplace_back(record);
  }
  [[nodiscard]] std::vector<const Kept*> of_kind(sc_kind kind) const {
    std::vector<const Kept*> found;
    for (const Kept& record : records) {
      if (record.kind() == kind) found.push_back(&record);
    }
    return found;
  }
  [[nodiscard]] std::vector<const Kept*> calls(std::uint32_t nr) const {
    std::vector<const Kept*> found;
    for (const Kept& record : records) {
      if (record.is_call(nr)) found.push_back(&record);
    }
    return found;
  }

  std::vector<Kept> records;
};

// Plans by call number, for every ABI.
class HandPlans : public PlanSource {
 public:
  std::span<const sc_op> plan(Abi, std::uint32_t nr, const std::uint64_t (&)[6]) const override {
    const auto found = ops.find(nr);
    return found == ops.end() ? std::span<const sc_op>{} : std::span<const sc_op>(found->second);
  }
  std::map<std::uint32_t, std::vector<sc_op>> ops;
};

inline Command shell(const std::string& script) {
  return Command{"/bin/sh", {"sh", "-c", script}, {"PATH=/usr/bin:/bin"}, {}};
}

// Pumps until the end, or for so many rounds of 20 ms without a record.
inline Result<Progress> pump_to_end(Engine& engine, Collector& sink, int patience = 500) {
  for (int idle = 0; idle < patience;) {
    const Result<Progress> progress = engine.pump(sink, std::chrono::milliseconds(20));
    if (!progress || *progress == Progress::ended) return progress;
    if (*progress == Progress::idle) ++idle;
  }
  return Progress::idle;
}

}  // namespace syscope::capture::ptrace
