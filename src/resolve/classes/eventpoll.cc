#include "resolve/classes/eventpoll.h"

#include <algorithm>
#include <charconv>

#include "resolve/classes/classes.h"
#include "resolve/world.h"

namespace syscope::resolve {
namespace {

// The value behind `name`, blanks skipped; 0 when it is not there.
std::uint64_t value_after(std::string_view line, std::string_view name, int base) {
  std::size_t at = line.find(name);
  if (at == line.npos) return 0;
  at = std::min(line.find_first_not_of(' ', at + name.size()), line.size());
  std::uint64_t value = 0;
  std::from_chars(line.data() + at, line.data() + line.size(), value, base);
  return value;
}

void describe(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  std::string numbers;
  for (const EpollWatch& watch : epoll_watches(info)) {
    if (!numbers.empty()) numbers += ',';
    numbers += std::to_string(watch.number);
  }
  add_detail(file, "watches", std::move(numbers));
}

void find_peers(World& world, const OpenFile& file, PeerSet& peers) {
  const auto info = capture::proc::read_descriptor_info(world.root(), file.pid, file.number);
  if (!info) return;
  for (const EpollWatch& watch : epoll_watches(*info)) {
    Peer peer;
    peer.relation = Peer::Relation::watched;
    peer.pid = file.pid;
    peer.number = watch.number;
    if (const OpenFile* watched = world.file(file.pid, watch.number)) {
      peer.file_class = watched->file_class;
      peer.access = watched->access;
    }
    peers.peers.push_back(peer);
  }
}

}  // namespace

std::vector<EpollWatch> epoll_watches(const capture::proc::DescriptorInfo& info) {
  std::vector<EpollWatch> watches;
  for (const std::string_view line : info.lines("tfd:")) {
    EpollWatch watch;
    watch.number = static_cast<int>(value_after(line, "tfd:", 10));
    watch.events = static_cast<std::uint32_t>(value_after(line, "events:", 16));
    watch.data = value_after(line, "data:", 16);
    watch.inode = value_after(line, "ino:", 16);
    watch.device = static_cast<std::uint32_t>(value_after(line, "sdev:", 16));
    watches.push_back(watch);
  }
  return watches;
}

const DescriptorClass eventpoll_class = {FileClass::eventpoll, "eventpoll", "a_inode",
                                         "eventpoll",          describe,    find_peers};

}  // namespace syscope::resolve
