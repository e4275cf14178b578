#include "diagnose/finding.h"

namespace syscope::diagnose {

std::string_view name(Certainty certainty) {
  switch (certainty) {
    case Certainty::certain: return "certain";
    case Certainty::likely: return "likely";
    case Certainty::unknown: return "unknown";
    case Certainty::not_permitted: return "not permitted";
  }
  return "unknown";
}

std::string_view name(Standing standing) {
  switch (standing) {
    case Standing::running: return "running";
    case Standing::idle: return "idle";
    case Standing::blocked: return "blocked";
  }
  return "blocked";
}

}  // namespace syscope::diagnose
