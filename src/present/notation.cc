#include "present/notation.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>

#include "abi/names.h"
#include "present/constants.h"
#include "present/quote.h"

namespace syscope::present {

using catalog::Notation;
using decode::Value;

namespace {

// How a number with a readable form is written in each style. `plain` writes the number as such,
// `readable` the form that names it.
template <class Plain, class Readable>
void append_styled(ConstantStyle style, TextBuffer& out, Plain plain, Readable readable) {
  if (style == ConstantStyle::names) return readable();
  plain();
  if (style == ConstantStyle::raw) return;
  out.append(" /* ");
  readable();
  out.append(" */");
}

void append_plain(const Value& value, TextBuffer& out) {
  if (value.is_signed) {
    out.append_signed(sign_extended(value.number, value.width));
  } else {
    out.append_decimal(low_bytes(value.number, value.width));
  }
}

void append_named_number(std::uint64_t number, std::string_view name, ConstantStyle style,
                         TextBuffer& out) {
  const auto plain = [&] { out.append_signed(static_cast<std::int64_t>(number)); };
  if (name.empty()) return plain();
  append_styled(style, out, plain, [&] { out.append(name); });
}

// At least three digits: 000, 0644.
void append_mode(std::uint64_t mode, TextBuffer& out) {
  if (mode > 077) {
    out.append_octal(mode);
  } else {
    out.append_padded(mode, 3, 8);
  }
}

void append_id(const Value& value, TextBuffer& out) {
  const std::uint64_t id = low_bytes(value.number, value.width);
  if (id == low_bytes(~std::uint64_t{0}, value.width)) return out.append("-1");
  out.append_decimal(id);
}

void append_device(std::uint64_t device, ConstantStyle style, TextBuffer& out) {
  append_styled(
      style, out, [&] { out.append_hex(device); },
      [&] {
        const std::uint64_t major = (device >> 8 & 0xfff) | (device >> 32 & ~std::uint64_t{0xfff});
        const std::uint64_t minor = (device & 0xff) | (device >> 12 & 0xffffff00);
        out.append("makedev(");
        out.append_hex(major);
        out.append(", ");
        out.append_hex(minor);
        out.append(')');
      });
}

// A number that memory holds with its most significant byte first: "\x00\x50" where it is raw.
template <class Readable>
void append_network_number(std::uint64_t number, unsigned width, ConstantStyle style,
                           TextBuffer& out, Readable readable) {
  const auto plain = [&] {
    std::array<std::byte, 8> bytes;
    for (unsigned i = 0; i < width; ++i) bytes[i] = std::byte(number >> (width - 1 - i) * 8);
    append_quoted(Bytes(bytes.data(), width), false, HexStrings::all, out);
  };
  append_styled(style, out, plain, readable);
}

// htons(80), and "\x00\x50" where numbers are wanted; htons(ETH_P_ALL), and htons(0x3)
void append_swapped(std::string_view function, const Value& value, ConstantStyle style,
                    TextBuffer& out) {
  const std::uint64_t number = low_bytes(value.number, value.width);
  const auto call = [&](auto argument) {
    out.append(function);
    argument();
    out.append(')');
  };
  if (value.set != catalog::nothing) {
    const catalog::Set& names = catalog::sets()[value.set];
    return call([&] { append_constant(names, number, 8, style, out); });
  }
  append_network_number(number, value.width, style, out,
                        [&] { call([&] { out.append_decimal(number); }); });
}

void append_ip4(std::uint32_t address, TextBuffer& out) {
  out.append("inet_addr(\"");
  for (unsigned byte = 0; byte < 4; ++byte) {
    if (byte != 0) out.append('.');
    out.append_decimal(address >> (24 - byte * 8) & 0xff);
  }
  out.append("\")");
}

void append_interface(const Value& value, ConstantStyle style, TextBuffer& out) {
  std::array<char, IF_NAMESIZE> name;
  const auto index = static_cast<unsigned>(value.number);
  if (index == 0 || if_indextoname(index, name.data()) == nullptr) return append_plain(value, out);
  append_styled(
      style, out, [&] { append_plain(value, out); },
      [&] {
        out.append("if_nametoindex(");
        append_quoted(as_bytes(name.data()), false, HexStrings::none, out);
        out.append(')');
      });
}

void append_limit(std::uint64_t limit, std::uint64_t infinity, std::string_view infinite,
                  ConstantStyle style, TextBuffer& out) {
  const bool in_kib = limit > 1024 && limit % 1024 == 0;
  if (limit != infinity && !in_kib) return out.append_decimal(limit);
  append_styled(
      style, out, [&] { out.append_decimal(limit); },
      [&] {
        if (limit == infinity) return out.append(infinite);
        out.append_decimal(limit / 1024);
        out.append("*1024");
      });
}

// Of `SNDCTL_TMR_START or TCSETS`, from `start` on, one name is left.
void keep_one_name(RequestNames names, std::size_t start, TextBuffer& out) {
  constexpr std::string_view between = " or ";
  const std::string text(out.view().substr(start));
  const std::size_t end = text.find(between);
  if (end == std::string::npos) return;
  out.truncate(start);
  out.append(names == RequestNames::sound ? std::string_view(text).substr(0, end)
                                          : std::string_view(text).substr(end + between.size()));
}

void append_character(std::uint64_t number, TextBuffer& out) {
  const std::byte byte{static_cast<unsigned char>(number)};
  out.append('\'');
  append_escaped(Bytes(&byte, 1), '\'', HexStrings::none, out);
  out.append('\'');
}

// As many characters as the number has digits, the 0x of all but zero among them.
void append_full_hex(std::uint64_t number, unsigned width, TextBuffer& out) {
  if (number == 0) return out.append_padded(0, 2 * width, 16);
  out.append("0x");
  out.append_padded(number, 2 * width - 2, 16);
}

// A time as times(2) counts it: 30 /* 0.30 s */.
void append_ticks(std::uint64_t ticks, ConstantStyle style, TextBuffer& out) {
  out.append_decimal(ticks);
  if (ticks == 0 || style == ConstantStyle::raw) return;
  out.append(" /* ");
  out.append_decimal(ticks / 100);
  out.append('.');
  out.append_padded(ticks % 100, 2, 10);
  out.append(" s */");
}

// What the kernel says of one of many things: a number, or a negated error.
void append_outcome(std::int64_t outcome, ConstantStyle style, TextBuffer& out) {
  const bool may_fail = outcome < 0 && outcome > -4096;
  const std::string_view name =
      may_fail ? error_name(static_cast<int>(-outcome)) : std::string_view{};
  const auto plain = [&] { out.append_signed(outcome); };
  if (name.empty()) return plain();
  append_styled(style, out, plain, [&] {
    out.append('-');
    out.append(name);
  });
}

std::uint64_t infinity_of(unsigned width) { return low_bytes(~std::uint64_t{0}, width); }

}  // namespace

void append_in_notation(const Value& value, ConstantStyle style, TextBuffer& out) {
  const unsigned width = value.width;
  switch (value.notation) {
    case Notation::dec:
    case Notation::pid:
    case Notation::tid:
    case Notation::pgid:
    case Notation::seconds:
    case Notation::instant:
    case Notation::nanoseconds: return append_plain(value, out);
    case Notation::fd: return out.append_signed(sign_extended(value.number, width));
    case Notation::dirfd:
      return append_named_number(static_cast<std::uint64_t>(sign_extended(value.number, width)),
                                 sign_extended(value.number, width) == AT_FDCWD ? "AT_FDCWD" : "",
                                 style, out);
    case Notation::hex: return out.append_hex(low_bytes(value.number, width));
    case Notation::hex8: return append_full_hex(low_bytes(value.number, width), width, out);
    case Notation::oct: return out.append_octal(low_bytes(value.number, width));
    case Notation::mode: return append_mode(low_bytes(value.number, width), out);
    case Notation::filemode: return append_file_mode(low_bytes(value.number, width), style, out);
    case Notation::symbol:
      if (value.set == catalog::nothing) return append_plain(value, out);
      return append_constant(catalog::sets()[value.set], low_bytes(value.number, width),
                             value.is_signed ? width : 8, style, out);
    case Notation::bits:
      if (value.set == catalog::nothing) return out.append_hex(low_bytes(value.number, width));
      return append_flags(catalog::sets()[value.set], value.number, width, style, out);
    case Notation::addr: return append_address(low_bytes(value.number, width), out);
    case Notation::uid:
    case Notation::gid: return append_id(value, out);
    case Notation::signo:
    case Notation::exitsig: {
      if (!value.is_signed && value.number > INT64_MAX) return append_plain(value, out);
      const std::int64_t signal = sign_extended(value.number, width);
      return append_named_number(static_cast<std::uint64_t>(signal),
                                 signal_name(static_cast<int>(signal)), style, out);
    }
    case Notation::error: {
      const std::int64_t error = sign_extended(value.number, width);
      return append_named_number(static_cast<std::uint64_t>(error),
                                 error_name(static_cast<int>(error)), style, out);
    }
    case Notation::dev: return append_device(low_bytes(value.number, width), style, out);
    case Notation::be16: return append_swapped("htons(", value, style, out);
    case Notation::be32: return append_swapped("htonl(", value, style, out);
    case Notation::be64:  // in every style
      out.append("htobe64(");
      out.append_decimal(value.number);
      return out.append(')');
    case Notation::ip4:
      return append_network_number(value.number, 4, style, out, [&] {
        append_ip4(static_cast<std::uint32_t>(value.number), out);
      });
    case Notation::ifindex: return append_interface(value, style, out);
    case Notation::wstatus:
      return append_wait_status(static_cast<std::uint32_t>(value.number), style, out);
    case Notation::rlim:
      return append_limit(low_bytes(value.number, width), infinity_of(width), "RLIM_INFINITY",
                          style, out);
    case Notation::rlim64:
      return append_limit(value.number, infinity_of(8), "RLIM64_INFINITY", style, out);
    case Notation::boolean:
      return out.append(low_bytes(value.number, width) != 0 ? "true" : "false");
    case Notation::ioctl: return append_request(value, RequestNames::all, style, out);
    case Notation::ticks: return append_ticks(low_bytes(value.number, width), style, out);
    case Notation::outcome: return append_outcome(sign_extended(value.number, width), style, out);
    case Notation::character: return append_character(value.number, out);
    case Notation::ip6:
    case Notation::mac: return out.append_hex(value.number);  // bytes, not numbers
  }
}

void append_request(const Value& value, RequestNames names, ConstantStyle style,
                    TextBuffer& out) {
  const auto request = static_cast<std::uint32_t>(value.number);
  append_styled(
      style, out, [&] { out.append_hex(request); },
      [&] {
        const std::size_t start = out.size();
        if (value.set != catalog::nothing &&
            append_all_names(catalog::sets()[value.set], request, sizeof request, out)) {
          if (names != RequestNames::all && request >> 8 == 'T') keep_one_name(names, start, out);
          return;
        }
        if (value.set != catalog::nothing &&
            append_sized_name(catalog::sets()[value.set], request, style, out)) {
          return;
        }
        constexpr std::array<std::string_view, 4> directions = {
            "_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"};
        out.append("_IOC(");
        out.append(directions[request >> 30]);
        for (const std::uint32_t part :
             {request >> 8 & 0xff, request & 0xff, request >> 16 & 0x3fff}) {
          out.append(", ");
          out.append_hex(part);
        }
        out.append(')');
      });
}

void append_address(std::uint64_t address, TextBuffer& out) {
  if (address == 0) return out.append("NULL");
  out.append_hex(address);
}

void append_signal_word(std::uint64_t signal, ConstantStyle style, TextBuffer& out) {
  const std::string_view name = signal_name(static_cast<int>(signal));
  if (name.empty()) return out.append_decimal(signal);
  append_styled(
      style, out, [&] { out.append_decimal(signal); }, [&] { out.append(name.substr(3)); });
}

void append_ip6(Bytes address, std::string_view member, ConstantStyle style, TextBuffer& out) {
  std::array<char, INET6_ADDRSTRLEN> text;
  const bool whole = address.size() == 16;
  if (!whole || style != ConstantStyle::names) {
    if (!member.empty()) {
      out.append(member);
      out.append('=');
    }
    append_quoted(address, false, HexStrings::all, out);
    if (!whole || style == ConstantStyle::raw) return;
    out.append(" /* ");
  }
  inet_ntop(AF_INET6, address.data(), text.data(), text.size());
  out.append("inet_pton(AF_INET6, \"");
  out.append(std::string_view(text.data()));
  out.append('"');
  if (style == ConstantStyle::names && !member.empty()) {
    out.append(", &");
    out.append(member);
  }
  out.append(')');
  if (style == ConstantStyle::verbose) out.append(" */");
}

void append_ip4(Bytes address, ConstantStyle style, TextBuffer& out) {
  append_styled(
      style, out, [&] { append_quoted(address, false, HexStrings::all, out); },
      [&] { append_ip4(__builtin_bswap32(load<std::uint32_t>(address.data())), out); });
}

void append_mac(Bytes address, ConstantStyle style, TextBuffer& out) {
  if (style != ConstantStyle::names) append_quoted(address, false, HexStrings::all, out);
  if (style == ConstantStyle::raw) return;
  if (style == ConstantStyle::verbose) out.append(" /* ");
  for (std::size_t i = 0; i < address.size(); ++i) {
    if (i != 0) out.append(':');
    out.append_padded(std::to_integer<std::uint64_t>(address[i]), 2, 16);
  }
  if (style == ConstantStyle::verbose) out.append(" */");
}

void append_file_mode(std::uint64_t mode, ConstantStyle style, TextBuffer& out) {
  struct Bit {
    std::uint64_t value;
    std::string_view name;
  };
  static constexpr Bit types[] = {{S_IFREG, "S_IFREG"},  {S_IFDIR, "S_IFDIR"}, {S_IFCHR, "S_IFCHR"},
                                  {S_IFBLK, "S_IFBLK"},  {S_IFIFO, "S_IFIFO"}, {S_IFLNK, "S_IFLNK"},
                                  {S_IFSOCK, "S_IFSOCK"}};
  static constexpr Bit bits[] = {{S_ISUID, "S_ISUID"}, {S_ISGID, "S_ISGID"}, {S_ISVTX, "S_ISVTX"}};
  const auto type = std::ranges::find(types, mode & S_IFMT, &Bit::value);
  const bool known = type != std::end(types);
  if (!known || style != ConstantStyle::names) append_mode(mode, out);
  if (!known || style == ConstantStyle::raw) return;
  if (style == ConstantStyle::verbose) out.append(" /* ");
  out.append(type->name);
  for (const Bit& bit : bits) {
    if ((mode & bit.value) == 0) continue;
    out.append('|');
    out.append(bit.name);
  }
  out.append('|');
  append_mode(mode & ~std::uint64_t{S_IFMT | S_ISUID | S_ISGID | S_ISVTX}, out);
  if (style == ConstantStyle::verbose) out.append(" */");
}

void append_wait_status(std::uint32_t status, ConstantStyle, TextBuffer& out) {
  const auto number = static_cast<int>(status);
  const auto append_signal = [&](int signal) {
    append_named_number(static_cast<std::uint64_t>(signal), signal_name(signal),
                        ConstantStyle::names, out);
  };
  if (WIFSTOPPED(number)) {
    const int signal = WSTOPSIG(number);
    out.append("{WIFSTOPPED(s) && WSTOPSIG(s) == ");
    append_signal(signal & 0x7f);
    if ((signal & 0x80) != 0) out.append(" | 0x80");
    out.append('}');
    status &= ~std::uint32_t{0xffff};
  } else if (WIFSIGNALED(number)) {
    out.append("{WIFSIGNALED(s) && WTERMSIG(s) == ");
    append_signal(WTERMSIG(number));
    out.append(WCOREDUMP(number) ? " && WCOREDUMP(s)}" : "}");
    status &= ~std::uint32_t{0xff};
  } else if (WIFEXITED(number)) {
    out.append("{WIFEXITED(s) && WEXITSTATUS(s) == ");
    out.append_signed(WEXITSTATUS(number));
    out.append('}');
    status &= ~std::uint32_t{0xff7f};
  } else if (WIFCONTINUED(number)) {
    out.append("{WIFCONTINUED(s)}");
    status &= ~std::uint32_t{0xffff};
  }
  if (status != 0) {
    out.append(" | ");
    out.append_hex(status);
  }
}

}  // namespace syscope::present
