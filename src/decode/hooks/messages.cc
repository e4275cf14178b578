// What travels on sockets besides bytes: addresses of unix(7), and the headers of netlink(7).
#include <algorithm>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

std::uint64_t aligned(std::uint64_t size, unsigned word) {
  return (size + word - 1) & ~std::uint64_t{word - 1};
}

}  // namespace

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

void netlink(const HookInput& input) {
  static const catalog::Index types = catalog::find_set("nlmsg_type");
  static const catalog::Index flags = catalog::find_set("nlmsg_flags");
  constexpr std::size_t header = 16;
  Decoder& decoder = input.decoder;
  Bytes rest = input.place.bytes;
  if (rest.size() < header) {
    return decoder.add_limited(input.name, rest, rest.size() < input.size);
  }
  const auto message_length = [](Bytes at) { return load<std::uint32_t>(at.data()); };
  const auto one = [&](Bytes message, std::string_view name) {
    const std::uint32_t length = message_length(message);
    const std::size_t end = std::clamp<std::size_t>(length, header, message.size());
    const bool has_data = end > header;
    const std::uint32_t pair = has_data ? decoder.open(ValueKind::array, name) : 0;
    const std::uint32_t at =
        decoder.open(ValueKind::structure, has_data ? std::string_view{} : name);
    decoder.add_number("nlmsg_len", length, Notation::dec, 4);
    decoder.add_number("nlmsg_type", load<std::uint16_t>(message.data() + 4),
                       types == catalog::nothing ? Notation::hex : Notation::symbol, 2, false,
                       types);
    decoder.add_number("nlmsg_flags", load<std::uint16_t>(message.data() + 6),
                       flags == catalog::nothing ? Notation::hex : Notation::bits, 2, false, flags);
    decoder.add_number("nlmsg_seq", load<std::uint32_t>(message.data() + 8), Notation::dec, 4);
    decoder.add_number("nlmsg_pid", load<std::uint32_t>(message.data() + 12), Notation::dec, 4);
    decoder.close(at);
    if (!has_data) return;
    decoder.add_limited({}, message.subspan(header, end - header));
    decoder.close(pair);
  };
  if (aligned(message_length(rest), 4) + header > rest.size()) return one(rest, input.name);
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  std::uint64_t count = 0;
  while (rest.size() >= header && !decoder.exhausted()) {
    if (count == decoder.shown(count + 1)) {
      decoder.tape()[array].more = true;
      break;
    }
    const std::uint64_t length = message_length(rest);
    one(rest, {});
    ++count;
    if (length < header || length > rest.size()) break;
    rest = rest.subspan(std::min<std::uint64_t>(aligned(length, 4), rest.size()));
  }
  decoder.close(array);
}

}  // namespace syscope::decode
