#include "symbolize/frame_pointer.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "capture/proc/memory.h"

namespace syscope::symbolize {
namespace {

constexpr std::size_t most_stack = 256 << 10;
constexpr std::size_t most_unproved = 8;
constexpr std::uint64_t longest_call = 7;  // bytes of a call instruction
using Code = unsigned char[longest_call];

template <class T>
std::optional<T> read_object(pid_t pid, std::uint64_t address) {
  T value;
  const auto size =
      capture::proc::read_memory(pid, address, std::as_writable_bytes(std::span(&value, 1)));
  if (!size || *size != sizeof value) return {};
  return value;
}

// The four bytes of a displacement, added to the address behind them.
std::uint64_t relative(const unsigned char* bytes, std::uint64_t behind) {
  std::int32_t displacement;
  std::memcpy(&displacement, bytes, sizeof displacement);
  return behind + static_cast<std::uint64_t>(static_cast<std::int64_t>(displacement));
}

// Where a call ends up that goes through the procedure linkage table: [endbr64] [bnd] jmp
// *slot(%rip).
std::uint64_t through_linkage_table(pid_t pid, std::uint64_t target) {
  struct Stub {
    unsigned char bytes[16];
  };
  const auto stub = read_object<Stub>(pid, target);
  if (!stub) return target;
  static constexpr unsigned char endbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
  std::size_t at = std::memcmp(stub->bytes, endbr64, sizeof endbr64) == 0 ? sizeof endbr64 : 0;
  if (stub->bytes[at] == 0xf2) ++at;
  if (stub->bytes[at] != 0xff || stub->bytes[at + 1] != 0x25) return target;
  const std::uint64_t slot = relative(stub->bytes + at + 2, target + at + 6);
  return read_object<std::uint64_t>(pid, slot).value_or(target);
}

enum class Call { none, elsewhere, unknown, likely_here, here };

// A function whose start is not known is taken to be no longer than this.
constexpr std::uint64_t longest_function = 4096;

// Whether the instruction before the return address `behind` calls the function that `pc` lies in,
// which begins at `function` (0: not known). Intel SDM volume 2, CALL.
Call examine_call(pid_t pid, std::uint64_t behind, std::uint64_t function, std::uint64_t pc) {
  struct Bytes {
    Code code;
  };
  const auto bytes = read_object<Bytes>(pid, behind - longest_call);
  if (!bytes) return Call::none;
  const unsigned char* end = bytes->code + longest_call;
  if (end[-5] == 0xe8) {
    const std::uint64_t target = relative(end - 4, behind);
    if (function == 0 && target < pc && pc - target < longest_function) return Call::likely_here;
    if (target == function || through_linkage_table(pid, target) == function) return Call::here;
  }
  if (end[-6] == 0xff && end[-5] == 0x15) {
    const auto target = read_object<std::uint64_t>(pid, relative(end - 4, behind));
    if (function == 0) return Call::unknown;
    if (target == function) return Call::here;
  }
  // FF /2 with a register, or with memory by a register and a displacement of 0, 8 or 32 bits.
  const auto is_indirect = [&](int length, unsigned mode) {
    return end[-length] == 0xff && (end[1 - length] & 0xf8) == (mode << 6 | 0x10);
  };
  if (is_indirect(2, 3) || is_indirect(2, 0) || is_indirect(3, 1) || is_indirect(6, 2) ||
      is_indirect(4, 1) || is_indirect(3, 0) || is_indirect(7, 2)) {
    return Call::unknown;
  }
  return end[-5] == 0xe8 ? Call::elsewhere : Call::none;
}

// Where the function at `pc` begins; 0 when its symbols do not tell.
std::uint64_t start_of_function(Dwfl* dwfl, std::uint64_t pc) {
  Dwfl_Module* module = dwfl_addrmodule(dwfl, pc);
  GElf_Off offset = 0;
  GElf_Sym symbol;
  if (module == nullptr ||
      dwfl_module_addrinfo(module, pc, &offset, &symbol, nullptr, nullptr, nullptr) == nullptr) {
    return 0;
  }
  return pc - offset;
}

}  // namespace

std::vector<FramePointer> frame_pointer_candidates(const Modules& modules, pid_t pid,
                                                   std::uint64_t pc, std::uint64_t sp) {
  std::vector<FramePointer> candidates, likely;
  const capture::proc::Mapping* mapping = modules.mapping_at(sp);
  if (mapping == nullptr) return candidates;
  std::vector<std::uint64_t> words(std::min<std::uint64_t>(mapping->end - sp, most_stack) / 8);
  const auto size = capture::proc::read_memory(pid, sp, std::as_writable_bytes(std::span(words)));
  if (!size) return candidates;
  words.resize(*size / 8);
  const std::uint64_t function = start_of_function(modules.dwfl(), pc);
  // Frames are aligned to 16 bytes: so is RBP after the prologue.
  for (std::size_t at = sp % 16 == 0 ? 0 : 1; at + 1 < words.size(); at += 2) {
    if (!modules.is_code(words[at + 1])) continue;
    const Call call = examine_call(pid, words[at + 1], function, pc);
    const std::uint64_t value = sp + at * 8;
    if (call == Call::here) {
      candidates.insert(candidates.begin(), {value, true});
      break;
    }
    if (candidates.size() + likely.size() >= most_unproved) continue;
    if (call == Call::likely_here) likely.push_back({value, false});
    if (call == Call::unknown) candidates.push_back({value, false});
  }
  const bool is_proved = !candidates.empty() && candidates.front().proved;
  candidates.insert(candidates.begin() + (is_proved ? 1 : 0), likely.begin(), likely.end());
  return candidates;
}

}  // namespace syscope::symbolize
