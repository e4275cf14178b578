// The tables of src/catalog/tables.h while they grow.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/tables.h"

namespace syscope::catalogc {

using catalog::Index;
using catalog::nothing;

// Every text once, each behind its length in two bytes. Name 0 is the empty text.
class NamePool {
 public:
  // Texts above 65535 bytes are cut.
  catalog::Name add(std::string_view text);
  [[nodiscard]] const std::string& bytes() const { return bytes_; }
  [[nodiscard]] std::string_view text(catalog::Name name) const;

 private:
  std::string bytes_;
  std::map<std::string, catalog::Name, std::less<>> known_;
};

// Words that get numbers in the order of their first use.
class WordList {
 public:
  Index add(std::string_view word);
  [[nodiscard]] const std::vector<std::string>& words() const { return words_; }

 private:
  std::vector<std::string> words_;
};

// What the ABIs share.
struct SharedTables {
  NamePool names;
  WordList hooks;
  std::vector<std::string> classes;
  std::vector<catalog::Set> sets;  // by name
  std::vector<catalog::Member> members;
  std::vector<std::uint16_t> sorted;
  std::vector<catalog::Meaning> meanings;  // by the texts of subject and name
};

// One ABI: catalog::Tables with the memory behind it.
struct AbiTables {
  std::vector<catalog::Type> types;
  std::vector<catalog::Expression> expressions;
  std::vector<catalog::Field> fields;
  std::vector<catalog::Struct> structs;
  std::vector<catalog::Choice> choices;
  std::vector<catalog::Case> cases;
  std::vector<catalog::Param> params;
  std::vector<catalog::Effect> effects;
  std::vector<catalog::Prototype> prototypes;
  std::vector<catalog::Variants> variant_tables;
  std::vector<catalog::Variant> variants;
  std::vector<catalog::Call> calls;  // by name
  std::vector<Index> call_by_number;
  std::vector<sc_op> ops;
  std::vector<catalog::AttributeTable> attribute_tables;
};

struct Compiled {
  SharedTables shared;
  std::array<AbiTables, 4> abis;  // by enum Abi; that of x32 stays empty
};

}  // namespace syscope::catalogc
