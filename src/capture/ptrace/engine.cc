#include "capture/ptrace/engine.h"

#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {

Result<std::unique_ptr<Engine>> make_engine(const Request& request, const PlanSource& plans) {
  Result<Stops> stops = Stops::make();
  if (!stops) return std::unexpected(std::move(stops.error()));
  auto tracer = std::make_unique<Tracer>(request, plans, std::move(*stops));
  if (request.command) {
    if (auto launched = tracer->launch(*request.command); !launched) {
      return std::unexpected(std::move(launched.error()));
    }
  }
  return tracer;
}

}  // namespace syscope::capture::ptrace
