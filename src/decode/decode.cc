#include "decode/decode.h"

#include <charconv>

#include "catalog/find.h"
#include "decode/decoder.h"

namespace syscope::decode {

using catalog::Notation;
using catalog::Tables;

namespace {

constexpr std::uint32_t x32_bit = 0x40000000;  // syscall(2)

bool is_known(std::uint8_t abi) { return abi <= SC_ABI_ARM64; }

std::string_view unknown_name(const sc_call& record, Tape& tape) {
  char name[32] = "syscall_0x";
  const bool is_x32 = record.head.abi == SC_ABI_X32;
  std::uint64_t number = is_x32 ? record.nr | x32_bit : record.nr;
  if (number >> 31 != 0 && word_size(static_cast<Abi>(record.head.abi)) == 8) {
    number |= ~std::uint64_t{0} << 32;  // the register held a negative number
  }
  const char* const end = std::to_chars(name + 10, name + sizeof name, number, 16).ptr;
  return tape.keep({name, static_cast<std::size_t>(end - name)});
}

void decode_unknown(const sc_call& record, Decoder& decoder, Tape& tape, DecodedCall& decoded) {
  static constexpr std::string_view names[] = {"arg1", "arg2", "arg3", "arg4", "arg5", "arg6"};
  decoded.name = unknown_name(record, tape);
  const bool is_x32 = record.head.abi == SC_ABI_X32;  // its registers are wider than its words
  for (unsigned i = 0; i < 6; ++i) {
    decoder.add_number(names[i], is_x32 ? record.args[i] : decoder.argument(i), Notation::hex,
                       is_x32 ? 8 : decoder.word());
  }
  decoded.arguments_at_entry = 6;
}

}  // namespace

DecodedCall decode_call(Bytes record, const Options& options, Tape& tape) {
  tape.clear();
  DecodedCall decoded;
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr || !is_known(call->head.abi)) return decoded;
  decoded.record = call;
  decoded.abi = static_cast<Abi>(call->head.abi);

  const Tables& tables = catalog::tables(decoded.abi);
  Decoder decoder(record, tables, options, tape);
  decoded.call = catalog::find_call(tables, call->nr);
  const bool finished = call->head.kind == SC_CALL && (call->head.flags & SC_NO_RETURN) == 0;
  decoded.failed =
      finished && is_error(decoder.result()) && (call->head.flags & SC_NO_ERROR) == 0;
  if (decoded.failed) decoded.error = static_cast<int>(-decoder.result());

  if (decoded.call != nullptr) {
    decoded.name = catalog::text(decoded.call->name);
    decoded.prototype = &catalog::find_prototype(tables, *decoded.call, call->args);
  }
  if ((call->head.flags & SC_NO_ENTRY) != 0) {
    if (decoded.call == nullptr) decoded.name = unknown_name(*call, tape);
  } else if (decoded.call != nullptr) {
    decoder.decode_arguments(*decoded.prototype, decoded);
  } else {
    decode_unknown(*call, decoder, tape, decoded);
  }
  decoded.arguments_end = decoded.result = tape.size();
  if (!finished) return decoded;
  if (decoded.prototype != nullptr) {
    decoder.decode_result(*decoded.prototype, decoded);
  } else {
    decoder.add_number({}, static_cast<std::uint64_t>(decoder.result()), Notation::dec, 8, true);
  }
  return decoded;
}

}  // namespace syscope::decode
