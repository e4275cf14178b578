// What travels on sockets besides bytes: addresses of unix(7) and of amateur radio, filters of
// icmp(7).
#include <algorithm>
#include <bit>
#include <string>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

constexpr std::size_t station_bytes = 7;  // ax25_address: six characters, and a number

// What a station calls itself: LETTERS-7. Its characters are shifted by one bit.
std::string station_text(Bytes station) {
  std::string text;
  for (const std::byte byte : station.first(station_bytes - 1)) {
    text += static_cast<char>(std::to_integer<unsigned>(byte) >> 1);
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + "-" +
         std::to_string(std::to_integer<unsigned>(station[station_bytes - 1]) >> 1 & 15);
}

// Whether the text says all that the bytes do.
bool is_plain_station(Bytes station) {
  bool ended = false;
  for (std::size_t i = 0; i + 1 < station_bytes; ++i) {
    const unsigned byte = std::to_integer<unsigned>(station[i]);
    const unsigned letter = byte >> 1;
    const bool is_sign = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    if ((byte & 1) != 0 || (letter != ' ' && (ended || !is_sign))) return false;
    ended = ended || letter == ' ';
  }
  const unsigned number = std::to_integer<unsigned>(station[station_bytes - 1]);
  return (number & ~0x1eu) == 0 && station[0] != std::byte{' ' << 1};
}

bool is_printable(std::string_view text) {
  return text.find("*/") == std::string_view::npos &&
         std::ranges::all_of(text, [](char c) { return c >= ' ' && c < 0x7f; });
}

void add_station(Decoder& decoder, std::string_view name, Bytes station) {
  const std::string text = station_text(station);
  const bool is_blank = text == "-0" && station[station_bytes - 1] == std::byte{0};
  if (is_blank || is_plain_station(station)) {
    decoder.add_word(name, is_blank ? "*" : decoder.tape().keep(text));
    decoder.tape()[decoder.tape().size() - 1].width = 0;
    return;
  }
  const std::uint32_t at = decoder.open(ValueKind::structure, name);
  if (is_printable(text)) decoder.tape()[at].comment = decoder.tape().keep(text);
  decoder.add({.kind = ValueKind::string,
               .notation = catalog::Notation::hex,
               .name = "ax25_call",
               .bytes = station.first(station_bytes)});
  decoder.close(at);
}

}  // namespace

void ax25_station(const HookInput& input) {
  if (input.place.bytes.size() < station_bytes) return input.decoder.add_ellipsis();
  add_station(input.decoder, input.name, input.place.bytes);
}

// Those that pass a message on: their number, then as many as there are.
void ax25_digipeaters(const HookInput& input) {
  constexpr std::size_t count_bytes = 4;
  constexpr std::uint64_t most = 8;
  const Bytes bytes = input.place.bytes;
  if (bytes.size() < count_bytes) return input.decoder.add_ellipsis();
  const std::uint64_t count =
      std::min<std::uint64_t>(load_unsigned(bytes.data(), count_bytes), most);
  const std::uint64_t there = (bytes.size() - count_bytes) / station_bytes;
  const std::uint32_t at = input.decoder.open(ValueKind::array, input.name);
  input.decoder.tape()[at].more = there < count;
  for (std::uint64_t i = 0; i < std::min(count, there); ++i) {
    add_station(input.decoder, {}, bytes.subspan(count_bytes + i * station_bytes));
  }
  input.decoder.close(at);
}

// The kinds of messages that a raw socket does not get: [ICMP_ECHO], ~[ICMP_ECHO], raw(7).
void icmp_filter(const HookInput& input) {
  static const catalog::Index kinds = catalog::find_set("icmp_kind");
  constexpr int bits = 32;
  if (input.place.bytes.size() < 4) {
    return input.decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  auto filter = static_cast<std::uint32_t>(load_unsigned(input.place.bytes.data(), 4));
  const bool negated = std::popcount(filter) > bits / 2;
  if (negated) filter = ~filter;
  const std::uint32_t at = input.decoder.open(ValueKind::set, input.name);
  input.decoder.tape()[at].negated = negated;
  for (std::uint64_t kind = 0; kind < bits; ++kind) {
    if ((filter >> kind & 1) == 0) continue;
    input.decoder.add_number(
        {}, kind, kinds == catalog::nothing ? catalog::Notation::dec : catalog::Notation::symbol, 4,
        false, kinds);
  }
  input.decoder.close(at);
}

// A path, an abstract name (its first byte is NUL, it ends where the address ends), or nothing at
// all for a socket without a name.
void sun_path(const HookInput& input) {
  constexpr std::size_t most = 108;
  const Bytes bytes = input.place.bytes.first(std::min(input.place.bytes.size(), most));
  if (bytes.empty()) return;
  const bool is_abstract = bytes[0] == std::byte{0};
  const Bytes name = is_abstract ? bytes.subspan(1) : bytes;
  const auto end = is_abstract ? name.end() : std::ranges::find(name, std::byte{0});
  input.decoder.add({.kind = ValueKind::string,
                     .is_path = !is_abstract,
                     .prefix = is_abstract ? '@' : '\0',
                     .name = input.name,
                     .bytes = name.first(static_cast<std::size_t>(end - name.begin()))});
}

}  // namespace syscope::decode
