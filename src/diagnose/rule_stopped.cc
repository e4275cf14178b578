// Stops that others impose: job control, tracers, the control-group freezer; and processes that have
// ended but whose parent does not collect them.
//
// Who sent SIGSTOP is not recorded anywhere; a stop by SIGTTIN or SIGTTOU is a background job that
// used its terminal. A thread frozen by the v2 freezer looks like one that sleeps (S), in the middle of
// its call; only cgroup.events tells. signal(7), ptrace(2), cgroups(7).
#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "diagnose/cgroups.h"
#include "diagnose/rule.h"

namespace syscope::diagnose {
std::optional<Finding> zombie(const ThreadState& thread, Scene&) {
  if (thread.info.state != 'Z' && thread.info.state != 'X') return {};
  Finding finding;
  finding.rule = "zombie";
  finding.resource = "nothing: it has ended (a zombie); its parent has not collected its status";
  if (thread.info.parent > 0) {
    finding.holders.push_back({{thread.info.parent, 0}, "is its parent and has not called wait"});
  }
  return finding;
}

std::optional<Finding> stopped(const ThreadState& thread, Scene& scene) {
  Finding finding;
  finding.rule = "stopped";
  if (thread.info.state == 't') {
    const pid_t tracer = std::atoi(scene.status_field(thread.id, "TracerPid").c_str());
    finding.resource = "its tracer, which has stopped it (ptrace)";
    finding.evidence.push_back({"TracerPid", std::to_string(tracer)});
    if (tracer > 0) finding.holders.push_back({{tracer, 0}, "traces it"});
    if (tracer <= 0) finding.certainty = Certainty::unknown;
    return finding;
  }
  if (thread.info.state != 'T') return {};
  const bool in_background = thread.info.terminal != 0 && thread.info.foreground_group > 0 &&
                             thread.info.foreground_group != thread.info.group;
  finding.resource = in_background
                         ? "SIGCONT: a background job that used its terminal (SIGTTIN, SIGTTOU), or "
                           "was stopped by somebody"
                         : "SIGCONT: stopped by SIGSTOP or SIGTSTP; who sent it is not recorded";
  if (in_background) {
    finding.evidence.push_back({"stat", fmt::format("process group {}, foreground {}",
                                                    thread.info.group,
                                                    thread.info.foreground_group)});
    finding.certainty = Certainty::likely;
  }
  finding.advice = in_background ? "Bring it to the foreground with fg."
                                 : fmt::format("To let it go on: kill -CONT {}", thread.id.pid);
  return finding;
}

std::optional<Finding> frozen(const ThreadState& thread, Scene& scene) {
  if (thread.info.state == 'R') return {};
  for (const ControlGroup& group : control_groups(thread.id.pid, scene)) {
    const bool first = group.controls("freezer");
    if (!first && !group.is_version_2()) continue;
    if (group.path == "/") continue;
    const auto text = control_group_file(group, first ? "freezer.state" : "cgroup.events");
    if (!text) continue;
    const bool is_frozen = first ? text->starts_with("FROZEN") || text->starts_with("FREEZING")
                                 : text->find("frozen 1") != text->npos;
    if (!is_frozen) continue;
    Finding finding;
    finding.rule = "freezer";
    finding.resource = fmt::format("its control group {} to be thawed: it is frozen", group.path);
    finding.evidence.push_back({first ? "freezer.state" : "cgroup.events", "frozen"});
    finding.advice = first ? "To let it go on, write THAWED into freezer.state of that group."
                           : "To let it go on, write 0 into cgroup.freeze of that group.";
    return finding;
  }
  return {};
}

}  // namespace syscope::diagnose
