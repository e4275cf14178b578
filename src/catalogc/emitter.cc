#include "catalogc/emitter.h"

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include "catalogc/ast.h"
#include "catalogc/words.h"

namespace syscope::catalogc {
namespace {

// One table: an array of rows in braces.
class TableText {
 public:
  explicit TableText(std::string& out) : out_(out) {}

  void begin(std::string_view type, std::string_view name) {
    out_.append("constexpr ").append(type).append(" ").append(name).append("[] = {\n");
    empty_ = true;
  }
  // Arrays have at least one element; `count` tells how many of them count.
  void end() {
    if (empty_) out_ += "{}";
    out_ += "};\n";
  }
  // An enumeration is written as a cast of its number: {TypeKind(3), 4, ...}.
  template <class... Values>
  void row(const Values&... values) {
    empty_ = false;
    out_ += '{';
    (value(values), ...);
    out_ += "},\n";
  }
  void number(std::uint64_t number) {
    empty_ = false;
    value(number);
  }

 private:
  template <class Value>
  void value(const Value& value) {
    if constexpr (std::is_same_v<Value, sc_ref>) {
      out_ += '{';
      this->value(value.kind);
      this->value(value.width);
      this->value(value.index);
      this->value(value.offset);
      out_ += "},";
    } else if constexpr (std::is_same_v<Value, std::string>) {
      out_ += value;
      out_ += ',';
    } else if constexpr (std::is_signed_v<Value> && sizeof(Value) == 8) {
      if (value == std::numeric_limits<std::int64_t>::min()) {
        out_ += "-0x7fffffffffffffff-1,";
      } else {
        append(value);
      }
    } else {
      append(value);
    }
  }
  template <class Value>
  void append(Value value) {
    char digits[24];
    const auto [end, unused] = [&] {
      if constexpr (std::is_same_v<Value, bool>) {
        return std::to_chars(digits, digits + sizeof digits, value ? 1 : 0);
      } else {
        return std::to_chars(digits, digits + sizeof digits, value);
      }
    }();
    out_.append(digits, end);
    if constexpr (sizeof(Value) == 8 && !std::is_signed_v<Value>) out_ += 'u';
    out_ += ',';
  }

  std::string& out_;
  bool empty_ = true;
};

template <class Enum>
std::string cast(std::string_view type, Enum value) {
  return std::string(type) + "(" + std::to_string(static_cast<int>(value)) + ")";
}

std::string head() {
  return "// Made by catalogc from catalog/*.sys.\n#include \"catalog/generated.h\"\n\n"
         "namespace syscope::catalog {\nnamespace {\n";
}

// A string literal of any bytes.
std::string literal(std::string_view bytes) {
  std::string text = "\"";
  std::size_t column = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < ' ' || byte > '~' || c == '"' || c == '\\' || c == '?') {
      const char octal[] = {'\\', static_cast<char>('0' + (byte >> 6)),
                            static_cast<char>('0' + (byte >> 3 & 7)),
                            static_cast<char>('0' + (byte & 7))};
      text.append(octal, sizeof octal);
    } else {
      text += c;
    }
    if (++column % 100 == 0) text += "\"\n\"";
  }
  return text + "\"";
}

void emit_words(std::string& out, std::string_view name, const std::vector<std::string>& words) {
  out.append("constexpr std::string_view ").append(name).append("[] = {");
  for (const std::string& word : words) out += literal(word) + ",";
  if (words.empty()) out += "\"\"";
  out += "};\n";
}

std::string emit_shared(const SharedTables& shared) {
  std::string out = head();
  TableText table(out);
  out += "constexpr char pool_bytes[] =\n" + literal(shared.names.bytes()) + ";\n";
  table.begin("Set", "set_rows");
  for (const auto& row : shared.sets) {
    table.row(row.name, row.unknown, row.first_member, row.by_value, row.member_count,
              cast("SetKind", row.kind), row.width, row.abis, row.is_decimal, row.is_commented,
              row.has_parts);
  }
  table.end();
  table.begin("Member", "member_rows");
  for (const auto& row : shared.members) {
    table.row(row.value, row.mask, row.name, cast("MemberKind", row.kind));
  }
  table.end();
  table.begin("std::uint16_t", "sorted_rows");
  for (const auto position : shared.sorted) table.number(position);
  table.end();
  table.begin("Meaning", "meaning_rows");
  for (const auto& row : shared.meanings) table.row(row.subject, row.name, row.text);
  table.end();
  emit_words(out, "hook_words", shared.hooks.words());
  emit_words(out, "class_words", shared.classes);
  const auto span = [](std::string_view name, std::size_t count) {
    return "{" + std::string(name) + ", " + std::to_string(count) + "}, ";
  };
  out +=
      "}  // namespace\n\nconstinit const Names generated_names = {{pool_bytes, " +
      std::to_string(shared.names.bytes().size()) + "}, " + span("set_rows", shared.sets.size()) +
      span("member_rows", shared.members.size()) + span("sorted_rows", shared.sorted.size()) +
      span("hook_words", shared.hooks.words().size()) + span("class_words", shared.classes.size()) +
      span("meaning_rows", shared.meanings.size()) + "};\n\n}  // namespace syscope::catalog\n";
  return out;
}

