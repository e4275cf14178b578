#include "diagnose/sockets.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

namespace syscope::diagnose {

std::string printable_name(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] == '\0') text[0] = '@';
  return text;
}

const resolve::SocketTable& socket_table(pid_t pid, resolve::World& world) {
  return world.sockets().load(world.root(), pid, world.network_namespace(pid),
                              world.network_namespace(::getpid()));
}

void add_holders(Finding& finding, resolve::FileClass file_class, std::uint64_t object,
                 const ThreadState& thread, std::string_view role, Scene& scene) {
  const resolve::OpenFile* own = nullptr;
  for (const resolve::OpenFile* file : scene.world().holders(file_class, object)) {
    if (file->pid == thread.id.pid) {
      own = file;
      continue;
    }
    const bool known = std::ranges::any_of(
        finding.holders, [&](const Holder& holder) { return holder.who.pid == file->pid; });
    if (known) continue;
    finding.holders.push_back(
        {{file->pid, 0}, fmt::format("{} (fd {})", role, file->number), file->number});
    finding.evidence.push_back({fmt::format("/proc/{}/fd/{}", file->pid, file->number),
                                fmt::format("{} {}", resolve::class_name(file->file_class), object)});
  }
  if (!finding.holders.empty()) return;
  if (own != nullptr) {
    finding.holders.push_back(
        {{own->pid, 0}, fmt::format("{} itself (fd {})", role, own->number), own->number});
  } else if (scene.world().partial()) {
    finding.certainty = Certainty::not_permitted;
    finding.notes.push_back("whoever is at the other end belongs to another user: run as root");
  } else {
    finding.certainty = Certainty::unknown;
    finding.notes.push_back(
        "no process has the other end: the kernel has it, or it is being passed on in a socket");
  }
}

}  // namespace syscope::diagnose
