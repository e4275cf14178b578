// What decoding and writing a record costs, without any traced process.
#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <cstring>
#include <string>
#include <vector>

#include "decode/decode.h"
#include "present/output.h"
#include "present/trace_json.h"
#include "present/trace_text.h"

namespace syscope {
namespace {

// An SC_CALL record with blocks of memory.
class CallRecord {
 public:
  CallRecord(std::uint32_t nr, std::vector<std::uint64_t> arguments, std::int64_t result) {
    call_.head.kind = SC_CALL;
    call_.head.pid = call_.head.tid = 1234;
    call_.head.time = 1'000'000'000;
    call_.nr = nr;
    for (std::size_t i = 0; i < arguments.size(); ++i) call_.args[i] = arguments[i];
    call_.ret = result;
    call_.duration = 1'500;
    call_.blocked = SC_UNKNOWN;
  }
  CallRecord& memory(std::uint64_t address, std::string_view bytes, std::uint8_t flags) {
    const sc_block block = {.address = address,
                            .size = static_cast<sc_u32>(bytes.size()),
                            .kind = SC_MEMORY,
                            .flags = flags,
                            .op = 0};
    append(&block, sizeof block);
    append(bytes.data(), bytes.size());
    blocks_.resize((blocks_.size() + 7) / 8 * 8);
    ++call_.blocks;
    return *this;
  }
  [[nodiscard]] std::vector<std::uint64_t> finish() {
    const std::size_t size = sizeof call_ + blocks_.size();
    call_.head.size = static_cast<sc_u32>(size);
    std::vector<std::uint64_t> record(size / 8);
    std::memcpy(record.data(), &call_, sizeof call_);
    if (!blocks_.empty())
      std::memcpy(record.data() + sizeof call_ / 8, blocks_.data(), blocks_.size());
    return record;
  }

 private:
  void append(const void* from, std::size_t size) {
    const auto* bytes = static_cast<const char*>(from);
    blocks_.insert(blocks_.end(), bytes, bytes + size);
  }
  sc_call call_ = {};
  std::vector<char> blocks_;
};

std::vector<std::uint64_t> read_record() {
  return CallRecord(0, {3, 0x7ffe1000, 1}, 1).memory(0x7ffe1000, "x", SC_AT_EXIT).finish();
}
std::vector<std::uint64_t> openat_record() {
  using namespace std::string_view_literals;
  return CallRecord(257, {static_cast<std::uint64_t>(AT_FDCWD), 0x7ffe1000, O_RDONLY | O_CLOEXEC},
                    3)
      .memory(0x7ffe1000, "/etc/ld.so.cache\0"sv, SC_AT_ENTRY)
      .finish();
}
std::vector<std::uint64_t> mmap_record() {
  return CallRecord(9, {0, 8192, 3, 0x22, ~std::uint64_t{0}, 0}, 0x7f728a493000).finish();
}

Bytes bytes_of(const std::vector<std::uint64_t>& record) {
  return std::as_bytes(std::span(record));
}

template <class Presenter>
void decode_and_write(benchmark::State& state, const std::vector<std::uint64_t>& record,
                      Presenter& presenter, present::Output& output) {
  decode::Tape tape;
  for (auto _ : state) {
    const auto call = decode::decode_call(bytes_of(record), {}, tape);
    presenter.finish(call, tape);
    benchmark::DoNotOptimize(output.text().view().data());
    output.text().clear();
  }
  state.SetItemsProcessed(state.iterations());
}

void text(benchmark::State& state, const std::vector<std::uint64_t>& record) {
  present::Output output{Fd()};
  present::TraceText presenter({}, [&](std::uint32_t) -> present::Output& { return output; });
  decode_and_write(state, record, presenter, output);
}

void json(benchmark::State& state, const std::vector<std::uint64_t>& record) {
  present::Output output{Fd()};
  present::TraceJson presenter([&](std::uint32_t) -> present::Output& { return output; });
  decode_and_write(state, record, presenter, output);
}

// The part of the presenter alone.
void format_only(benchmark::State& state, const std::vector<std::uint64_t>& record) {
  present::Output output{Fd()};
  present::TraceText presenter({}, [&](std::uint32_t) -> present::Output& { return output; });
  decode::Tape tape;
  const auto call = decode::decode_call(bytes_of(record), {}, tape);
  for (auto _ : state) {
    presenter.finish(call, tape);
    benchmark::DoNotOptimize(output.text().view().data());
    output.text().clear();
  }
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(format_only, read, read_record());
BENCHMARK_CAPTURE(format_only, openat, openat_record());
BENCHMARK_CAPTURE(format_only, mmap, mmap_record());
BENCHMARK_CAPTURE(text, read, read_record());
BENCHMARK_CAPTURE(text, openat, openat_record());
BENCHMARK_CAPTURE(text, mmap, mmap_record());
BENCHMARK_CAPTURE(json, read, read_record());

}  // namespace
}  // namespace syscope

BENCHMARK_MAIN();
