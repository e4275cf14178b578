#include "capture/bpf/plans.h"

#include <algorithm>
#include <optional>

namespace syscope::capture::bpf {
namespace {

using catalog::Tables;

// Elements of an array that is not to be abbreviated.
constexpr std::uint64_t unabbreviated_elements = 4096;

// The cap of an op in bytes.
std::uint32_t cap_bytes(const sc_op& op, const Request& request) {
  const std::uint64_t limit = request.string_limit;
  std::uint64_t bytes = op.cap;
  if (op.cap_kind == SC_CAP_STRING) bytes = limit + 1;
  if (op.cap_kind == SC_CAP_ELEMENTS) {
    bytes *= request.abbreviate ? limit + 1 : std::max(limit + 1, unabbreviated_elements);
  }
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(bytes, SCB_RECORD_MAX));
}

// The quick form of an op, if it has one.
bool make_quick(const sc_op& op, std::uint16_t number, scb_quick& quick) {
  const bool counts_result = op.filled.kind == SC_RET;
  const bool counts_all = op.filled.kind == SC_CONST && op.filled.offset == ~0u;
  const bool at_entry = op.phase == SC_ENTRY_PHASE;
  if (op.parent != SC_NO_PARENT || op.base.kind != SC_ARG || op.cap > SCB_QUICK_MAX ||
      (op.flags & SC_SPREAD) != 0 || op.scale > SCB_QUICK_MAX) {
    return false;
  }
  quick = {};
  quick.base = static_cast<sc_u8>(op.base.index);
  quick.op = number;
  quick.cap = op.cap;
  if (op.verb == SC_STRING) {
    quick.verb = SCB_QUICK_STRING;
    return true;
  }
  if (op.verb != SC_READ || (!at_entry && !counts_all && !counts_result)) return false;
  if (op.length.kind != SC_CONST && op.length.kind != SC_ARG) return false;
  quick.verb = SCB_QUICK_READ;
  quick.length = op.length.kind == SC_CONST ? SCB_FIXED : static_cast<sc_u8>(op.length.index);
  quick.fixed = op.length.offset;
  quick.filled = !at_entry && counts_result ? 1 : 0;
  quick.scale = static_cast<sc_u16>(op.scale);
  return true;
}

// What a value of this type, if it is an element of memory, has for a descriptor: where it lies.
std::optional<std::uint32_t> descriptor_in(const Tables& tables, const catalog::Type& type) {
  if (type.kind == catalog::TypeKind::number && type.notation == catalog::Notation::fd && type.width == 4) return 0;
  if (type.kind != catalog::TypeKind::structure) return std::nullopt;
  const catalog::Struct& structure = tables.structs[type.element];
  for (const catalog::Field& field : tables.fields.subspan(structure.first_field, structure.field_count)) {
    const catalog::Type& member = tables.types[field.type];
    if (member.kind != catalog::TypeKind::number) continue;
    if (const auto at = descriptor_in(tables, member)) return field.offset + *at;
  }
  return std::nullopt;
}

class Maker {
 public:
  Maker(const Request& request, KernelPlans& out) : request_(request), out_(out) {
    out_.plans.emplace_back();
    out_.plans.back().flags = SCB_QUICK;
  }

  void add(const Tables& tables, unsigned abi) {
    const std::size_t calls = std::min<std::size_t>(tables.call_by_number.size(), SCB_CALLS);
    for (std::size_t nr = 0; nr < calls; ++nr) {
      const catalog::Index index = tables.call_by_number[nr];
      if (index != catalog::nothing) out_.plan_of[abi][nr] = plan_of(tables, tables.calls[index]);
    }
  }

 private:
  std::uint16_t plan_of(const Tables& tables, const catalog::Call& call) {
    const std::uint16_t otherwise = add_plan(tables, call.prototype);
    if (call.variants == catalog::nothing || out_.variants.size() >= SCB_VARIANTS) return otherwise;
    const catalog::Variants& from = tables.variant_tables[call.variants];
    if (from.count > 4095 || out_.keys.size() + from.count > SCB_KEYS) return otherwise;

    scb_variants table{};
    table.first_key = static_cast<sc_u16>(out_.keys.size());
    table.count = static_cast<sc_u16>(from.count);
    table.otherwise = otherwise;
    table.argument_count = from.argument_count;
    table.arguments[0] = from.arguments[0];
    table.arguments[1] = from.arguments[1];
    table.mask = from.mask;
    table.any_size = from.any_size;
    for (const catalog::Variant& variant : tables.variants.subspan(from.first, from.count)) {
      out_.keys.push_back(variant.key);
      out_.key_plans.push_back(add_plan(tables, variant.prototype));
    }
    out_.variants.push_back(table);
    return static_cast<std::uint16_t>(SCB_HAS_VARIANTS | (out_.variants.size() - 1));
  }

