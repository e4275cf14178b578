// The list of all classes of open files; each is defined in the file of its name.
#pragma once

#include "resolve/descriptor_class.h"

namespace syscope::resolve {

extern const DescriptorClass unknown_class, regular_class, directory_class, symlink_class,
    character_device_class, block_device_class, fifo_class, memfd_class, mqueue_class,
    terminal_class, pty_master_class, pty_slave_class, pipe_class, name_space_class, socket_class,
    tcp_class, udp_class, raw_class, ping_class, packet_class, unix_socket_class, netlink_class,
    vsock_class, eventfd_class, eventpoll_class, timerfd_class, signalfd_class, inotify_class,
    fanotify_class, pidfd_class, bpf_map_class, bpf_program_class, bpf_link_class, btf_class,
    io_uring_class, perf_event_class, userfaultfd_class, dma_buffer_class, anonymous_class_entry;

}  // namespace syscope::resolve
