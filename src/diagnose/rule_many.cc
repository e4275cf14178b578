// poll(2), select(2), epoll_wait(2): a wait for any of many.
//
// The set lies in the waiter's memory (poll and select; select's sets are the ones it passed in, the
// kernel works on copies) or in the fdinfo of the epoll descriptor. Each member is explained as if it
// were read or written alone. What the waiter asked and was not answered comes first; listening sockets
// and timers, for which nobody is at fault, last.
#include <fmt/format.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <vector>

#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most = 64;  // descriptors that are explained; the rest is counted
constexpr std::size_t most_polled = 4096;
constexpr std::size_t most_selected = 1024;

struct Wanted {
  int fd;
  Direction direction;
};

Direction direction_of(std::uint32_t events) {
  const bool in = (events & (POLLIN | POLLPRI | POLLRDNORM | POLLRDBAND)) != 0;
  const bool out = (events & (POLLOUT | POLLWRNORM)) != 0;
  return in == out ? (in ? Direction::in : Direction::either)
                   : (in ? Direction::in : Direction::out);
}

std::optional<std::vector<Wanted>> polled(const ThreadState& thread, Scene& scene) {
  const std::size_t count = std::min<std::size_t>(thread.argument(1), most_polled);
  std::vector<pollfd> set(count);
  if (!scene.read_memory(thread.id.pid, thread.argument(0),
                         std::as_writable_bytes(std::span(set)))) {
    return {};
  }
  std::vector<Wanted> wanted;
  for (const pollfd& entry : set) {
    if (entry.fd >= 0) {
      wanted.push_back({entry.fd, direction_of(static_cast<std::uint16_t>(entry.events))});
    }
  }
  return wanted;
}

std::optional<std::vector<Wanted>> selected(const ThreadState& thread, Scene& scene) {
  const std::size_t count = std::min<std::size_t>(thread.argument(0), most_selected);
  std::vector<Wanted> wanted;
  for (const unsigned index : {1u, 2u}) {
    if (thread.argument(index) == 0) continue;
    std::vector<std::uint64_t> words((count + 63) / 64);
    if (!scene.read_memory(thread.id.pid, thread.argument(index),
                           std::as_writable_bytes(std::span(words)))) {
      return {};
    }
    for (std::size_t fd = 0; fd < count; ++fd) {
      if ((words[fd / 64] >> (fd % 64) & 1) == 0) continue;
      wanted.push_back({static_cast<int>(fd), index == 1 ? Direction::in : Direction::out});
    }
  }
  return wanted;
}

// "tfd: 5 events: 19 data: 5 pos:0 ino:1234 sdev:f"
std::vector<Wanted> registered(pid_t pid, int epoll, Scene& scene) {
  std::vector<Wanted> wanted;
  const auto info = scene.descriptor_info(pid, epoll);
  if (!info) return wanted;
  for (const std::string_view line : info->lines("tfd:")) {
    int fd = -1;
    unsigned events = 0;
    if (std::sscanf(std::string(line).c_str(), "tfd: %d events: %x", &fd, &events) == 2) {
      wanted.push_back({fd, direction_of(events)});
    }
  }
  return wanted;
}

// What is owed to the waiter before what may come or not.
int rank(const Finding& finding) {
  if (finding.standing == Standing::idle) return 2;
  return finding.connection ? 0 : 1;
}

// A pipe or eventfd that nobody but the waiter's own process can write is how its signal handlers and
// other threads wake it, not something that anybody owes: see "self-pipe" in select(2).
Finding wait_for_one(const ThreadState& thread, const Wanted& wanted, Scene& scene) {
  Finding finding = wait_on(thread, wanted.fd, wanted.direction, scene);
  const auto own = [&](const Holder& holder) { return holder.who.pid == thread.id.pid; };
  if (finding.holders.empty() || !std::ranges::all_of(finding.holders, own)) return finding;
  finding.holders.clear();
  finding.standing = Standing::idle;
  finding.resource += ": its own, for its signal handlers and other threads to wake it";
  return finding;
}

Finding any_of(const ThreadState& thread, std::vector<Wanted> wanted, Scene& scene) {
  Finding finding;
  finding.rule = "many";
  if (wanted.size() == 1) return wait_for_one(thread, wanted[0], scene);
  finding.resource = fmt::format("any of {} descriptors", wanted.size());
  for (std::size_t i = 0; i < wanted.size() && i < most && !scene.out_of_time(); ++i) {
    finding.any_of.push_back(wait_for_one(thread, wanted[i], scene));
  }
  if (wanted.size() > finding.any_of.size()) {
    finding.notes.push_back(
        fmt::format("{} more were not looked at", wanted.size() - finding.any_of.size()));
  }
  std::ranges::stable_sort(finding.any_of, {}, rank);
  const bool owed = std::ranges::any_of(finding.any_of, [](const Finding& each) {
    return each.standing == Standing::blocked;
  });
  finding.standing = owed ? Standing::blocked : Standing::idle;
  return finding;
}

Finding unreadable(std::string_view call) {
  Finding finding;
  finding.rule = "many";
  finding.resource = fmt::format("some of the descriptors given to {}: its memory cannot be read",
                                 call);
  finding.certainty = Certainty::not_permitted;
  return finding;
}

Finding only_time(std::string_view call) {
  Finding finding;
  finding.rule = "many";
  finding.resource = fmt::format("time: {} was given no descriptor, only a time-out", call);
  finding.standing = Standing::idle;
  return finding;
}

Finding of_epoll(const ThreadState& thread, int epoll, Scene& scene) {
  const auto wanted = registered(thread.id.pid, epoll, scene);
  if (wanted.empty()) return only_time("epoll_wait");
  Finding finding = any_of(thread, wanted, scene);
  finding.evidence.push_back({fmt::format("/proc/{}/fdinfo/{}", thread.id.pid, epoll),
                              fmt::format("{} tfd lines", wanted.size())});
  return finding;
}

}  // namespace

Finding wait_on_epoll(const ThreadState& thread, const resolve::OpenFile& file, Direction,
                      Scene& scene) {
  Finding finding = of_epoll(thread, file.number, scene);
  finding.resource = fmt::format("fd {}  epoll set: {}", file.number, finding.resource);
  return finding;
}

std::optional<Finding> many_descriptors(const ThreadState& thread, Scene& scene) {
  const long call = thread.call();
  bool is_poll = call == SYS_ppoll, is_select = call == SYS_pselect6;
  bool is_epoll = call == SYS_epoll_pwait || call == SYS_epoll_pwait2;
#ifdef __x86_64__
  is_poll = is_poll || call == SYS_poll;
  is_select = is_select || call == SYS_select;
  is_epoll = is_epoll || call == SYS_epoll_wait;
#endif
  if (is_epoll) {
    const int epoll = static_cast<int>(thread.argument(0));
    if (!scene.descriptor_info(thread.id.pid, epoll)) return unreadable("epoll_wait");
    return of_epoll(thread, epoll, scene);
  }
  if (!is_poll && !is_select) return {};
  const auto wanted = is_poll ? polled(thread, scene) : selected(thread, scene);
  const std::string_view name = is_poll ? "poll" : "select";
  if (!wanted) return unreadable(name);
  if (wanted->empty()) return only_time(name);
  return any_of(thread, *wanted, scene);
}

}  // namespace syscope::diagnose
