#include "resolve/descriptor_class.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// The order does not matter; each class says itself which it is.
constexpr const DescriptorClass* all_classes[] = {
    &unknown_class,
    &regular_class,
    &directory_class,
    &symlink_class,
    &character_device_class,
    &block_device_class,
    &fifo_class,
    &memfd_class,
    &mqueue_class,
    &terminal_class,
    &pty_master_class,
    &pty_slave_class,
    &pipe_class,
    &name_space_class,
    &socket_class,
    &tcp_class,
    &udp_class,
    &raw_class,
    &ping_class,
    &packet_class,
    &unix_socket_class,
    &netlink_class,
    &vsock_class,
    &eventfd_class,
    &eventpoll_class,
    &timerfd_class,
    &signalfd_class,
    &inotify_class,
    &fanotify_class,
    &pidfd_class,
    &bpf_map_class,
    &bpf_program_class,
    &bpf_link_class,
    &btf_class,
    &io_uring_class,
    &perf_event_class,
    &userfaultfd_class,
    &dma_buffer_class,
    &anonymous_class_entry,
};
static_assert(std::size(all_classes) == file_class_count);

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::uint64_t number_of(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// "net:[4026531992]": a word, a colon, a number in brackets, and no slash.
bool is_name_space(std::string_view target) {
  const std::size_t colon = target.find(":[");
  return colon != target.npos && colon != 0 && target.ends_with(']') &&
         target.find('/') == target.npos;
}

void classify_path(std::string_view target, OpenFile& file) {
  constexpr std::string_view mark = " (deleted)";
  if (target.ends_with(mark)) {
    target.remove_suffix(mark.size());
    file.deleted = true;
  }
  file.name = target;
  file.file_class = FileClass::unknown;
  if (file.deleted && (target.starts_with("/memfd:") || target == "/secretmem"))
    file.file_class = FileClass::memfd;
  if (target.starts_with("/dmabuf:")) file.file_class = FileClass::dma_buffer;
}

}  // namespace

const DescriptorClass& class_of(FileClass c) {
  static const auto by_class = [] {
    std::array<const DescriptorClass*, file_class_count> table{};
    for (const DescriptorClass* entry : all_classes)
      table[static_cast<std::size_t>(entry->file_class)] = entry;
    return table;
  }();
  return *by_class[static_cast<std::size_t>(c)];
}

FileClass anonymous_class(std::string_view name) {
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  if (name == "bpf_link" || name == "bpf-link") return FileClass::bpf_link;
  for (const DescriptorClass* entry : all_classes)
    if (!entry->anonymous_name.empty() && entry->anonymous_name == name) return entry->file_class;
  return FileClass::anonymous;
}

void classify_link(std::string_view target, OpenFile& file) {
  file.name.clear();
  file.deleted = false;
  if (target.starts_with('/')) return classify_path(target, file);
  if (take_prefix(target, "socket:[")) {
    classify_socket(AF_UNSPEC, number_of(target), file);
  } else if (take_prefix(target, "pipe:[")) {
    file.file_class = FileClass::pipe;
    file.inode = file.object = number_of(target);
  } else if (take_prefix(target, "anon_inode:")) {
    file.file_class = anonymous_class(target);
    file.name = target;
  } else if (is_name_space(target)) {
    const std::size_t colon = target.find(':');
    const std::string_view kind = target.substr(0, colon);
    file.file_class = kind == "pidfd" ? FileClass::pidfd : FileClass::name_space;
    file.name = kind;
    file.inode = file.object = number_of(target.substr(colon + 2));
  } else {
    file.file_class = FileClass::unknown;
    file.name = target;
  }
}

void classify_socket(unsigned family, std::uint64_t inode, OpenFile& file) {
  switch (family) {
    case AF_UNIX: file.file_class = FileClass::unix_socket; break;
    case AF_NETLINK: file.file_class = FileClass::netlink; break;
    case AF_PACKET: file.file_class = FileClass::packet; break;
    case AF_VSOCK: file.file_class = FileClass::vsock; break;
    default: file.file_class = FileClass::socket;
  }
  file.access = Access::both;  // the kernel opens every socket so
  file.inode = file.object = inode;
}

Access access_of_mode(int mode) {
  switch (mode) {
    case O_RDONLY: return Access::read;
    case O_WRONLY: return Access::write;
    case O_RDWR: return Access::both;
    default: return Access::none;
  }
}

void add_detail(OpenFile& file, std::string_view name, std::string value) {
  file.details.push_back({name, std::move(value), false});
}

void add_number(OpenFile& file, std::string_view name, std::uint64_t value) {
  file.details.push_back({name, std::to_string(value), true});
}

void copy_field(const capture::proc::DescriptorInfo& info, OpenFile& file, std::string_view field,
                std::string_view name, bool is_number) {
  if (const auto value = info.field(field))
    file.details.push_back({name, std::string(*value), is_number});
}

std::string_view class_name(FileClass c) { return class_of(c).name; }

}  // namespace syscope::resolve
