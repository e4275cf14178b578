#include "capture/bpf/in_flight.h"

#include "catalog/find.h"

namespace syscope::capture::bpf {

void InFlightReader::accept(Bytes record) {
  const sc_head& head = *reinterpret_cast<const sc_head*>(record.data());
  if (head.kind != SC_ENTER) return sink_.accept(record);
  sc_call& call = buffer_.start<sc_call>(SC_ENTER);
  call = *reinterpret_cast<const sc_call*>(record.data());
  const auto abi = static_cast<Abi>(head.abi);
  const catalog::Tables& tables = abi == Abi::i386 ? compat_ : native_;
  if (const catalog::Call* const known = catalog::find_call(tables, call.nr); known != nullptr) {
    const sc_plan& plan = catalog::find_prototype(tables, *known, call.args).plan;
    runner_.run(static_cast<pid_t>(head.tid), abi, tables.ops.subspan(plan.first_op, plan.op_count),
                SC_ENTRY_PHASE, buffer_);
  }
  sink_.accept(buffer_.finish());
}

}  // namespace syscope::capture::bpf
