// Calls, variants and their plans to tables, for one ABI.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "catalogc/ast.h"
#include "catalogc/constants.h"
#include "catalogc/diagnostics.h"
#include "catalogc/layout.h"
#include "catalogc/lower_types.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// Makes the `NAME constant` keys of variants members of the sets of the arguments that they are
// keys of. Comes before anything that resolves names.
void add_variant_members(Program& program, Diagnostics& diagnostics);

class CallLowering {
 public:
  // All live longer than the lowering.
  CallLowering(const Program& program, Constants& constants, Layout& layout, TypeLowering& types,
               SharedTables& shared, AbiTables& tables, Diagnostics& diagnostics);

  // Fills calls, prototypes, variants, plans of the tables.
  void run();

 private:
  // What a prototype is made of; those of variants take parts from the call.
  struct Parts {
    Location at;
    std::vector<const ParamNode*> params;
    const TypeNode* result = nullptr;
    std::string_view result_hook;
    std::vector<const EffectNode*> effects;
  };
  [[nodiscard]] static Parts parts_of(const ProtoNode& proto);
  [[nodiscard]] Parts parts_of(const CallNode& call, const VariantsNode& variants,
                               const ProtoNode& proto) const;

  void call(const CallNode& node);
  [[nodiscard]] Index prototype(const Parts& parts);
  [[nodiscard]] Scope call_scope(const Parts& parts, std::vector<std::uint8_t>& registers);
  [[nodiscard]] std::vector<catalog::Param> params(const Parts& parts, const Scope& scope,
                                                   const std::vector<std::uint8_t>& registers);
  void effects(const Parts& parts, const std::vector<std::uint8_t>& registers,
               catalog::Prototype& row);
  void plan(const Parts& parts, const std::vector<catalog::Param>& params, catalog::Prototype& row);
  [[nodiscard]] bool is_descriptor(Index type) const;
  [[nodiscard]] bool counts_at_exit(Index type) const;
  [[nodiscard]] Index variants_of(const CallNode& call);
  void variant(const CallNode& call, const VariantsNode& variants, const VariantNode& node,
               std::uint64_t mask, std::vector<catalog::Variant>& rows);
  [[nodiscard]] std::vector<std::uint64_t> keys(const CallNode& call, std::string_view argument,
                                                const std::vector<Expr>& exprs);
  [[nodiscard]] std::uint32_t class_bits(const ProtoNode& proto);

  const Program& program_;
  Constants& constants_;
  Layout& layout_;
  TypeLowering& types_;
  SharedTables& shared_;
  AbiTables& tables_;
  Diagnostics& diagnostics_;
};

}  // namespace syscope::catalogc
