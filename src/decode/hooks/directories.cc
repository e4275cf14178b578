// Directory entries: getdents(2).
#include <algorithm>
#include <cstdio>

#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

struct Layout {
  unsigned inode;   // bytes of d_ino and d_off
  bool type_first;  // d_type stands before the name; else in the entry's last byte
};

// The entry's length, or 0 if there is none that makes sense.
std::size_t entry_size(const Layout& layout, Bytes rest) {
  const std::size_t header = 2 * layout.inode + 2 + (layout.type_first ? 1 : 0);
  if (rest.size() < header + 1) return 0;
  const std::size_t size = load<std::uint16_t>(rest.data() + 2 * layout.inode);
  return size <= header || size > rest.size() ? 0 : size;
}

void entry_type(Decoder& decoder, std::byte type) {
  static constexpr std::string_view names[] = {"DT_UNKNOWN", "DT_FIFO", "DT_CHR", "", "DT_DIR", "",
                                               "DT_BLK",     "",        "DT_REG", "", "DT_LNK", "",
                                               "DT_SOCK",    "",        "DT_WHT"};
  const auto number = std::to_integer<std::size_t>(type);
  if (number < std::size(names) && !names[number].empty()) {
    return decoder.add_word("d_type", names[number], number);
  }
  decoder.add_number("d_type", number, Notation::hex, 1);
  decoder.tape()[decoder.tape().size() - 1].comment = "DT_???";
}

void entry(Decoder& decoder, const Layout& layout, Bytes bytes) {
  const std::size_t type_at = layout.type_first ? 2 * layout.inode + 2 : bytes.size() - 1;
  const std::size_t name_at = 2 * layout.inode + 2 + (layout.type_first ? 1 : 0);
  const Bytes room = bytes.subspan(name_at, bytes.size() - name_at - (layout.type_first ? 0 : 1));
  const auto end = std::ranges::find(room, std::byte{0});

  const std::uint32_t at = decoder.open(ValueKind::structure, {});
  decoder.add_number("d_ino", load_unsigned(bytes.data(), layout.inode), Notation::dec,
                     layout.inode);
  decoder.add_number(
      "d_off", static_cast<std::uint64_t>(load_signed(bytes.data() + layout.inode, layout.inode)),
      Notation::dec, layout.inode, true);
  decoder.add_number("d_reclen", bytes.size(), Notation::dec, 2);
  if (layout.type_first) entry_type(decoder, bytes[type_at]);
  decoder.add_string("d_name", room.first(static_cast<std::size_t>(end - room.begin())));
  if (!layout.type_first) entry_type(decoder, bytes[type_at]);
  decoder.close(at);
}

void entries(const HookInput& input, const Layout& layout) {
  Decoder& decoder = input.decoder;
  Bytes rest = input.place.bytes;
  if (decoder.options().abbreviate) {
    std::size_t count = 0;
    while (const std::size_t size = entry_size(layout, rest)) {
      rest = rest.subspan(size);
      ++count;
    }
    char note[40];
    const int size =
        std::snprintf(note, sizeof note, "%zu entr%s", count, count == 1 ? "y" : "ies");
    return decoder.add_address(input.name, input.place.address,
                               decoder.tape().keep({note, static_cast<std::size_t>(size)}));
  }
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  std::size_t size = 0;
  while (!decoder.exhausted() && (size = entry_size(layout, rest)) != 0) {
    entry(decoder, layout, rest.first(size));
    rest = rest.subspan(size);
  }
  decoder.tape()[array].more = input.place.cut && input.place.bytes.size() < input.size;
  decoder.close(array);
}

}  // namespace

void dirents64(const HookInput& input) { entries(input, {.inode = 8, .type_first = true}); }

void dirents(const HookInput& input) {
  entries(input, {.inode = input.decoder.word(), .type_first = false});
}

}  // namespace syscope::decode
