// The engine with the plans of the catalog.
#include "capture/bpf/engine.h"

namespace syscope::capture::bpf {

Result<std::unique_ptr<Engine>> make_engine(const Request& request) {
  return make_engine(request, catalog::tables(Abi::x86_64), catalog::tables(Abi::i386));
}

}  // namespace syscope::capture::bpf
