#include "capture/ptrace/engine.h"

#include "capture/ptrace/tracer.h"

namespace syscope::capture::ptrace {

Result<std::unique_ptr<Engine>> make_engine(const Request& request, const PlanSource& plans) {
  std::optional<LaunchedCommand> launched;
  if (request.command) {
    Result<LaunchedCommand> started = start_command(request);
    if (!started) return std::unexpected(std::move(started.error()));
    launched = std::move(*started);
  }
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
  if (launched) {
    Result<void> traced = tracer->trace(std::move(*launched));
    if (!traced) return std::unexpected(std::move(traced.error()));
    any = true;
  }
  if (!any && failure) return std::unexpected(std::move(*failure));
  if (failure) tracer->note(failure->text());
  return tracer;
}

}  // namespace syscope::capture::ptrace
