// Arbitrary netlink messages, from record to text, with the real catalog: one
// byte says the protocol, one how much of the message could be read, the rest is the message.
#include <cstring>

#include "decode/decode.h"
#include "present/value_text.h"
#include "tests/decode/record_builder.h"
#include "tests/fuzz/driver.h"

using namespace syscope;

namespace {

constexpr std::uint32_t nr_sendto = 44;
constexpr std::uint64_t place = 0x1000;

std::string little(std::uint64_t value, unsigned width) {
  return {reinterpret_cast<const char*>(&value), width};
}

// A message of a type, with attributes that nest.
std::string seed(unsigned protocol, unsigned type, unsigned header) {
  const auto attribute = [](unsigned number, const std::string& data) {
    std::string bytes = little(4 + data.size(), 2) + little(number, 2) + data;
    bytes.resize((bytes.size() + 3) & ~std::size_t{3});
    return bytes;
  };
  std::string body(header, '\2');
  for (const unsigned number : {1, 2, 3, 9, 12, 18, 26}) {
    body += attribute(number, attribute(1, "bridge") + attribute(2, attribute(1, "12345678")));
  }
  std::string message = little(16 + body.size(), 4) + little(type, 2) + little(1, 2) +
                        little(7, 8) + body;
  return std::string{static_cast<char>(protocol), '\xff'} + message + message;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  std::vector<std::string> seeds;
  for (unsigned type = 16; type < 120; ++type) seeds.push_back(seed(0, type, 12));
  for (const unsigned header : {8, 44, 56, 72}) seeds.push_back(seed(4, 20, header));
  for (const unsigned protocol : {2, 6, 7, 9, 12, 15, 16, 21}) {
    for (const unsigned type : {2, 3, 16, 17, 0xa00}) seeds.push_back(seed(protocol, type, 4));
  }
  return seeds;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view message(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t known = data[1] == 0xff ? message.size() : message.size() * data[1] / 255;
  RecordBuilder builder(nr_sendto);
  builder.args({3, place, message.size(), 0, 0, 0}).netlink(3, data[0]);
  builder.memory(place, message.substr(0, known), SC_AT_ENTRY | SC_FAULT);
  decode::Tape tape;
  TextBuffer out;
  for (const decode::Options& way : {decode::Options{}, decode::Options{.abbreviate = false}}) {
    const auto call = decode::decode_call(builder.record(), way, tape);
    for (const present::ConstantStyle style :
         {present::ConstantStyle::names, present::ConstantStyle::raw,
          present::ConstantStyle::verbose}) {
      out.clear();
      const present::ValueWriter writer(present::TextStyle{.constants = style});
      for (std::uint32_t at = 0; at < call.arguments_end;) at = writer.write(tape, at, out);
    }
  }
  return 0;
}
