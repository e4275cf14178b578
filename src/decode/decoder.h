// One record being decoded: an interpreter of catalog types that appends to a tape. Private to the
// room; the hooks use it, too.
#pragma once

#include <optional>

#include "catalog/tables.h"
#include "decode/decode.h"
#include "decode/memory.h"

namespace syscope::decode {

// How deep values nest: more than any catalog says.
inline constexpr unsigned most_depth = 24;

// Memory that a value is decoded from.
struct Place {
  Bytes bytes = {};           // from the value's first byte to the end of what is known
  std::uint64_t address = 0;  // of the first byte in the traced process
  bool cut = false;           // the memory goes on behind `bytes`
  std::uint64_t missing = 0;  // how many bytes behind `bytes` belong to it, and are not there

  [[nodiscard]] std::uint64_t size() const { return bytes.size() + missing; }
  // `count` of its bytes from `offset` on, which is within its size; fewer where it ends before.
  [[nodiscard]] Place part(std::uint64_t offset, std::uint64_t count) const;
};

// What the expressions of a type can refer to besides the call's arguments.
struct Scope {
  Bytes here = {};              // the surrounding structure
  Bytes outer = {};             // the one around that
  std::uint64_t at = 0;         // address of `here`
  std::int64_t fill = 0;        // ambient length
  std::int64_t position = 0;    // in the surrounding array
  std::uint64_t available = 0;  // bytes of the surrounding sized structure
  bool bounded = false;         // that structure is a sized one: nothing follows it
  Phase phase = Phase::entry;   // of the surrounding memory
  bool both = false;            // as of the entry, and as of the exit it counts, too
  Bytes siblings = {};          // the netlink attributes in front of this one, at its level
  bool in_attribute = false;    // directly in a netlink attribute
  bool in_list = false;  // what stands behind a struct may follow it: a list is open around it
};

class Decoder {
 public:
  // The record is as long as an sc_call and outlives the decoder.
  Decoder(Bytes record, const catalog::Tables& tables, const Options& options, Tape& tape);

  // Fills tape and result of a call whose prototype is known.
  void decode_arguments(const catalog::Prototype& prototype, DecodedCall& decoded);
  void decode_result(const catalog::Prototype& prototype, DecodedCall& decoded);

  // A type's value: in a register, in memory, or behind a pointer in the given phase.
  void from_register(const catalog::Type& type, std::uint64_t value, std::string_view name,
                     const Scope& scope);
  void from_memory(const catalog::Type& type, const Place& place, std::string_view name,
                   const Scope& scope);
  void behind(const catalog::Type& pointer, const catalog::Type& type, std::uint64_t address,
              std::string_view name, const Scope& scope);

  // An expression; nothing if it needs memory that the record lacks.
  [[nodiscard]] std::optional<std::int64_t> evaluate(catalog::Index index, const Scope& scope) {
    const catalog::Expression& node = tables_.expressions[index];
    switch (node.op) {
      case catalog::Operator::constant: return node.value;
      case catalog::Operator::argument:
        return extended(argument(static_cast<unsigned>(node.value) % 6, node.width), node.width,
                        node.is_signed);
      case catalog::Operator::result: return result_;
      default: return compute(node, scope);
    }
  }

  // A NUL-terminated string at an address; `limit` is how many bytes of it are shown.
  void text(std::uint64_t address, std::uint64_t length, std::uint64_t limit, bool is_path,
            std::string_view name, Phase phase);
  // `size` bytes at an address as a quoted string, shortened by -s.
  void buffer(std::uint64_t address, std::uint64_t size, std::string_view name, Phase phase);

