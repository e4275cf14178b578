#include "catalogc/lower_meanings.h"

#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

namespace syscope::catalogc {
namespace {

// Subjects that are no calls and no sets.
constexpr std::array<std::string_view, 6> groups = {"any", "signal",  "path",
                                                    "fd",  "address", "waits"};

std::set<std::string_view> known_subjects(const Program& program) {
  std::set<std::string_view> subjects(groups.begin(), groups.end());
  for (const CallNode& call : program.calls) subjects.insert(call.name);
  for (const SetNode& set : program.sets) subjects.insert(set.name);
  return subjects;
}

}  // namespace

void lower_meanings(const Program& program, SharedTables& shared, Diagnostics& diagnostics) {
  const std::set<std::string_view> subjects = known_subjects(program);
  std::map<std::pair<std::string_view, std::string_view>, std::string_view> texts;
  for (const MeaningsNode& node : program.meanings) {
    for (const auto& [subject, at] : node.subjects) {
      if (!subjects.contains(subject)) {
        diagnostics.error(at, "unknown call, set or group '" + subject + "'");
        continue;
      }
      for (const MeaningsNode::Entry& entry : node.entries) {
        if (!texts
                 .emplace(std::pair(std::string_view(subject), std::string_view(entry.name)),
                          entry.text)
                 .second) {
          diagnostics.error(entry.at,
                            "'" + entry.name + "' is explained twice for '" + subject + "'");
        }
      }
    }
  }
  for (const auto& [key, text] : texts) {
    shared.meanings.push_back(
        {shared.names.add(key.first), shared.names.add(key.second), shared.names.add(text)});
  }
}

}  // namespace syscope::catalogc
