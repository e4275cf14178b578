// Arbitrary records of calls and signals, decoded in every way; every value of the tape is read.
#include <cstring>

#include "decode/decode.h"
#include "event/view.h"
#include "tests/decode/record_builder.h"
#include "tests/decode/sample_catalog.h"
#include "tests/fuzz/driver.h"

using namespace syscope;

namespace {

std::string as_string(Bytes bytes) { return std::string(as_chars(bytes)); }

// Reads all that a presenter would: positions must nest, views must be valid.
unsigned visit(const decode::Tape& tape) {
  unsigned sum = 0;
  for (std::uint32_t at = 0; at < tape.size(); ++at) {
    const decode::Value& value = tape[at];
    if (value.end <= at || value.end > tape.size()) __builtin_trap();
    for (const std::byte byte : value.bytes) sum += std::to_integer<unsigned>(byte);
    for (const char c : value.comment) sum += static_cast<unsigned>(c);
    for (const char c : value.name) sum += static_cast<unsigned>(c);
  }
  return sum;
}

}  // namespace

// For every call of the catalog, a record whose pointers all lead into one block.
std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (std::uint32_t nr = 0; nr < sample::call_count; ++nr) {
    for (const sc_kind kind : {SC_CALL, SC_ENTER}) {
      RecordBuilder call(nr, kind);
      call.args({0x1000, 0x1000, 0x1000, 0x1010, 0x1020, 8}).ret(24);
      std::vector<std::uint64_t> words;
      for (std::uint64_t i = 0; i < 16; ++i) words.push_back(i % 3 == 2 ? 16 : 0x1000 + 8 * i);
      const std::string_view bytes(reinterpret_cast<const char*>(words.data()), words.size() * 8);
      call.memory(0x1000, bytes, SC_AT_ENTRY).memory(0x1000, bytes, SC_AT_EXIT);
      seeds.push_back(as_string(call.record()));
    }
  }
  for (const int signo : {1, 11, 17, 29, 31})
    seeds.push_back(as_string(SignalBuilder(signo).record()));
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes record{reinterpret_cast<const std::byte*>(data), size};
  static constexpr decode::Options ways[] = {
      {}, {.abbreviate = false}, {.verbose = false}, {.raw = true}, {.string_limit = 0}};
  decode::Tape tape;
  unsigned sum = 0;
  for (const decode::Options& way : ways) {
    const auto call = decode::decode_call(record, way, tape);
    if (call.arguments_end > tape.size() || call.result > tape.size()) __builtin_trap();
    sum += visit(tape);
  }
  (void)decode::decode_signal(record, tape);
  sum += visit(tape);
  return sum == ~0u;
}
