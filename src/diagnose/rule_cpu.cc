// Not waiting for anything: on a CPU, or ready to run and not let.
//
// The kernel counts for each thread how long it has been on a CPU and how long it has waited in a
// run queue; two looks a moment apart tell which of the two happens now. Who does not get a CPU
// waits for its control group's bandwidth limit, or for whoever runs on that CPU. proc(5)
// schedstat, cgroups(7).
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "diagnose/cgroups.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

struct Share {
  std::uint64_t ran_ns = 0;
  std::uint64_t queued_ns = 0;
};

std::optional<Share> read_share(ThreadId id, Scene& scene) {
  std::string text;
  const capture::proc::RelativePath path(id.pid, "task", id.tid, "schedstat");
  if (capture::proc::read_file(scene.root().fd(), path.text(), text) != 0) return {};
  unsigned long long ran = 0, queued = 0;
  if (std::sscanf(text.c_str(), "%llu %llu", &ran, &queued) != 2) return {};
  return Share{ran, queued};
}

std::uint64_t counter(const std::string& text, std::string_view name) {
  const std::size_t at = text.find(std::string(name) + " ");
  return at == text.npos ? 0 : std::strtoull(text.c_str() + at + name.size(), nullptr, 10);
}

// The number of times that a group of the thread has run out of its CPU bandwidth.
std::uint64_t throttlings(pid_t pid, std::string& group_path, Scene& scene) {
  for (const ControlGroup& group : control_groups(pid, scene)) {
    if (!group.is_version_2() && !group.controls("cpu")) continue;
    if (group.path == "/") continue;
    const auto text = control_group_file(group, "cpu.stat");
    const std::uint64_t count = text ? counter(*text, "nr_throttled") : 0;
    if (count == 0) continue;
    group_path = group.path;
    return count;
  }
  return 0;
}

struct Neighbour {
  pid_t pid = 0;
  std::uint64_t ran_ns = 0;
};

// Processes whose first thread is on a CPU or ready to run on it, but not `self`.
std::vector<Neighbour> neighbours_on(int processor, pid_t self, Scene& scene) {
  std::vector<Neighbour> found;
  for (const pid_t pid : scene.world().processes()) {
    if (scene.out_of_time()) break;
    const ThreadState* other = scene.thread({pid, pid});
    if (other == nullptr || pid == self || pid == ::getpid() || other->info.state != 'R') continue;
    if (scene.processor_of({pid, pid}) == processor) found.push_back({pid});
  }
  return found;
}

// The three of them that have the CPU most of the time, the busiest first.
void blame_neighbours(Finding& finding, const ThreadState& thread, Scene& scene) {
  constexpr std::size_t most = 3;
  constexpr timespec moment{0, 20'000'000};
  const int processor = scene.processor_of(thread.id);
  std::vector<Neighbour> neighbours = neighbours_on(processor, thread.id.pid, scene);
  for (Neighbour& one : neighbours)
    one.ran_ns = read_share({one.pid, one.pid}, scene).value_or(Share{}).ran_ns;
  ::nanosleep(&moment, nullptr);
  for (Neighbour& one : neighbours) {
    const std::uint64_t now = read_share({one.pid, one.pid}, scene).value_or(Share{}).ran_ns;
    one.ran_ns = now > one.ran_ns ? now - one.ran_ns : 0;
  }
  std::ranges::sort(neighbours, std::greater{}, &Neighbour::ran_ns);
  if (neighbours.size() > most) neighbours.resize(most);
  for (const Neighbour& one : neighbours) {
    finding.holders.push_back(
        {{one.pid, 0}, fmt::format("runs on the same CPU {}", processor), -1, false});
  }
}

}  // namespace

std::optional<Finding> on_cpu(const ThreadState& thread, Scene& scene) {
  if (thread.info.state != 'R') return {};
  constexpr timespec moment{0, 40'000'000};
  constexpr double enough = 0.1;  // of the time: below that it hardly gets on
  Finding finding;
  finding.rule = "CPU";
  finding.standing = Standing::running;
  finding.resource = "not blocked: running";
  const auto before = read_share(thread.id, scene);
  std::string group;
  const std::uint64_t throttled_before = throttlings(thread.id.pid, group, scene);
  ::nanosleep(&moment, nullptr);
  const auto after = read_share(thread.id, scene);
  if (!before || !after) return finding;
  const double ran = static_cast<double>(after->ran_ns - before->ran_ns);
  const double queued = static_cast<double>(after->queued_ns - before->queued_ns);
  const double wall = static_cast<double>(moment.tv_nsec);
  finding.evidence.push_back(
      {"schedstat", fmt::format("ran {:.0f} ms, queued {:.0f} ms of {:.0f} ms", ran / 1e6,
                                queued / 1e6, wall / 1e6)});
  const std::uint64_t throttled = throttlings(thread.id.pid, group, scene);
  if (ran > enough * wall && throttled == throttled_before) {
    finding.resource += fmt::format(", {:.0f} % of the time", std::min(100.0, 100 * ran / wall));
    return finding;
  }
  if (throttled > 0) {
    finding.resource = fmt::format(
        "runnable but throttled: its control group {} has used up its CPU bandwidth, {} times so "
        "far",
        group, throttled);
    finding.standing = Standing::blocked;
    finding.advice = "Raise cpu.max (cpu.cfs_quota_us) of that group, or give it less to do.";
    return finding;
  }
  finding.resource =
      fmt::format("runnable but starved: it had a CPU {:.0f} % of the time", 100 * ran / wall);
  finding.certainty = Certainty::likely;
  finding.standing = Standing::blocked;
  blame_neighbours(finding, thread, scene);
  return finding;
}

}  // namespace syscope::diagnose
