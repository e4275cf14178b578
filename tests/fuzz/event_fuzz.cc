// Arbitrary bytes as a stream of records: the cursors follow no size that lies.
#include <cstring>
#include <memory>

#include "event/view.h"
#include "tests/fuzz/driver.h"

using namespace syscope;

std::vector<std::string> fuzz_seeds() {
  sc_call call{};
  sc_block block{0x1000, 3, SC_MEMORY, SC_AT_ENTRY, 0};
  call.head = {sizeof call + sizeof block + 8, SC_CALL, SC_ABI_X86_64, 0, 1, 1, 5};
  call.blocks = 1;
  std::string record(call.head.size, '\0');
  std::memcpy(record.data(), &call, sizeof call);
  std::memcpy(record.data() + sizeof call, &block, sizeof block);
  std::memcpy(record.data() + sizeof call + sizeof block, "abc", 3);
  return {record, record + record};
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  event::Cursor cursor({reinterpret_cast<const std::byte*>(data), size});
  unsigned sum = 0;
  while (const auto record = cursor.next()) {
    event::Blocks blocks(*record);
    while (const auto block = blocks.next()) {
      for (const std::byte byte : block->bytes) sum += std::to_integer<unsigned>(byte);
    }
  }
  return sum == ~0u;
}
