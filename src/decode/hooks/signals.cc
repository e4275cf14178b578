// Signals as arguments: rt_sigqueueinfo(2), waitid(2), sigaction(2).
#include <algorithm>

#include "decode/hooks/table.h"
#include "decode/siginfo.h"

namespace syscope::decode {

void siginfo(const HookInput& input) {
  constexpr std::size_t all = 128;  // what the kernel copies, sigaction(2)
  if (input.place.bytes.size() < all) {
    return input.decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  add_siginfo(input.decoder.tape(), input.place.bytes, input.decoder.word(), input.name);
}

void signal_handler(const HookInput& input) {
  const unsigned word = input.decoder.word();
  if (input.place.bytes.size() < word) return input.decoder.add_ellipsis();
  const std::uint64_t handler = load_unsigned(input.place.bytes.data(), word);
  const std::uint64_t error = ~std::uint64_t{0} >> (64 - 8 * word);
  if (handler == 0) return input.decoder.add_word(input.name, "SIG_DFL", 0);
  if (handler == 1) return input.decoder.add_word(input.name, "SIG_IGN", 1);
  if (handler == error) return input.decoder.add_word(input.name, "SIG_ERR", error);
  input.decoder.add_address(input.name, handler);
}

}  // namespace syscope::decode
