// Control messages of sockets: cmsg(3), unix(7), ip(7).
#include <algorithm>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

constexpr std::string_view data_name = "cmsg_data";

enum : int { sol_ip = 0, sol_socket = 1, sol_ip6 = 41 };
enum : int {
  scm_rights = 1,
  scm_credentials = 2,
  scm_security = 3,
  scm_pidfd = 4,
  so_timestamp_old = 29,
  so_timestampns_old = 35,
  so_timestamping_old = 37,
  so_timestamp_new = 63,
  so_timestampns_new = 64,
  so_timestamping_new = 65
};
enum : int {
  ip_tos = 1,
  ip_ttl = 2,
  ip_recvopts = 6,
  ip_retopts = 7,
  ip_pktinfo = 8,
  ip_recverr = 11,
  ip_origdstaddr = 20,
  ip_checksum = 23
};

// Data whose meaning is not known, or that is too short for it.
void unknown_data(Decoder& decoder, Bytes data) {
  if (data.empty()) return;
  decoder.add_limited(data_name, data);
  decoder.tape()[decoder.tape().size() - 1].notation = Notation::hex;
}

// Numbers of `width` bytes each.
void numbers(Decoder& decoder, Bytes data, Notation notation, unsigned width, bool is_signed) {
  const std::uint32_t array = decoder.open(ValueKind::array, data_name);
  const std::size_t count = data.size() / width;
  const std::size_t shown = decoder.shown(count);
  for (std::size_t i = 0; i < shown && !decoder.exhausted(); ++i) {
    const std::byte* const at = data.data() + width * i;
    decoder.add_number(
        {},
        is_signed ? static_cast<std::uint64_t>(load_signed(at, width)) : load_unsigned(at, width),
        notation, width, is_signed);
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

// Timestamps: one time, or three.
void times(Decoder& decoder, int type, Bytes data) {
  const unsigned word = type >= so_timestamp_new ? 8 : decoder.word();
  const bool are_three = type == so_timestamping_old || type == so_timestamping_new;
  const bool in_microseconds = type == so_timestamp_old || type == so_timestamp_new;
  if (data.empty()) return;
  if (data.size() < (are_three ? 6 : 2) * word) {
    decoder.add_word(data_name, "???");
    decoder.tape()[decoder.tape().size() - 1].width = 0;
    return;
  }
  const std::string_view fraction = in_microseconds ? "tv_usec" : "tv_nsec";
  if (!are_three) return time_pair(decoder, data_name, data, fraction, word);
  const std::uint32_t array = decoder.open(ValueKind::array, data_name);
  for (unsigned i = 0; i < 3; ++i)
    time_pair(decoder, {}, data.subspan(i * 2 * word), fraction, word);
  decoder.close(array);
}

// ucred of unix(7).
void credentials(Decoder& decoder, Bytes data) {
  const std::uint32_t at = decoder.open(ValueKind::structure, data_name);
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
  switch (type) {
    case scm_rights:
    case scm_pidfd:
      if (data.size() < 4) return unknown_data(decoder, data);
      return numbers(decoder, data, Notation::fd, 4, true);
    case scm_credentials:
      if (data.size() < 12) return unknown_data(decoder, data);
      return credentials(decoder, data);
    case scm_security:
      if (!data.empty()) decoder.add_limited(data_name, data);
      return;
    case so_timestamp_old:
    case so_timestamp_new:
    case so_timestampns_old:
    case so_timestampns_new:
    case so_timestamping_old:
    case so_timestamping_new: return times(decoder, type, data);
    default: return unknown_data(decoder, data);
  }
}

void socket_address(Decoder& decoder, std::string_view name, Bytes data) {
  const auto structs = decoder.tables().structs;
  const auto found =
      std::ranges::find(structs, std::string_view("sockaddr"),
                        [](const catalog::Struct& s) { return catalog::text(s.name); });
  if (found == structs.end()) return decoder.add_limited(name, data);
  catalog::Type type{};
  type.kind = catalog::TypeKind::structure;
  type.set = type.length = type.filled = type.fill = catalog::nothing;
  type.element = static_cast<catalog::Index>(found - structs.begin());
  decoder.from_memory(type, {.bytes = data}, name, {});
}

void packet_info(Decoder& decoder, Bytes data) {
  const std::uint32_t at = decoder.open(ValueKind::structure, data_name);
  decoder.add_number("ipi_ifindex", load<std::uint32_t>(data.data()), Notation::ifindex, 4);
  const auto address = [&](std::string_view name, unsigned offset) {
    decoder.add_number(name, __builtin_bswap32(load<std::uint32_t>(data.data() + offset)),
                       Notation::ip4, 4);
  };
  address("ipi_spec_dst", 4);
  address("ipi_addr", 8);
  decoder.close(at);
}

// sock_extended_err, and who it comes from.
void extended_error(Decoder& decoder, Bytes data) {
  const std::uint32_t at = decoder.open(ValueKind::structure, data_name);
  const auto number = [&](std::string_view name, unsigned offset, unsigned width) {
    decoder.add_number(name, load_unsigned(data.data() + offset, width), Notation::dec, width);
  };
  number("ee_errno", 0, 4);
  number("ee_origin", 4, 1);
  number("ee_type", 5, 1);
  number("ee_code", 6, 1);
  number("ee_info", 8, 4);
  number("ee_data", 12, 4);
  socket_address(decoder, "offender", data.subspan(16));
  decoder.close(at);
}

void ip_message(Decoder& decoder, int type, Bytes data) {
  switch (type) {
    case ip_pktinfo:
      if (data.size() >= 12) return packet_info(decoder, data);
      break;
    case ip_ttl:
    case ip_checksum:
      if (data.size() >= 4) return numbers(decoder, data, Notation::dec, 4, false);
      break;
    case ip_tos:
    case ip_recvopts:
    case ip_retopts:
      if (!data.empty()) return numbers(decoder, data, Notation::hex, 1, false);
      break;
    case ip_recverr:
      if (data.size() >= 32) return extended_error(decoder, data);
      break;
    case ip_origdstaddr:
      if (data.size() >= 16) return socket_address(decoder, data_name, data);
      break;
    case scm_security:
      if (!data.empty()) decoder.add_limited(data_name, data);
      return;
    default: break;
  }
  unknown_data(decoder, data);
}

// What the type of a message is named by.
catalog::Index types_of(int level) {
  static const catalog::Index socket = catalog::find_set("scm_type");
  static const catalog::Index ip = catalog::find_set("ip_control");
  static const catalog::Index ip6 = catalog::find_set("ipv6_option");
  switch (level) {
    case sol_socket: return socket;
    case sol_ip: return ip;
    case sol_ip6: return ip6;
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
  switch (level) {
    case sol_socket: socket_message(decoder, type, data); break;
    case sol_ip: ip_message(decoder, type, data); break;
    default: unknown_data(decoder, data);
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
  bool goes_on = true;
  while (goes_on && rest.size() >= header && !decoder.exhausted()) {
    if (count == decoder.shown(count + 1)) {
      decoder.tape()[array].more = true;
      break;
    }
    const std::uint64_t length = load_unsigned(rest.data(), decoder.word());
    control_message(decoder, rest, length);
    ++count;
    goes_on = length >= header && length <= rest.size();
    const std::uint64_t next = std::max<std::uint64_t>(aligned(length, decoder.word()), header);
    rest =
        length > rest.size() ? Bytes{} : rest.subspan(std::min<std::uint64_t>(next, rest.size()));
  }
  if (rest.empty() && input.place.bytes.size() < input.size) decoder.tape()[array].more = true;
  const bool is_cut = !goes_on || rest.size() < header;
  if (!rest.empty() && is_cut) {
    decoder.add_end_of_memory(input.place.address + (input.place.bytes.size() - rest.size()));
  }
  decoder.close(array);
}

}  // namespace syscope::decode
