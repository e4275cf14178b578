// The eBPF engine: programs on the kernel's tracepoints write the records, nothing stops. bpf(2).
#pragma once

#include <memory>

#include "capture/engine.h"
#include "catalog/tables.h"

namespace syscope::capture::bpf {

// Starts the command of the request and traces it from its execve(2) on; adopts the processes it
// attaches to and those it selects, with the calls that they are in. The traced are not disturbed.
//
// An engine may be pumped and destroyed by any one thread. A process that dies without destroying it
// leaves nothing behind in the kernel.
//
// Errors: as doctor's requirements say (Cause::not_permitted, Cause::unsupported); a process to attach
// to that does not exist; a command that cannot be started. A command whose exec fails makes pump()
// return an error, after its records.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const Request& request);

// The same with plans of other tables than the catalog's: `native` for x86-64, `compat` for i386.
[[nodiscard]] Result<std::unique_ptr<Engine>> make_engine(const Request& request,
                                                          const catalog::Tables& native,
                                                          const catalog::Tables& compat);

}  // namespace syscope::capture::bpf
