// Memory that a control group may not have: memory.high.
//
// A thread whose group has more memory than memory.high is put to sleep on its way back to its own
// code, for up to two seconds each time that it takes more; nothing is killed, it only gets very slow.
// The group at fault may be one further up. Documentation/admin-guide/cgroup-v2.rst of the kernel.
#include <fmt/format.h>

#include <charconv>

#include "diagnose/cgroups.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
namespace {

std::optional<std::uint64_t> number_in(const ControlGroup& group, std::string_view file) {
  const auto text = control_group_file(group, file);
  std::uint64_t value = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), value).ec != std::errc()) {
    return {};  // "max": no limit
  }
  return value;
}

std::string size_text(std::uint64_t bytes) {
  return bytes < 10u << 20 ? fmt::format("{} KiB", bytes >> 10) : fmt::format("{} MiB", bytes >> 20);
}

}  // namespace

std::optional<Finding> memory_limit(const ThreadState& thread, Scene& scene) {
  if (thread.info.state != 'D') return {};
  const std::string channel = scene.wait_channel(thread.id);
  if (!channel.contains("mem_cgroup_handle_over_high")) return {};
  Finding finding;
  finding.rule = "memory limit";
  finding.resource = "memory: its control group has more than its memory.high";
  finding.evidence.push_back({"wchan", channel});
  for (ControlGroup& group : control_groups(thread.id.pid, scene)) {
    if (!group.is_version_2()) continue;
    for (; group.path.size() > 1; group.path.erase(group.path.find_last_of('/'))) {
      const auto limit = number_in(group, "memory.high");
      const auto current = number_in(group, "memory.current");
      // What is freed at this moment may take it below the limit, hence the eighth.
      if (!limit || !current || *current + *current / 8 < *limit) continue;
      finding.resource = fmt::format(
          "memory: its control group {} has {}, more than its memory.high of {}: the kernel slows it "
          "down", group.path, size_text(*current), size_text(*limit));
      finding.evidence.push_back({"memory.high", std::to_string(*limit)});
      finding.evidence.push_back({"memory.current", std::to_string(*current)});
      finding.advice = "Raise memory.high of that group, or find out what takes its memory.";
      return finding;
    }
  }
  finding.certainty = Certainty::likely;
  return finding;
}

}  // namespace syscope::diagnose
