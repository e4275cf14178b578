// Paths that a waiter has passed to the kernel.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "diagnose/scene.h"

namespace syscope::diagnose {

// The path that a thread in open, openat, stat and their kind names, made absolute by its working
// directory or the descriptor it gave. Nothing when it is in no such call or its memory is unreadable.
[[nodiscard]] std::optional<std::string> opened_path(const ThreadState& thread, Scene& scene);

// Whether that call opens a file (open, openat, openat2, creat).
[[nodiscard]] bool is_open(const ThreadState& thread);

// The inode number and type of a path as the process sees it (its root directory, its mounts). Asks no
// file server. Nothing when it cannot be known.
[[nodiscard]] std::optional<std::uint64_t> inode_of(pid_t pid, const std::string& path, Scene& scene);
[[nodiscard]] bool is_fifo(pid_t pid, const std::string& path, Scene& scene);

}  // namespace syscope::diagnose
