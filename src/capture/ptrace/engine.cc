#include "capture/ptrace/engine.h"

#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {

Result<std::unique_ptr<Engine>> make_engine(const Request& request, const PlanSource& plans) {
  Result<proc::Root> proc = proc::Root::open();
  if (!proc) return std::unexpected(std::move(proc.error()));
  Result<Stops> stops = Stops::make(request.cpu_times);
  if (!stops) return std::unexpected(std::move(stops.error()));
  auto tracer = std::make_unique<Tracer>(request, plans, std::move(*proc), std::move(*stops));

  bool any = false;
  std::optional<Error> failure;
  for (const pid_t pid : request.attach) {
    const Result<void> attached = tracer->attach(pid);
    any |= attached.has_value();
    if (attached) continue;
    if (failure) tracer->note(failure->text());
    failure = attached.error();
  }
  if (request.command) {
    Result<void> launched = tracer->launch(*request.command);
    if (!launched) return std::unexpected(std::move(launched.error()));
    any = true;
  }
  if (!any && failure) return std::unexpected(std::move(*failure));
  if (failure) tracer->note(failure->text());
  return tracer;
}

}  // namespace syscope::capture::ptrace
