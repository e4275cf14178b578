// What keyctl(2) is given besides names and numbers.
#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

// As long as a field of the parameters in argument 1 says: struct keyctl_pkey_params.
void key_input(const HookInput& input, std::size_t length_at) {
  constexpr std::size_t whole = 40;
  Decoder& decoder = input.decoder;
  const Captured parameters = decoder.memory().find(decoder.argument(1), Phase::entry, whole);
  if (parameters.bytes.size() < whole) return decoder.add_address(input.name, input.place.address);
  const std::uint64_t size = load_unsigned(parameters.bytes.data() + length_at, 4);
  decoder.buffer(input.place.address, size, input.name, input.scope.phase);
}

}  // namespace

void first_key_input(const HookInput& input) { key_input(input, 4); }

void second_key_input(const HookInput& input) { key_input(input, 8); }

}  // namespace syscope::decode
