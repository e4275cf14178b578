#include "catalogc/dump.h"

#include <fmt/format.h>

#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

std::string ref_text(const sc_ref& ref) {
  switch (ref.kind) {
    case SC_CONST: return ref.offset == 0xffffffff ? "all" : fmt::format("{}", ref.offset);
    case SC_ARG: return fmt::format("arg{}/{}", ref.index, ref.width);
    case SC_RET: return "ret";
    case SC_PLACE: return fmt::format("here+{}", ref.offset);
    case SC_FIELD: return fmt::format("+{}/{}", ref.offset, ref.width);
    default: return fmt::format("op{}+{}/{}", ref.index, ref.offset, ref.width);
  }
}

std::string cap_text(const sc_op& op) {
  switch (op.cap_kind) {
    case SC_CAP_STRING: return "string-limit";
    case SC_CAP_ELEMENTS: return fmt::format("elements of {}", op.cap);
    default: return fmt::format("{} bytes", op.cap);
  }
}

std::string op_text(const sc_op& op, std::size_t number) {
  static constexpr const char* verbs[] = {"?", "read", "string", "pointers"};
  std::string text =
      fmt::format("  {} {} {} {}", number, op.phase == SC_ENTRY_PHASE ? "entry" : "exit",
                  verbs[op.verb & 3], ref_text(op.base));
  if (op.parent != SC_NO_PARENT) text += fmt::format(" in op{} stride {}", op.parent, op.stride);
  if (op.verb == SC_READ) text += " length " + ref_text(op.length);
  if (op.filled.kind != SC_CONST || op.filled.offset != 0xffffffff) {
    text += " filled " + ref_text(op.filled);
  }
  if (op.scale != 1) text += fmt::format(" times {}", op.scale);
  text += ", " + cap_text(op);
  if ((op.flags & SC_ON_SUCCESS) != 0) text += ", on success";
  if ((op.flags & SC_SPREAD) != 0) text += ", spread";
  if ((op.flags & SC_OF_NETLINK) != 0) text += ", of netlink sockets";
  return text + "\n";
}

std::string plan_text(const AbiTables& tables, Index prototype, const std::string& title) {
  const sc_plan& plan = tables.prototypes[prototype].plan;
  if (plan.op_count == 0) return {};
  std::string text = title + "\n";
  for (std::size_t i = 0; i < plan.op_count; ++i) {
    text += op_text(tables.ops[plan.first_op + i], i);
  }
  return text;
}

std::string set_facts(const SharedTables& shared, Abi abi) {
  std::string text;
  for (const catalog::Set& set : shared.sets) {
    if ((set.abis >> static_cast<unsigned>(abi) & 1) == 0) continue;
    for (std::size_t i = 0; i < set.member_count; ++i) {
      const catalog::Member& member = shared.members[set.first_member + i];
      if (member.kind != catalog::MemberKind::named) continue;
      text +=
          fmt::format("{}\tconstant\t{}\t{}\t{}\t{}\n", abi_name(abi), shared.names.text(set.name),
                      shared.names.text(member.name), member.value, set.width);
    }
  }
  return text;
}

std::string struct_facts(const AbiTables& tables, const NamePool& names, Abi abi) {
  std::string text;
  for (const catalog::Struct& row : tables.structs) {
    bool open = (row.flags & catalog::struct_sized) != 0;
    std::string fields;
    for (std::size_t i = 0; i < row.field_count; ++i) {
      const catalog::Field& field = tables.fields[row.first_field + i];
      open = open || tables.types[field.type].size == 0;
      if (field.bit_width != 0 || field.name == 0) continue;
      fields += fmt::format("{}\tfield\t{}\t{}\t{}\n", abi_name(abi), names.text(row.name),
                            names.text(field.name), field.offset);
    }
    text += fmt::format("{}\tstruct\t{}\t{}\t{}\n", abi_name(abi), names.text(row.name), row.size,
                        open ? "open" : "fixed");
    text += fields;
  }
  return text;
}

}  // namespace

std::string dump_facts(const Compiled& compiled) {
  std::string text;
  for (const Abi abi : compiled_abis) {
    const AbiTables& tables = compiled.abis[static_cast<std::size_t>(abi)];
    text += set_facts(compiled.shared, abi) + struct_facts(tables, compiled.shared.names, abi);
    for (const catalog::Call& call : tables.calls) {
      text += fmt::format("{}\tcall\t{}\t{}\n", abi_name(abi),
                          compiled.shared.names.text(call.name), call.number);
    }
  }
  return text;
}

std::string dump_plans(const Compiled& compiled) {
  std::string text;
  for (const Abi abi : compiled_abis) {
    const AbiTables& tables = compiled.abis[static_cast<std::size_t>(abi)];
    for (const catalog::Call& call : tables.calls) {
      const std::string title =
          fmt::format("{} {}", abi_name(abi), compiled.shared.names.text(call.name));
      text += plan_text(tables, call.prototype, title);
      if (call.variants == nothing) continue;
      const catalog::Variants& variants = tables.variant_tables[call.variants];
      for (std::uint32_t i = 0; i < variants.count; ++i) {
        const catalog::Variant& variant = tables.variants[variants.first + i];
        text += plan_text(tables, variant.prototype, fmt::format("{} {:#x}", title, variant.key));
      }
    }
  }
  return text;
}

std::string dump_counts(const Compiled& compiled, const Program& program) {
  std::string text;
  for (const Abi abi : compiled_abis) {
    const AbiTables& tables = compiled.abis[static_cast<std::size_t>(abi)];
    text += fmt::format("{}: {} calls, {} variants, {} types, {} structs, {} ops\n", abi_name(abi),
                        tables.calls.size(), tables.variants.size(), tables.types.size(),
                        tables.structs.size(), tables.ops.size());
  }
  return text + fmt::format("all: {} sets, {} constants, {} structs written, {} hooks\n",
                            compiled.shared.sets.size(), compiled.shared.members.size(),
                            program.structs.size(), compiled.shared.hooks.words().size());
}

}  // namespace syscope::catalogc