  // Appends to the tape, as long as the record's share of values lasts.
  std::uint32_t add(const Value& value) {
    if (tape_.size() >= most_values_) exhausted_ = true;
    return tape_.add(value);
  }
  [[nodiscard]] Value& append() {
    if (tape_.size() >= most_values_) exhausted_ = true;
    return tape_.append();
  }
  std::uint32_t open(ValueKind kind, std::string_view name);
  void close(std::uint32_t at) { tape_.close(at); }
  void add_number(std::string_view name, std::uint64_t value, catalog::Notation notation,
                  unsigned width, bool is_signed = false, catalog::Index set = catalog::nothing);
  void add_address(std::string_view name, std::uint64_t address, std::string_view comment = {});
  void add_missing(std::string_view name, std::uint64_t address, MissingReason reason);
  void add_word(std::string_view name, std::string_view word, std::uint64_t number = 0);
  void add_string(std::string_view name, Bytes bytes, bool more = false);
  void add_ellipsis();
  void mark_cut(const catalog::Type& pointer, const catalog::Type& type, std::uint64_t size);
  void add_end_of_memory(std::uint64_t address);
  // 0x7f..., as long as the tape.
  [[nodiscard]] std::string_view address_text(std::uint64_t address);
  // Bytes as a string, shortened by -s.
  void add_limited(std::string_view name, Bytes bytes, bool goes_on = false);

  [[nodiscard]] const catalog::Tables& tables() const { return tables_; }
  [[nodiscard]] const catalog::Type& type(catalog::Index index) const {
    return tables_.types[index];
  }
  [[nodiscard]] const sc_call& call() const { return call_; }
  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] Tape& tape() { return tape_; }
  [[nodiscard]] Memory& memory() { return memory_; }
  [[nodiscard]] Abi abi() const { return abi_; }
  [[nodiscard]] unsigned word() const { return word_; }
  [[nodiscard]] bool succeeded() const { return succeeded_; }
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  // Argument `index` as the call's ABI sees it: the low half on 32-bit ABIs.
  [[nodiscard]] std::uint64_t argument(unsigned index) const {
    return word_ == 8 ? call_.args[index] : call_.args[index] & 0xffffffff;
  }
  // A number of `width` bytes: 8 bytes take two registers where words have 4, the low half first.
  [[nodiscard]] std::uint64_t argument(unsigned index, unsigned width) const {
    if (word_ == 8 || width <= 4 || index >= 5) return argument(index);
    return argument(index) | argument(index + 1) << 32;
  }
  [[nodiscard]] std::int64_t result() const { return result_; }
  // The protocol of the netlink socket in argument 0, -1 if it is none: netlink(7).
  [[nodiscard]] std::int64_t netlink_protocol();
  // How many elements of an array are shown.
  [[nodiscard]] std::uint64_t shown(std::uint64_t count) const {
    return options_.abbreviate && count > options_.string_limit ? options_.string_limit : count;
  }

 private:
  enum class Access : std::uint8_t { none, entry, exit, both };

  // A number of `width` bytes as one of 64 bits.
  [[nodiscard]] static std::int64_t extended(std::uint64_t value, unsigned width, bool is_signed) {
    const unsigned shift = width >= 8 || width == 0 ? 0 : 64 - width * 8;
    if (is_signed) return static_cast<std::int64_t>(value << shift) >> shift;
    return static_cast<std::int64_t>(value << shift >> shift);
  }
  [[nodiscard]] static std::optional<std::int64_t> load_field(Bytes bytes,
                                                              const catalog::Expression& node);
  [[nodiscard]] std::optional<std::int64_t> compute(const catalog::Expression& node,
                                                    const Scope& scope);
  [[nodiscard]] std::optional<std::int64_t> operate(const catalog::Expression& node,
                                                    const Scope& scope);

