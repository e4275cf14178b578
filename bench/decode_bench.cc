// Time of decoding typical records, one core: the tape is reused, as in the main loop.
#include "decode/decode.h"

#include <benchmark/benchmark.h>

#include <array>

#include "catalog/find.h"
#include "tests/decode/record_builder.h"

namespace {

using namespace syscope;

std::uint32_t number(std::string_view name) {
  const auto* const call = catalog::find_call(catalog::tables(Abi::x86_64), name);
  return call == nullptr ? ~0u : call->number;
}

void run(benchmark::State& state, RecordBuilder& builder) {
  const Bytes record = builder.record();
  decode::Tape tape;
  const decode::Options options;
  for (auto _ : state) benchmark::DoNotOptimize(decode::decode_call(record, options, tape));
  state.SetItemsProcessed(state.iterations());
}

void read_one_byte(benchmark::State& state) {
  RecordBuilder call(number("read"));
  call.args({3, 0x1000, 1}).ret(1).memory(0x1000, "x", SC_AT_EXIT);
  run(state, call);
}
BENCHMARK(read_one_byte);

void openat(benchmark::State& state) {
  RecordBuilder call(number("openat"));
  call.args({0xffffff9c, 0x1000, 02000000, 0}).ret(3);
  call.memory(0x1000, {"/etc/ld.so.cache\0", 17}, SC_AT_ENTRY);
  run(state, call);
}
BENCHMARK(openat);

void newfstatat(benchmark::State& state) {
  RecordBuilder call(number("newfstatat"));
  call.args({3, 0x1000, 0x2000, 0x1000}).ret(0).memory(0x1000, {"\0", 1}, SC_AT_ENTRY);
  call.memory(0x2000, std::string(144, '\1'), SC_AT_EXIT);
  run(state, call);
}
BENCHMARK(newfstatat);

void connect(benchmark::State& state) {
  RecordBuilder call(number("connect"));
  call.args({3, 0x1000, 16}).ret(0);
  call.memory(0x1000, {"\2\0\0\x50\x7f\0\0\1\0\0\0\0\0\0\0\0", 16}, SC_AT_ENTRY);
  run(state, call);
}
BENCHMARK(connect);

void execve_of_thousand_arguments(benchmark::State& state) {
  std::array<std::uint64_t, 1001> pointers{};
  for (std::size_t i = 0; i < 1000; ++i) pointers[i] = 0x10000 + 16 * i;
  RecordBuilder call(number("execve"));
  call.args({0x1000, 0x2000, 0}).ret(0).memory(0x1000, {"x\0", 2}, SC_AT_ENTRY);
  call.object(0x2000, pointers, SC_AT_ENTRY);
  for (std::size_t i = 0; i < 1000; ++i) call.memory(pointers[i], {"a\0", 2}, SC_AT_ENTRY);
  const Bytes record = call.record();
  decode::Tape tape;
  for (auto _ : state) {
    benchmark::DoNotOptimize(decode::decode_call(record, {.abbreviate = false}, tape));
  }
}
BENCHMARK(execve_of_thousand_arguments);

}  // namespace

BENCHMARK_MAIN();
