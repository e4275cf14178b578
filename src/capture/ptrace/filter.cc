#include "capture/ptrace/filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <span>

namespace syscope::capture::ptrace {
namespace {

using Program = std::vector<sock_filter>;

constexpr std::uint32_t x32_bit = 0x40000000;

sock_filter statement(std::uint16_t code, std::uint32_t k) { return {code, 0, 0, k}; }

sock_filter verdict(bool traced) {
  return statement(BPF_RET | BPF_K, traced ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW);
}

// From `from` on, up to the next change, calls are wanted or not.
struct Change {
  std::uint32_t from;
  bool wanted;
};

std::vector<Change> changes_of(const WantedCalls& wanted, Abi abi) {
  std::vector<Change> changes{{0, wanted.has(abi, 0)}};
  for (std::uint32_t nr = 1; nr <= WantedCalls::limit; ++nr) {
    const bool has = wanted.has(abi, nr);
    if (has != changes.back().wanted) changes.push_back({nr, has});
  }
  return changes;
}

// Appends a search for the accumulator among the changes. `base` is added to all numbers. Jumps go
// over an unconditional one, since conditional jumps reach only 255 instructions far.
void append_search(Program& program, std::span<const Change> changes, std::uint32_t base) {
  if (changes.size() == 1) return program.push_back(verdict(changes[0].wanted));
  const std::size_t middle = changes.size() / 2;
  program.push_back({BPF_JMP | BPF_JGE | BPF_K, 0, 1, base + changes[middle].from});
  const std::size_t jump = program.size();
  program.push_back(statement(BPF_JMP | BPF_JA, 0));
  append_search(program, changes.first(middle), base);
  program[jump].k = static_cast<std::uint32_t>(program.size() - jump - 1);
  append_search(program, changes.subspan(middle), base);
}

// Appends `body`, run only if the accumulator compares so.
void append_if(Program& program, std::uint16_t comparison, std::uint32_t k, const Program& body) {
  program.push_back({static_cast<std::uint16_t>(BPF_JMP | comparison | BPF_K), 1, 0, k});
  program.push_back(statement(BPF_JMP | BPF_JA, static_cast<std::uint32_t>(body.size())));
  program.insert(program.end(), body.begin(), body.end());
}

Program search_of(const WantedCalls& wanted, Abi abi, std::uint32_t base) {
  Program program;
  append_search(program, changes_of(wanted, abi), base);
  return program;
}

}  // namespace

std::vector<sock_filter> make_filter(const WantedCalls& wanted) {
#ifdef __x86_64__
  if (wanted.everything()) return {};
  const sock_filter load_number = statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));

  Program wide{load_number};
  append_if(wide, BPF_JGE, x32_bit, search_of(wanted, Abi::x32, x32_bit));
  const Program native = search_of(wanted, Abi::x86_64, 0);
  wide.insert(wide.end(), native.begin(), native.end());

  Program narrow{load_number};
  const Program i386 = search_of(wanted, Abi::i386, 0);
  narrow.insert(narrow.end(), i386.begin(), i386.end());

  Program program{statement(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch))};
  append_if(program, BPF_JEQ, AUDIT_ARCH_X86_64, wide);
  append_if(program, BPF_JEQ, AUDIT_ARCH_I386, narrow);
  program.push_back(verdict(false));
  if (program.size() > BPF_MAXINSNS) return {};
  return program;
#else
  (void)wanted;
  return {};
#endif
}

}  // namespace syscope::capture::ptrace