void emit_types(const AbiTables& tables, TableText& table) {
  table.begin("Type", "type_rows");
  for (const auto& row : tables.types) {
    table.row(cast("TypeKind", row.kind), cast("Notation", row.notation), row.width,
              cast("Direction", row.direction), row.flags, row.unused, row.set, row.element,
              row.length, row.filled, row.fill, row.size);
  }
  table.end();
  table.begin("Expression", "expression_rows");
  for (const auto& row : tables.expressions) {
    table.row(cast("Operator", row.op), row.width, row.is_signed, row.unused, row.left, row.right,
              row.value);
  }
  table.end();
  table.begin("Field", "field_rows");
  for (const auto& row : tables.fields) {
    table.row(row.name, row.type, row.condition, row.offset, row.flags, row.bit_offset,
              row.bit_width, row.shift);
  }
  table.end();
  table.begin("Struct", "struct_rows");
  for (const auto& row : tables.structs) {
    table.row(row.name, row.first_field, row.size, row.field_count, row.flags, row.condition,
              row.unused);
  }
  table.end();
  table.begin("Choice", "choice_rows");
  for (const auto& row : tables.choices) {
    table.row(row.discriminator, row.otherwise, row.first_case, row.case_count, row.unused);
  }
  table.end();
  table.begin("Case", "case_rows");
  for (const auto& row : tables.cases) table.row(row.value, row.type);
  table.end();
  table.begin("AttributeTable", "attribute_rows");
  for (const auto& row : tables.attribute_tables) {
    table.row(row.set, row.otherwise, row.first_case, row.case_count, row.unused);
  }
  table.end();
}

void emit_calls(const AbiTables& tables, TableText& table) {
  table.begin("Param", "param_rows");
  for (const auto& row : tables.params) {
    table.row(row.name, row.type, row.condition, row.argument, row.at_exit, row.named, row.joined);
  }
  table.end();
  table.begin("Effect", "effect_rows");
  for (const auto& row : tables.effects) {
    std::string operands = "{";
    for (const int operand : row.operands) operands += std::to_string(operand) + ",";
    table.row(cast("EffectKind", row.kind), row.operand_count, operands + "}", row.unused);
  }
  table.end();
  table.begin("Prototype", "prototype_rows");
  for (const auto& row : tables.prototypes) {
    const sc_plan& plan = row.plan;
    std::string text = "{";
    for (const unsigned part :
         {unsigned{plan.first_op}, unsigned{plan.op_count}, unsigned{plan.exit_ops},
          unsigned{plan.arguments}, unsigned{plan.fd_arguments}, unsigned{plan.may_block}}) {
      text += std::to_string(part) + ",";
    }
    table.row(row.first_param, row.param_count, row.effect_count, row.result, row.result_hook,
              row.first_effect, text + "0}");
  }
  table.end();
  table.begin("Variants", "variants_rows");
  for (const auto& row : tables.variant_tables) {
    const std::string arguments =
        "{" + std::to_string(row.arguments[0]) + "," + std::to_string(row.arguments[1]) + "}";
    table.row(row.argument_count, arguments, row.unused, row.first, row.count, row.mask,
              row.any_size);
  }
  table.end();
  table.begin("Variant", "variant_rows");
  for (const auto& row : tables.variants) table.row(row.key, row.prototype);
  table.end();
  table.begin("Call", "call_rows");
  for (const auto& row : tables.calls) {
    table.row(row.name, row.prototype, row.variants, row.classes, row.summary, row.number);
  }
  table.end();
  table.begin("Index", "number_rows");
  for (const auto index : tables.call_by_number) table.number(index);
  table.end();
  table.begin("sc_op", "op_rows");
  for (const auto& row : tables.ops) {
    table.row(row.verb, row.phase, row.cap_kind, row.flags, row.parent, row.stride, row.cap,
              row.scale, row.base, row.length, row.filled);
  }
  table.end();
}

std::string emit_abi(const AbiTables& tables, Abi abi) {
  std::string out = head();
  TableText table(out);
  emit_types(tables, table);
  emit_calls(tables, table);
  out += "}  // namespace\n\nconstinit const Tables generated_" + std::string(abi_name(abi)) +
         " = {\n";
  const auto span = [&](std::string_view name, std::size_t count) {
    out += "    {" + std::string(name) + ", " + std::to_string(count) + "},\n";
  };
  span("type_rows", tables.types.size());
  span("expression_rows", tables.expressions.size());
  span("field_rows", tables.fields.size());
  span("struct_rows", tables.structs.size());
  span("choice_rows", tables.choices.size());
  span("case_rows", tables.cases.size());
  span("param_rows", tables.params.size());
  span("effect_rows", tables.effects.size());
  span("prototype_rows", tables.prototypes.size());
  span("variants_rows", tables.variant_tables.size());
  span("variant_rows", tables.variants.size());
  span("call_rows", tables.calls.size());
  span("number_rows", tables.call_by_number.size());
  span("op_rows", tables.ops.size());
  span("attribute_rows", tables.attribute_tables.size());
  return out + "};\n\n}  // namespace syscope::catalog\n";
}

}  // namespace

std::vector<GeneratedFile> emit(const Compiled& compiled) {
  std::vector<GeneratedFile> files;
  files.push_back({"catalog_names.cc", emit_shared(compiled.shared)});
  for (const Abi abi : compiled_abis) {
    files.push_back({"catalog_" + std::string(abi_name(abi)) + ".cc",
                     emit_abi(compiled.abis[static_cast<std::size_t>(abi)], abi)});
  }
  return files;
}

}  // namespace syscope::catalogc
