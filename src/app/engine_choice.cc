#include "app/engine_choice.h"

#include "capture/bpf/engine.h"
#include "capture/ptrace/engine.h"

namespace syscope::app {
namespace {

using MakeEngine = Result<std::unique_ptr<capture::Engine>>(const capture::Request&);

Result<ChosenEngine> start(MakeEngine* make, const capture::Request& request, const char* name) {
  auto engine = make(request);
  if (!engine) return std::unexpected(engine.error());
  return ChosenEngine{std::move(*engine), name};
}

// Whether another engine may succeed where this error came up.
bool is_about_the_engine(const Error& error) {
  return error.cause == Cause::not_permitted || error.cause == Cause::unsupported;
}

// Whether something is asked for that only a thread's tracer can do.
bool needs_ptrace(const capture::Request& request) {
  const bool is_daemon =
      request.command && request.command->tracer != capture::Command::Tracer::parent;
  return is_daemon || !request.injections.empty() || request.kill_on_exit ||
         request.detach_on_exec || request.pids != nullptr || request.stacks != nullptr ||
         request.captured_whole;
}

}  // namespace

Result<ChosenEngine> start_engine(const capture::Request& request, const TraceOptions& options,
                                  const std::function<void(const std::string&)>& note) {
  const std::string_view special = options.engine_options.needs_bpf();
  if ((options.engine == EngineChoice::ptrace || needs_ptrace(request)) && !special.empty()) {
    return fail(Cause::unsupported, "the ptrace engine cannot do this", std::string(special),
                "use --engine=bpf, or leave it out");
  }
  if (options.engine == EngineChoice::bpf && needs_ptrace(request)) {
    return fail(Cause::usage, "the engine bpf cannot do what needs a tracer",
                "-D, -e inject, -e fault, -b, -k, -Y, -e read, -e write, --pidns-translation and --kill-on-exit", "leave out --engine=bpf");
  }
  if (options.engine == EngineChoice::bpf) return start(capture::bpf::make_engine, request, "bpf");
  if (options.engine == EngineChoice::automatic && !options.is_strace &&
      !needs_ptrace(request)) {
    auto engine = start(capture::bpf::make_engine, request, "bpf");
    if (engine || !special.empty() || !is_about_the_engine(engine.error())) return engine;
    note("tracing with ptrace: " + engine.error().text());
  }
  return start(capture::ptrace::make_engine, request, "ptrace");
}

}  // namespace syscope::app