  [[nodiscard]] Access access(const catalog::Type& pointer, const Scope& scope) const;
  void pointer(const catalog::Type& type, std::uint64_t address, std::string_view name,
               const Scope& scope);
  void target(const catalog::Type& pointer, const catalog::Type& type, std::uint64_t address,
              std::string_view name, const Scope& scope);
  void hook_in_register(const catalog::Type& type, std::uint64_t value, std::string_view name,
                        const Scope& scope);
  void before_and_after(const catalog::Type& pointer, const catalog::Type& type,
                        std::uint64_t address, std::string_view name, const Scope& scope);
  void one_number(const catalog::Type& type, std::uint64_t address, std::string_view name,
                  const Scope& scope, bool both);
  [[nodiscard]] const catalog::Type* choose(const catalog::Type& choice, const Scope& scope);
  [[nodiscard]] std::optional<std::uint64_t> length(const catalog::Type& pointer,
                                                    const catalog::Type& type, const Scope& scope);
  [[nodiscard]] std::optional<std::uint64_t> evaluate_length(catalog::Index index,
                                                             const Scope& scope);
  [[nodiscard]] std::optional<std::uint64_t> capacity_of(const catalog::Type& type,
                                                         const Scope& scope);
  [[nodiscard]] std::optional<std::int64_t> pointee_value(const catalog::Expression& node,
                                                          const Scope& scope);
  // Whether a number says how much there is room for, beyond which the count goes on.
  [[nodiscard]] bool has_room(const catalog::Type& type) const {
    return type.filled != catalog::nothing &&
           tables_.expressions[type.filled].op == catalog::Operator::constant;
  }
  // The address itself takes the value's place if the record does not hold `needed` bytes there.
  [[nodiscard]] std::optional<Place> fetch(std::uint64_t address, std::uint64_t needed,
                                           std::uint64_t wanted, std::string_view name,
                                           Phase phase);

  void add_typed(const catalog::Type& type, std::uint64_t raw, std::string_view name);
  void name_result(const catalog::Type& type, std::uint32_t at);
  void number_in(const catalog::Type& type, const Place& place, std::string_view name);
  void string_in(const Place& place, std::uint64_t size, bool is_path, std::string_view name);
  void array_behind(const catalog::Type& type, std::uint64_t address, std::uint64_t count,
                    bool is_fixed, std::string_view name, const Scope& scope);
  void mark_beyond_room(const catalog::Type& from, std::uint32_t array, const Scope& scope);
  void array_in(const catalog::Type& type, const Place& place, std::uint64_t count,
                std::string_view name, const Scope& scope);
  [[nodiscard]] bool overflows(const catalog::Type& type, std::uint64_t shown, const Scope& scope);
  void structure_behind(const catalog::Type& pointer, const catalog::Type& type,
                        std::uint64_t address, std::string_view name, const Scope& scope);
  [[nodiscard]] std::uint64_t brief_size(const catalog::Struct& structure) const;
  [[nodiscard]] bool torn_behind(const catalog::Struct& structure, std::uint64_t address,
                                 std::string_view name, const Scope& scope);
  void structure_in(const catalog::Type& type, const Place& place, std::uint64_t available,
                    std::string_view name, const Scope& scope);
  void tail(const catalog::Type& type, std::uint64_t address, std::string_view name,
            const Scope& scope);
  void changed(const catalog::Field& field, const catalog::Type& type, const Place& place,
               std::uint32_t before, const Scope& scope);
  void filled_in(const catalog::Field& field, const catalog::Type& type, const Place& place,
                 const Scope& scope);
  void changed_since(const catalog::Type& type, const Place& place, std::uint32_t at,
                     std::string_view name, const Scope& scope);
  // Makes one value of those at `before` and `after`, the last of the tape: the first alone where
  // they are the same, else before => after.
  void join_change(std::uint32_t before, std::uint32_t after, std::string_view name);
  // What stands behind a struct: fields of their own values.
  [[nodiscard]] std::optional<Place> place_behind(const catalog::Field& field, const Place& place,
                                                  const Scope& scope);
  [[nodiscard]] bool has_members(const catalog::Struct& structure) const;
  [[nodiscard]] bool holds(const catalog::Struct& structure, const Place& place,
                           const Scope& around);
  [[nodiscard]] bool may_be_torn(const catalog::Type& type) const;
  bool first_field_behind(const catalog::Struct& structure, std::uint64_t address,
                          std::uint64_t needed, std::string_view name, const Scope& scope);
  [[nodiscard]] bool is_unmeasured(const catalog::Field& field) const;
  void first_field_in(const catalog::Struct& structure, const Place& place, const Scope& scope);
  [[nodiscard]] bool is_blank(const catalog::Type& type, std::uint64_t address);
  // Returns whether fields were left out.
  bool fields_in(const catalog::Struct& structure, const Place& place, std::uint64_t available,
                 const Scope& scope);
  bool splice(const catalog::Type& type, const Place& place, std::uint64_t available,
              const Scope& scope);
  void scatter(const catalog::Type& pointer, const catalog::Type& type, std::uint64_t address,
               std::string_view name, const Scope& scope, bool contents);
  void strings(const catalog::Type& type, std::uint64_t address, std::string_view name,
               Phase phase);
  void set_in(const catalog::Type& type, const Place& place, std::uint64_t size,
              std::string_view name);
  void bits_in(const catalog::Type& type, const Place& place, std::uint64_t bits,
               std::uint32_t set);
  void hook_in(const catalog::Type& type, const Place& place, std::uint64_t size,
               std::string_view name, const Scope& scope);

