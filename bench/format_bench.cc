// How many records one core decodes and writes in a second: each of the calls that programs make
// most, then a mix of them as a busy server makes it. Records are built here, so that nothing but
// decode and present is measured.
//
//   format_bench            the table
//   format_bench NAME N     one call N times, for a profiler: format_bench read 1000000
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>
#include <vector>

#include "catalog/find.h"
#include "decode/decode.h"
#include "present/output.h"
#include "present/trace_text.h"
#include "tests/decode/record_builder.h"

namespace {

using namespace syscope;
using namespace std::string_view_literals;

constexpr std::uint64_t stack = 0x7ffe52a31040;
constexpr std::uint64_t heap = 0x55d0c2a4e2a0;

// A call and its share of the mix.
struct Sample {
  std::string_view name;
  unsigned weight;
  std::unique_ptr<RecordBuilder> builder;
  Bytes record = {};
};

std::unique_ptr<RecordBuilder> call(std::string_view name,
                                    std::initializer_list<std::uint64_t> args,
                                    std::int64_t result) {
  const auto* const found = catalog::find_call(catalog::tables(Abi::x86_64), name);
  auto builder = std::make_unique<RecordBuilder>(found == nullptr ? ~0u : found->number);
  builder->args(args).ret(result);
  return builder;
}

std::vector<Sample> samples() {
  std::vector<Sample> all;
  const auto add = [&](std::string_view name, unsigned weight,
                       std::initializer_list<std::uint64_t> args,
                       std::int64_t result) -> RecordBuilder& {
    all.push_back({name, weight, call(name, args, result)});
    return *all.back().builder;
  };
  const std::string request = "GET /index.html HTTP/1.1\r\nHost: www.example.org\r\n\r\n";
  struct stat status {};
  status.st_mode = S_IFREG | 0644;
  status.st_size = 26'814;
  add("read", 24, {3, stack, 1}, 1).memory(stack, "x", SC_AT_EXIT);
  add("write", 16, {1, heap, 50}, 50).memory(heap, request, SC_AT_ENTRY);
  add("openat", 10, {0xffffff9c, stack, 02000000, 0}, 3)
      .memory(stack, "/etc/ld.so.cache\0"sv, SC_AT_ENTRY);
  add("newfstatat", 8, {3, stack, heap, 0x1000}, 0)
      .memory(stack, "\0"sv, SC_AT_ENTRY)
      .object(heap, status, SC_AT_EXIT);
  add("mmap", 6, {0, 8192, 3, 0x22, ~std::uint64_t{0}, 0}, 0x7f728a493000);
  add("close", 12, {3}, 0);
  add("futex", 8, {heap, 0x80, 2, 0, 0, 0}, -11);
  const struct { std::uint32_t events, low, high; } __attribute__((packed)) event = {1, 7, 0};
  add("epoll_wait", 8, {5, heap, 512, ~std::uint64_t{0}}, 1).object(heap, event, SC_AT_EXIT);
  add("recvfrom", 8, {6, heap, 4096, 0, 0, 0}, 50).memory(heap, request, SC_AT_EXIT);
  for (Sample& sample : all) sample.record = sample.builder->record();
  return all;
}

double seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// A trace whose lines go nowhere.
class Trace {
 public:
  Trace() : presenter_({}, [this](std::uint32_t) -> present::Output& { return output_; }) {}

  void decode(Bytes record) { call_ = decode::decode_call(record, options_, tape_); }
  void write() {
    presenter_.finish(call_, tape_);
    if (output_.text().size() > 1 << 15) output_.text().clear();
  }
  [[nodiscard]] std::string line(Bytes record) {
    output_.text().clear();
    decode(record);
    write();
    return std::string(output_.text().view());
  }

 private:
  decode::Options options_;
  decode::Tape tape_;
  decode::DecodedCall call_;
  present::Output output_{Fd()};
  present::TraceText presenter_;
};

// Nanoseconds of CPU that one round of `work` takes for each of its `count` records: the best of
// some attempts, since other programs take the caches away now and then.
template <class Work>
double nanoseconds(std::size_t count, Work work) {
  constexpr double attempt = 0.02;
  double best = 1e9;
  for (int i = 0; i < 7; ++i) {
    std::size_t rounds = 0;
    const double start = seconds();
    double passed = 0;
    while (passed < attempt) {
      for (int j = 0; j < 256; ++j) work();
      rounds += 256;
      passed = seconds() - start;
    }
    best = std::min(best, passed * 1e9 / static_cast<double>(rounds * count));
  }
  return best;
}

void print(std::string_view name, double decode, double both) {
  std::printf("%-12.*s %8.0f %8.0f %12.2f\n", static_cast<int>(name.size()), name.data(), decode,
              both - decode, 1e3 / both);
}

void measure(Trace& trace, std::string_view name, const std::vector<Bytes>& records) {
  const double decode = nanoseconds(records.size(), [&] {
    for (const Bytes record : records) trace.decode(record);
  });
  const double both = nanoseconds(records.size(), [&] {
    for (const Bytes record : records) {
      trace.decode(record);
      trace.write();
    }
  });
  print(name, decode, both);
}

void print_table(const std::vector<Sample>& all) {
  Trace trace;
  for (const Sample& sample : all) std::fputs(trace.line(sample.record).c_str(), stdout);
  std::printf("%-12s %8s %8s %12s\n", "call", "decode", "write", "million/s");
  std::vector<Bytes> mix;
  // Interleaved: the first of each call, then the second of those that have one, and so on.
  for (unsigned round = 0; round < 32; ++round) {
    for (const Sample& sample : all) {
      if (round < sample.weight) mix.push_back(sample.record);
    }
  }
  for (const Sample& sample : all) measure(trace, sample.name, {sample.record});
  measure(trace, "the mix", mix);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Sample> all = samples();
  if (argc != 3) {
    print_table(all);
    return 0;
  }
  Trace trace;
  for (const Sample& sample : all) {
    if (sample.name != argv[1]) continue;
    for (long left = std::strtol(argv[2], nullptr, 10); left > 0; --left) {
      trace.decode(sample.record);
      trace.write();
    }
  }
}
