// What requests of devices hold: spans of time, codes of pixel formats, numbers of calls.
#include <cinttypes>
#include <cstdio>
#include <string>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

std::uint64_t number_of(const HookInput& input) {
  const std::size_t width = input.place.bytes.size();
  return width == 1 || width == 2 || width == 4 || width == 8
             ? load_unsigned(input.place.bytes.data(), static_cast<unsigned>(width))
             : 0;
}

std::string_view printed(const HookInput& input, const char* text, int size) {
  return input.decoder.tape().keep({text, static_cast<std::size_t>(size)});
}

}  // namespace

// A signed number of nanoseconds: 500000000 /* 0.500000000 s */.
void nanosecond_span(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const auto span = static_cast<std::int32_t>(number_of(input));
  const std::uint32_t at = decoder.tape().size();
  decoder.add_number(input.name, static_cast<std::uint64_t>(std::int64_t{span}),
                     catalog::Notation::dec, 4, true);
  if (span == 0) return;
  const std::uint64_t size = span < 0 ? -std::int64_t{span} : span;
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%s%" PRIu64 ".%09" PRIu64 " s",
                                   span < 0 ? "-" : "", size / 1000000000, size % 1000000000);
  decoder.tape()[at].comment = printed(input, text, length);
}

// A number of microseconds: 500000 /* 0.500000 s */.
void microsecond_span(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const std::uint64_t span = number_of(input);
  const std::uint32_t at = decoder.tape().size();
  decoder.add_number(input.name, span, catalog::Notation::dec, 4);
  if (span == 0) return;
  char text[40];
  const int length = std::snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64 " s", span / 1000000,
                                   span % 1000000);
  decoder.tape()[at].comment = printed(input, text, length);
}

// Four characters, first the lowest byte, and the name of the format, of whichever kind.
void fourcc(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const std::uint64_t code = number_of(input);
  std::string text = "v4l2_fourcc(";
  for (unsigned byte = 0; byte < 4; ++byte) {
    const unsigned character = code >> 8 * byte & 0xff;
    char escaped[8];
    const bool is_plain = character >= ' ' && character < 0x7f && character != '\\' &&
                          character != '\'';
    const char* const form = is_plain                                        ? "'%c'"
                             : character == '\\' || character == '\'' ? "'\\%c'"
                                                                             : "'\\x%02x'";
    std::snprintf(escaped, sizeof escaped, form, character);
    text += escaped;
    text += byte < 3 ? ", " : ")";
  }
  for (const std::string_view set : {"v4l2_pix_fmt", "v4l2_meta_fmt", "v4l2_sdr_fmt"}) {
    const catalog::Index index = catalog::find_set(set, decoder.abi());
    if (index == catalog::nothing) continue;
    const catalog::Member* const member = catalog::find_member(catalog::sets()[index], code);
    if (member == nullptr) continue;
    text += " /* ";
    text += catalog::text(member->name);
    text += " */";
    break;
  }
  decoder.add_word(input.name, decoder.tape().keep(text), code);
  decoder.tape()[decoder.tape().size() - 1].named = true;
}

// The first object that a search of btrfs begins with, as a member of btrfs_object; where anything
// is abbreviated, the first one that a subvolume has is not told.
void first_object(const HookInput& input) {
  constexpr std::uint64_t first_free = 256;
  Decoder& decoder = input.decoder;
  const std::uint64_t object = number_of(input);
  if (decoder.options().abbreviate && object == first_free) return;
  decoder.add_number(input.name, object, catalog::Notation::symbol, 8, false,
                     catalog::find_set("btrfs_object", decoder.abi()));
}

// The size of an array of struct ifreq: 80 /* 2 * sizeof(struct ifreq) */, netdevice(7).
void ifreq_bytes(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const auto size = static_cast<std::int32_t>(number_of(input));
  const std::int32_t one = decoder.word() == 8 ? 40 : 32;
  const std::uint32_t at = decoder.tape().size();
  decoder.add_number(input.name, static_cast<std::uint64_t>(std::int64_t{size}),
                     catalog::Notation::dec, 4, true);
  if (size <= 0 || size % one != 0) return;
  decoder.tape()[at].comment =
      decoder.tape().keep(std::to_string(size / one) + " * sizeof(struct ifreq)");
}

// Two words: 1/30.
void fraction(const HookInput& input) {
  const Bytes bytes = input.place.bytes;
  if (bytes.size() < 8) return input.decoder.add_ellipsis();
  const std::string text = std::to_string(load_unsigned(bytes.data(), 4)) + "/" +
                           std::to_string(load_unsigned(bytes.data() + 4, 4));
  Decoder& decoder = input.decoder;
  decoder.add_word(input.name, decoder.tape().keep(text));
  decoder.tape()[decoder.tape().size() - 1].width = 0;
}

// VIDIOC_CREATE_BUFS: which buffers there are now, at the begin of the argument.
void created_buffers(Decoder& decoder, const catalog::Prototype&, DecodedCall&) {
  const std::size_t whole = decoder.word() == 8 ? 256 : 248;  // of the argument
  const Captured captured = decoder.memory().find(decoder.argument(2), Phase::exit, whole);
  if (!decoder.succeeded() || captured.bytes.size() < whole) return;
  const std::uint32_t at = decoder.open(ValueKind::structure, {});
  decoder.add_number("index", load_unsigned(captured.bytes.data(), 4), catalog::Notation::dec, 4);
  decoder.add_number("count", load_unsigned(captured.bytes.data() + 4, 4), catalog::Notation::dec,
                     4);
  decoder.close(at);
}

// The number of a call, beside the architecture that it belongs to: of 4 bytes in the same struct
// (seccomp_unotify(2)), of 8 in the one around it (PTRACE_GET_SYSCALL_INFO of ptrace(2)).
void syscall_number(const HookInput& input) {
  Decoder& decoder = input.decoder;
  const std::uint64_t number = number_of(input);
  const bool is_wide = input.place.bytes.size() == 8;
  const std::uint32_t at = decoder.tape().size();
  decoder.add_number(input.name, number, catalog::Notation::dec, is_wide ? 8 : 4);
  if (at >= decoder.tape().size()) return;
  constexpr std::size_t arch_offset = 4;
  const Bytes here = is_wide ? input.scope.outer : input.scope.here;
  if (here.size() < arch_offset + 4) return;
  struct Known {
    std::uint64_t arch;
    Abi abi;
  };
  static constexpr Known known[] = {
      {0xc000003e, Abi::x86_64}, {0x40000003, Abi::i386}, {0xc00000b7, Abi::arm64}};
  const std::uint64_t arch = load_unsigned(here.data() + arch_offset, 4);
  for (const Known& candidate : known) {
    if (candidate.arch != arch || candidate.abi != decoder.abi()) continue;
    const catalog::Call* const call =
        catalog::find_call(decoder.tables(), static_cast<std::uint32_t>(number));
    if (call == nullptr) return;
    const std::string word = "__NR_" + std::string(catalog::text(call->name));
    decoder.tape()[at].bytes = as_bytes(decoder.tape().keep(word));
  }
}

}  // namespace syscope::decode