  // Netlink (netlink.cc).
  [[nodiscard]] bool holds_messages(const catalog::Type& type) {
    return type.element != catalog::nothing && netlink_protocol() >= 0;
  }
  void messages_behind(const catalog::Type& type, std::uint64_t address, std::uint64_t size,
                       std::string_view name, const Scope& scope);
  void payload(const catalog::Type* type, const Place& place, std::string_view name,
               const Scope& scope);
  void text_payload(const Place& place, std::string_view name);
  void hex_payload(const Place& place, std::string_view name);
  void chain_in(const catalog::Type& type, const Place& place, std::string_view name,
                const Scope& scope);
  void attributes_in(const catalog::Type& type, const Place& place, std::string_view name,
                     const Scope& scope);
  void attribute(const catalog::AttributeTable& table, const Place& place, const Scope& scope);
  [[nodiscard]] const catalog::Type* attribute_type(const catalog::AttributeTable& table,
                                                    unsigned number) const;
  [[nodiscard]] std::uint64_t needed(const catalog::Type& type, std::uint64_t size) const;
  [[nodiscard]] std::uint64_t fixed_size(const catalog::Struct& structure) const;
  void add_unreadable(const Place& place, bool in_array, std::string_view name);
  [[nodiscard]] static std::int64_t sibling_key(Bytes attributes, std::int64_t number);

  const sc_call& call_;
  const catalog::Tables& tables_;
  const Options& options_;
  Tape& tape_;
  Memory memory_;
  Abi abi_;
  unsigned word_;
  bool succeeded_;  // finished, and without an error: memory at exit counts
  bool exhausted_ = false;
  unsigned depth_ = 0;
  std::uint32_t most_values_;
  std::int64_t result_;
  Bytes record_;
  std::optional<std::int64_t> netlink_protocol_;  // once it was asked for
};

// The length of what a pointer refers to stands on the type or on the pointer; some have none.
[[nodiscard]] constexpr bool has_length(const catalog::Type& pointer, const catalog::Type& type) {
  return type.length != catalog::nothing || pointer.length != catalog::nothing;
}

// Errors are the results from -4095 to -1.
[[nodiscard]] constexpr bool is_error(std::int64_t result) { return result < 0 && result >= -4095; }

// A call's result as its ABI sees it.
[[nodiscard]] constexpr std::int64_t abi_result(const sc_call& call, unsigned word) {
  return word == 8 ? call.ret : static_cast<std::int32_t>(call.ret);
}

}  // namespace syscope::decode
