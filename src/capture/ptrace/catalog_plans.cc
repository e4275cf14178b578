// The engine with the plans of the catalog.
#include "capture/ptrace/engine.h"
#include "catalog/find.h"

namespace syscope::capture::ptrace {
namespace {

class CatalogPlans final : public PlanSource {
 public:
  std::span<const sc_op> plan(Abi abi, std::uint32_t nr,
                              const std::uint64_t (&arguments)[6]) const override {
    const catalog::Tables& tables = catalog::tables(abi);
    const catalog::Call* const call = catalog::find_call(tables, nr);
    if (call == nullptr) return {};
    const sc_plan& plan = catalog::find_prototype(tables, *call, arguments).plan;
    return tables.ops.subspan(plan.first_op, plan.op_count);
  }
};

}  // namespace

Result<std::unique_ptr<Engine>> make_engine(const Request& request) {
  static const CatalogPlans plans;
  return make_engine(request, plans);
}

}  // namespace syscope::capture::ptrace
