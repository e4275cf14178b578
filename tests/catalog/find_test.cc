#include "catalog/find.h"

#include <gtest/gtest.h>

namespace syscope::catalog {
namespace {

TEST(Find, CallsByNumberAndByName) {
  const Call* const call = find_call(tables(Abi::x86_64), 257);
  ASSERT_NE(call, nullptr);
  EXPECT_EQ(text(call->name), "openat");
  EXPECT_EQ(find_call(tables(Abi::i386), "openat")->number, 295u);
  EXPECT_EQ(find_call(tables(Abi::x86_64), "opanet"), nullptr);
  EXPECT_EQ(find_call(tables(Abi::x86_64), 0xffffffff), nullptr);
  EXPECT_EQ(find_call(tables(Abi::x32), 0), nullptr);
}

TEST(Find, TheVariantThatTheArgumentsChoose) {
  const Tables& t = tables(Abi::x86_64);
  const Call* const call = find_call(t, "ioctl");
  ASSERT_NE(call, nullptr);
  const Prototype& tcgets = find_prototype(t, *call, {0, 0xffffffff00005401, 0, 0, 0, 0});
  EXPECT_NE(&tcgets, &t.prototypes[call->prototype]);
  EXPECT_EQ(tcgets.plan.op_count, 1);
  EXPECT_EQ(&find_prototype(t, *call, {0, 0xdead, 0, 0, 0, 0}), &t.prototypes[call->prototype]);
}

TEST(Find, ConstantsByValueAndByName) {
  const Index index = find_set("ioctl_request");
  ASSERT_NE(index, nothing);
  const Member* const member = find_member(sets()[index], 0xffffffff00005413);
  ASSERT_NE(member, nullptr);
  EXPECT_EQ(text(member->name), "TIOCGWINSZ");
  const auto constant = find_member("O_DIRECTORY", Abi::arm64);
  ASSERT_TRUE(constant);
  EXPECT_EQ(constant->member->value, 040000u);
  EXPECT_EQ(find_member("O_DIRECTORY", Abi::x86_64)->member->value, 0200000u);
  EXPECT_FALSE(find_member("O_NONSENSE"));
  EXPECT_EQ(find_set("nonsense"), nothing);
}

TEST(Find, Classes) {
  const Call* const call = find_call(tables(Abi::x86_64), "openat");
  ASSERT_NE(call, nullptr);
  EXPECT_NE(call->classes & class_bit("file"), 0u);
  EXPECT_EQ(call->classes & class_bit("net"), 0u);
  EXPECT_EQ(class_bit("nonsense"), 0u);
}

// Every index of every table leads into its table, whatever the catalog says.
TEST(Tables, HoldTogether) {
  for (const Abi abi : {Abi::x86_64, Abi::i386, Abi::arm64}) {
    const Tables& t = tables(abi);
    for (const Call& call : t.calls) {
      EXPECT_FALSE(text(call.name).empty());
      EXPECT_LT(call.prototype, t.prototypes.size());
      EXPECT_EQ(find_call(t, call.number), &call);
    }
    for (const Prototype& row : t.prototypes) {
      EXPECT_LE(row.first_param + row.param_count, t.params.size());
      EXPECT_LE(row.first_effect + row.effect_count, t.effects.size());
      EXPECT_LE(row.plan.first_op + row.plan.op_count, t.ops.size());
      EXPECT_LE(row.plan.op_count, 16);
      for (std::size_t i = 0; i < row.plan.op_count; ++i) {
        const sc_op& op = t.ops[row.plan.first_op + i];
        EXPECT_TRUE(op.parent == SC_NO_PARENT || op.parent < i);
        EXPECT_TRUE(op.parent == SC_NO_PARENT || op.stride != 0);
      }
    }
    for (const Param& row : t.params) EXPECT_LT(row.type, t.types.size());
    for (const Field& row : t.fields) EXPECT_LT(row.type, t.types.size());
    for (const Type& row : t.types) {
      if (row.kind == TypeKind::pointer) {
        EXPECT_LT(row.element, t.types.size());
      }
      if (row.kind == TypeKind::structure) {
        EXPECT_LT(row.element, t.structs.size());
      }
      if (row.notation == Notation::symbol || row.notation == Notation::bits) {
        EXPECT_LT(row.set, sets().size());
      }
    }
  }
}

}  // namespace
}  // namespace syscope::catalog