  std::uint16_t add_plan(const Tables& tables, catalog::Index index) {
    if (index == catalog::nothing) return 0;
    const catalog::Prototype& prototype = tables.prototypes[index];
    const auto ops = tables.ops.subspan(prototype.plan.first_op, prototype.plan.op_count);
    if ((ops.empty() && prototype.plan.fd_arguments == 0) || out_.plans.size() >= SCB_PLANS ||
        out_.ops.size() + ops.size() > SCB_OPS) {
      return 0;
    }
    scb_plan plan{};
    plan.first_op = static_cast<sc_u16>(out_.ops.size());
    plan.op_count = static_cast<sc_u8>(ops.size());
    plan.fd_arguments = prototype.plan.fd_arguments;
    for (const catalog::Effect& effect :
         tables.effects.subspan(prototype.first_effect, prototype.effect_count)) {
      if (effect.kind == catalog::EffectKind::execs) plan.flags |= SCB_EXECS;
    }
    for (sc_op op : ops) {
      op.cap = cap_bytes(op, request_);
      op.cap_kind = SC_CAP_BYTES;
      if ((op.flags & SC_OF_NETLINK) != 0) plan.flags |= SCB_NETLINK;
      out_.ops.push_back(op);
    }
    if (request_.files) find_descriptors(tables, prototype, plan);
    make_quick_plan(plan);
    out_.plans.push_back(plan);
    return static_cast<std::uint16_t>(out_.plans.size() - 1);
  }

  // The descriptors that a call hands over or brings in an array: pipe2(2), poll(2).
  void find_descriptors(const Tables& tables, const catalog::Prototype& prototype, scb_plan& plan) const {
    for (std::uint8_t number = 0; number < std::min<unsigned>(plan.op_count, 16); ++number) {
      const sc_op& op = out_.ops[plan.first_op + number];
      if (op.verb != SC_READ || op.parent != SC_NO_PARENT || op.base.kind != SC_ARG) continue;
      for (const catalog::Param& param : tables.params.subspan(prototype.first_param, prototype.param_count)) {
        const catalog::Type* type = &tables.types[param.type];
        if (param.argument != op.base.index || type->kind != catalog::TypeKind::pointer) continue;
        type = &tables.types[type->element];
        if (type->kind == catalog::TypeKind::array) type = &tables.types[type->element];
        const auto offset = descriptor_in(tables, *type);
        if (!offset || *offset > 255 || type->size == 0 || type->size > 255) continue;
        plan.fd_op = static_cast<sc_u8>(number + 1);
        plan.fd_stride = static_cast<sc_u8>(type->size);
        plan.fd_offset = static_cast<sc_u8>(*offset);
        return;
      }
    }
  }

  // A plan is quick if it has at most one op in each phase, both of them quick.
  void make_quick_plan(scb_plan& plan) {
    bool quick = (!request_.files || (plan.fd_arguments == 0 && plan.fd_op == 0)) &&
                 (plan.flags & SCB_NETLINK) == 0;
    for (std::uint16_t number = 0; number < plan.op_count; ++number) {
      const sc_op& op = out_.ops[plan.first_op + number];
      scb_quick& slot = op.phase == SC_ENTRY_PHASE ? plan.entry : plan.exit;
      if (op.phase == SC_EXIT_PHASE && (op.flags & SC_ON_SUCCESS) == 0) plan.flags |= SCB_EXIT_ALWAYS;
      if (slot.verb != SCB_QUICK_NONE || !make_quick(op, number, slot)) quick = false;
    }
    if (quick) plan.flags |= SCB_QUICK;
  }

  const Request& request_;
  KernelPlans& out_;
};

}  // namespace

KernelPlans make_plans(const Request& request, const Tables& native, const Tables& compat) {
  KernelPlans plans;
  Maker maker(request, plans);
  maker.add(native, 0);
  maker.add(compat, 1);
  return plans;
}

}  // namespace syscope::capture::bpf
