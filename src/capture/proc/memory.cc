#include "capture/proc/memory.h"

#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace syscope::capture::proc {

Result<std::size_t> read_memory(pid_t pid, std::uint64_t address, std::span<std::byte> into) {
  // A remote vector is read whole or not at all, so each page is a vector of its own.
  constexpr std::uint64_t page = 4096;
  constexpr std::size_t most_vectors = 64;
  std::size_t done = 0;
  while (done < into.size()) {
    iovec remote[most_vectors];
    std::size_t vectors = 0;
    std::size_t wanted = 0;
    while (vectors < most_vectors && done + wanted < into.size()) {
      const std::uint64_t start = address + done + wanted;
      const std::size_t size =
          std::min<std::size_t>(page - start % page, into.size() - done - wanted);
      remote[vectors++] = {reinterpret_cast<void*>(start), size};
      wanted += size;
    }
    const iovec local{into.data() + done, wanted};
    const ssize_t count = ::process_vm_readv(pid, &local, 1, remote, vectors, 0);
    if (count < 0) {
      if (done != 0) break;
      return fail_errno(errno, "cannot read the memory of process", std::to_string(pid),
                        errno == EPERM ? "run as root, or grant CAP_SYS_PTRACE" : "");
    }
    done += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < wanted) break;
  }
  return done;
}

Result<std::string> read_memory_string(pid_t pid, std::uint64_t address, std::size_t limit) {
  std::string text(limit, '\0');
  const auto size = read_memory(pid, address, std::as_writable_bytes(std::span(text)));
  if (!size) return std::unexpected(size.error());
  text.resize(::strnlen(text.data(), *size));
  return text;
}

}  // namespace syscope::capture::proc
