// Reading the memory of another process.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"

namespace syscope::capture::proc {

// Copies up to into.size() bytes at `address`; returns how many could be read, less than asked
// where the mapping ends. Disturbs nothing. process_vm_readv(2); needs PTRACE_MODE_ATTACH.
[[nodiscard]] Result<std::size_t> read_memory(pid_t pid, std::uint64_t address,
                                              std::span<std::byte> into);

// A NUL-terminated string of at most `limit` bytes; without a NUL what was read comes back.
[[nodiscard]] Result<std::string> read_memory_string(pid_t pid, std::uint64_t address,
                                                     std::size_t limit);

}  // namespace syscope::capture::proc
