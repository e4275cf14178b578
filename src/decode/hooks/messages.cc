// What travels on sockets besides bytes: addresses of unix(7).
#include <algorithm>

#include "decode/hooks/table.h"

namespace syscope::decode {

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
