// What travels on sockets besides bytes: addresses of unix(7), control messages of cmsg(3), and the
// headers of netlink(7).
#include <algorithm>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

enum : int { sol_socket = 1 };
enum : int {
  scm_rights = 1,
  scm_credentials = 2,
  so_timestamp_old = 29,
  so_timestampns_old = 35,
  so_timestamping_old = 37,
  so_timestamp_new = 63,
  so_timestampns_new = 64,
  so_timestamping_new = 65,
  scm_pidfd = 4
};

void numbers(Decoder& decoder, std::string_view name, Bytes data, Notation notation) {
  const std::uint32_t array = decoder.open(ValueKind::array, name);
  const std::size_t count = data.size() / 4;
  const std::size_t shown = decoder.shown(count);
  for (std::size_t i = 0; i < shown; ++i) {
    const auto value = static_cast<std::int64_t>(load<std::int32_t>(data.data() + 4 * i));
    decoder.add_number({}, static_cast<std::uint64_t>(value), notation, 4, true);
  }
  decoder.tape()[array].more = shown < count;
  decoder.close(array);
}

void time_pair(Decoder& decoder, std::string_view name, Bytes data, std::string_view fraction,
               unsigned word) {
  const std::uint32_t at = decoder.open(ValueKind::structure, name);
  decoder.add_number("tv_sec", static_cast<std::uint64_t>(load_signed(data.data(), word)),
                     Notation::dec, word, true);
  decoder.add_number(fraction, static_cast<std::uint64_t>(load_signed(data.data() + word, word)),
                     Notation::dec, word, true);
  decoder.close(at);
}

// ucred of unix(7).
void credentials(Decoder& decoder, Bytes data) {
  const std::uint32_t at = decoder.open(ValueKind::structure, "cmsg_data");
  const auto member = [&](std::string_view name, unsigned offset, Notation notation) {
    const auto value = static_cast<std::int64_t>(load<std::int32_t>(data.data() + offset));
    decoder.add_number(name, static_cast<std::uint64_t>(value), notation, 4, true);
  };
  member("pid", 0, Notation::pid);
  member("uid", 4, Notation::uid);
  member("gid", 8, Notation::gid);
  decoder.close(at);
}

void socket_message(Decoder& decoder, int type, Bytes data) {
  const unsigned word = type >= so_timestamp_new ? 8 : decoder.word();  // of a time
  switch (type) {
    case scm_rights:
    case scm_pidfd: return numbers(decoder, "cmsg_data", data, Notation::fd);
    case scm_credentials:
      if (data.size() >= 12) return credentials(decoder, data);
      break;
    case so_timestamp_old:
    case so_timestamp_new:
      if (data.size() >= 2 * word) return time_pair(decoder, "cmsg_data", data, "tv_usec", word);
      break;
    case so_timestampns_old:
    case so_timestampns_new:
      if (data.size() >= 2 * word) return time_pair(decoder, "cmsg_data", data, "tv_nsec", word);
      break;
    case so_timestamping_old:
    case so_timestamping_new: {
      const std::uint32_t array = decoder.open(ValueKind::array, "cmsg_data");
      for (unsigned i = 0; i < 3 && data.size() >= (i + 1) * 2 * word; ++i) {
        time_pair(decoder, {}, data.subspan(i * 2 * word), "tv_nsec", word);
      }
      return decoder.close(array);
    }
    default: break;
  }
  if (!data.empty()) decoder.add_limited("cmsg_data", data);
}

// What the type of a message is named by: the level's own messages, or its options.
catalog::Index types_of(int level) {
  struct Levels {
    catalog::Index socket = catalog::find_set("scm_type");
    catalog::Index ip = catalog::find_set("ip_option");
    catalog::Index ip6 = catalog::find_set("ipv6_option");
    catalog::Index tcp = catalog::find_set("tcp_option");
    catalog::Index udp = catalog::find_set("udp_option");
  };
  static const Levels levels;
  switch (level) {
    case sol_socket: return levels.socket;
    case 0: return levels.ip;
    case 6: return levels.tcp;
    case 17: return levels.udp;
    case 41: return levels.ip6;
    default: return catalog::nothing;
  }
}

void control_message(Decoder& decoder, Bytes message, std::uint64_t length) {
  static const catalog::Index level_names = catalog::find_set("sock_level");
  const unsigned word = decoder.word();
  const auto level = load<std::int32_t>(message.data() + word);
  const auto type = load<std::int32_t>(message.data() + word + 4);
  const std::uint32_t at = decoder.open(ValueKind::structure, {});
  decoder.add_number("cmsg_len", length, Notation::dec, word);
  decoder.add_number("cmsg_level", static_cast<std::uint32_t>(level), Notation::symbol, 4, false,
                     level_names);
  const catalog::Index types = types_of(level);
  decoder.add_number("cmsg_type", static_cast<std::uint32_t>(type),
                     types == catalog::nothing ? Notation::hex : Notation::symbol, 4, false, types);
  const std::size_t end = std::clamp<std::uint64_t>(length, word + 8, message.size());
  const Bytes data = message.subspan(word + 8, end - (word + 8));
  if (level == sol_socket) {
    socket_message(decoder, type, data);
  } else if (!data.empty()) {
    decoder.add_limited("cmsg_data", data);
  }
  decoder.close(at);
}

std::uint64_t aligned(std::uint64_t size, unsigned word) {
  return (size + word - 1) & ~std::uint64_t{word - 1};
}

}  // namespace

void control_messages(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const unsigned header = decoder.word() + 8;
  Bytes rest = input.place.bytes;
  if (rest.size() < header) return decoder.add_address(input.name, input.place.address);
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  std::uint64_t count = 0;
  while (rest.size() >= header && !decoder.exhausted()) {
    if (count == decoder.shown(count + 1)) {
      decoder.tape()[array].more = true;
      break;
    }
    const std::uint64_t length = load_unsigned(rest.data(), decoder.word());
    control_message(decoder, rest, length);
    ++count;
    if (length < header || length > rest.size()) break;
    rest = rest.subspan(std::min<std::uint64_t>(aligned(length, decoder.word()), rest.size()));
  }
  decoder.close(array);
}

// A path, an abstract name (its first byte is NUL, it ends where the address ends), or nothing at
// all for a socket without a name.
void sun_path(const HookInput& input) {
  const Bytes bytes = input.place.bytes;
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
