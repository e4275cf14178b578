// The rules of waiting. Each lies in a file of its own, rule_NAME.cc, whose header tells its story;
// rules.cc holds their order.
#pragma once

#include <optional>

#include "diagnose/finding.h"
#include "diagnose/scene.h"

namespace syscope::diagnose {

// What `thread` waits for; nothing when the rule is about something else.
using Rule = std::optional<Finding>(const ThreadState& thread, Scene& scene);

// What the first rule that knows says; when none does, an honest "unknown".
[[nodiscard]] Finding examine(const ThreadState& thread, Scene& scene);

// Which way a descriptor is waited for.
enum class Direction : std::uint8_t { in, out, either };

// What a wait on one descriptor means, by the class of what is open there. Used by the calls that name
// one descriptor, and by poll and its kind for each of theirs.
[[nodiscard]] Finding wait_on(const ThreadState& thread, int fd, Direction direction, Scene& scene);

// What a wait for `what`, on this mount or null, means: its daemon, file server or block device.
[[nodiscard]] Finding wait_on_mount(const capture::proc::Mount* mount, std::string_view what,
                                    const ThreadState& thread, Scene& scene);

// A wait for this block device; `place` says what lies on it, " of /home (ext4)".
void explain_disk(Finding& finding, dev_t device, std::string_view place);

// Whether file systems of this type are another machine's, and a wait for such a one: `place` says
// where it is mounted, `options` are the mount's and hold its address.
[[nodiscard]] bool is_file_server(std::string_view type);
void explain_file_server(Finding& finding, std::string_view type, std::string_view source,
                         std::string_view place, std::string_view options,
                         const ThreadState& thread, Scene& scene);

// The classes of wait_on, each with its rule's file.
using DescriptorRule = Finding(const ThreadState& thread, const resolve::OpenFile& file,
                               Direction direction, Scene& scene);
DescriptorRule wait_on_pipe, wait_on_unix, wait_on_tcp, wait_on_datagram, wait_on_event,
    wait_on_terminal, wait_on_file, wait_on_epoll, wait_on_queue;

Rule zombie, stopped, frozen, on_cpu, memory_limit, mounting, page_fault, kernel_lock, seccomp_notify,
    opening, descriptor_io, connecting, many_descriptors, futex, file_lock, children,
    sleeping, for_signal, system_v, message_queue, ring, kernel_aio, disk;

}  // namespace syscope::diagnose
