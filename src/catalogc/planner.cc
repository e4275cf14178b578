#include "catalogc/planner.h"

#include <algorithm>
#include <cstring>

namespace syscope::catalogc {
namespace {

using catalog::Direction;
using catalog::Operator;
using catalog::Type;
using catalog::TypeKind;

constexpr std::uint32_t everything = 0xffffffff;
constexpr std::uint32_t path_bytes = 4096;        // PATH_MAX: path_resolution(7)
constexpr std::uint32_t set_bytes = 128;          // FD_SETSIZE and CPU_SETSIZE bits: select(2)
constexpr std::uint32_t signal_bytes = 8;         // the kernel's sigset_t: rt_sigaction(2)
constexpr std::uint32_t explaining_bytes = 4096;  // 512 descriptors of poll(2)
constexpr std::uint32_t hook_bytes = 131072;        // what hooks walk: control messages
constexpr std::uint32_t environment_bytes = 32768;  // pointers: the variables are counted
constexpr std::uint32_t tail_bytes = 4096;          // behind the fixed part of a struct: a page
constexpr int deepest = 4;                          // pointers behind pointers

sc_ref constant_ref(std::uint32_t value) { return {SC_CONST, 0, 0, value}; }

bool same(const sc_ref& a, const sc_ref& b) { return std::memcmp(&a, &b, sizeof a) == 0; }

sc_op make_op(sc_verb verb, sc_cap_kind cap_kind, std::uint32_t cap, std::uint32_t scale = 1) {
  sc_op op{};
  op.verb = static_cast<sc_u8>(verb);
  op.cap_kind = static_cast<sc_u8>(cap_kind);
  op.cap = cap;
  op.scale = scale;
  op.parent = SC_NO_PARENT;
  op.length = constant_ref(everything);
  op.filled = constant_ref(everything);
  return op;
}

sc_op read_bytes(std::uint32_t size) {
  sc_op op = make_op(SC_READ, SC_CAP_BYTES, size);
  op.length = constant_ref(size);
  return op;
}

bool has_entry(Direction direction) { return direction != Direction::out; }
bool has_exit(Direction direction) {
  return direction == Direction::out || direction == Direction::inout;
}

}  // namespace

void Planner::add_params(const std::vector<catalog::Param>& params, bool result_hook) {
  result_hook_ = result_hook;
  for (const catalog::Param& param : params) types_of_arguments_[param.argument] = param.type;
  for (const catalog::Param& param : params) {
    const sc_ref argument{SC_ARG, static_cast<sc_u8>(word_size(abi_)), param.argument, 0};
    plan_type(param.type, argument, Frame{});
  }
}

// A value that stands in a register or in memory that an op reads: `at` refers to it.
void Planner::plan_type(Index index, sc_ref at, const Frame& frame) {
  if (index >= tables_.types.size()) return;
  const Type& type = tables_.types[index];
  if (type.kind == TypeKind::pointer) return plan_pointer(type, at, frame);
  if (type.kind == TypeKind::choice) {
    const catalog::Choice& choice = tables_.choices[type.element];
    for (std::uint32_t i = 0; i < choice.case_count; ++i) {
      plan_type(tables_.cases[choice.first_case + i].type, at, frame);
    }
    return plan_type(choice.otherwise, at, frame);
  }
  if (type.kind != TypeKind::structure || at.kind != SC_FIELD) return;
  Frame inner = frame;
  inner.outer_base = frame.base;
  inner.base = at.offset;
  const int parent = frame.entry_op != no_op ? frame.entry_op : frame.exit_op;
  if (type.fill != nothing) inner.fill = measure(type.fill, Use::filled, frame, parent);
  plan_fields(type.element, inner);
}

void Planner::plan_fields(Index structure, const Frame& frame) {
  const catalog::Struct& row = tables_.structs[structure];
  for (std::uint32_t i = 0; i < row.field_count; ++i) {
    const catalog::Field& field = tables_.fields[row.first_field + i];
    const std::uint32_t offset = frame.base + field.offset;
    if (follows(row, field) && !frame.sized && offset >= frame.size) {
      plan_tail(field.type, offset, frame);
    }
    if (!leads_on(field.type, true)) continue;
    const unsigned width = tables_.types[field.type].width;
    plan_type(field.type, field_ref(offset, width), frame);
  }
}

// How long it is, the struct says as of the same time: in the element just read.
void Planner::plan_tail(Index type, std::uint32_t offset, const Frame& frame) {
  for (const int op : {frame.entry_op, frame.exit_op}) {
    if (op == no_op) continue;
    const bool at_exit = drafts_[static_cast<std::size_t>(op)].op.phase == SC_EXIT_PHASE;
    Frame inner = frame;
    (at_exit ? inner.entry_op : inner.exit_op) = no_op;
    Pointer pointer{.base = {SC_PLACE, 0, 0, offset}, .parent = op};
    pointer.direction = at_exit ? Direction::out : Direction::in;
    pointer.always = frame.always;
    plan_memory(type, pointer, inner);
  }
}

void Planner::plan_pointer(const Type& type, sc_ref at, const Frame& frame) {
  const bool inherit = (type.flags & catalog::type_inherit) != 0;
  Pointer pointer{.base = at};
  pointer.direction =
      inherit && frame.direction != Direction::none ? frame.direction : type.direction;
  pointer.always = inherit ? frame.always : (type.flags & catalog::type_always) != 0;
  if (result_hook_ && at.kind == SC_ARG && pointer.direction == Direction::in &&
      explains_result(type.element)) {
    pointer.direction = Direction::inout;
  }
  if (at.kind == SC_FIELD) {
    const int op = frame.entry_op != no_op ? frame.entry_op : frame.exit_op;
    if (frame.single && frame.sized) {
      // A struct that may be cut short is no whole element of its op: its first block is read.
      pointer.base = {SC_OF_OP, at.width, static_cast<sc_u16>(op), at.offset};
    } else {
      pointer.parent = op;
    }
  }
  if (type.fill != nothing) {
    pointer.fill = measure(type.fill, Use::filled, frame, pointer.parent);
  }
  plan_memory(type.element, pointer, frame);
}

void Planner::plan_memory(Index index, const Pointer& pointer, const Frame& frame) {
  if (index >= tables_.types.size()) return;
  const Type& type = tables_.types[index];
  switch (type.kind) {
    case TypeKind::number: read(type, pointer, frame, read_bytes(type.size), type.size); return;
    case TypeKind::pointer: {
      const auto [entry, exit] = read(type, pointer, frame, read_bytes(type.width), type.width);
      return plan_inside(index, pointer, frame, entry, exit, pointer.parent == no_op);
    }
    case TypeKind::string: {
      const sc_verb verb = type.length == nothing ? SC_STRING : SC_READ;
      read(type, pointer, frame, make_op(verb, SC_CAP_STRING, 0), 1);
      return;
    }
    case TypeKind::path: {
      const sc_verb verb = type.length == nothing ? SC_STRING : SC_READ;
      read(type, pointer, frame, make_op(verb, SC_CAP_BYTES, path_bytes), 1);
      return;
    }
    case TypeKind::bytes:
      read(type, pointer, frame, make_op(SC_READ, SC_CAP_STRING, 0), 1);
      if (type.element != nothing) plan_messages(type, pointer, frame);
      return;
    case TypeKind::hook:
    case TypeKind::attributes:
    case TypeKind::chain:
      read(type, pointer, frame, make_op(SC_READ, SC_CAP_BYTES, hook_bytes), 1);
      return;
    case TypeKind::sigset:
      read(type, pointer, frame, make_op(SC_READ, SC_CAP_BYTES, signal_bytes), 1);
      return;
    case TypeKind::cpuset:
      if (type.set != nothing) return plan_whole_set(type, pointer, frame);
      read(type, pointer, frame, make_op(SC_READ, SC_CAP_BYTES, set_bytes), 1);
      return;
    case TypeKind::fdset: return plan_whole_set(type, pointer, frame);
    case TypeKind::array: return plan_array(type, pointer, frame);
    case TypeKind::structure: return plan_structure(type, pointer, frame);
    case TypeKind::scatter: return plan_scatter(type, pointer, frame);
    case TypeKind::strings:
    case TypeKind::environment: return plan_strings(type, pointer, frame);
    case TypeKind::choice: {
      const catalog::Choice& choice = tables_.choices[type.element];
      for (std::uint32_t i = 0; i < choice.case_count; ++i) {
        plan_memory(tables_.cases[choice.first_case + i].type, pointer, frame);
      }
      return plan_memory(choice.otherwise, pointer, frame);
    }
  }
}

// Its length is in bits, or rounded up to words, which `scale` cannot say: as much as select(2)
// declares.
void Planner::plan_whole_set(const Type& type, const Pointer& pointer, const Frame& frame) {
  Type whole = type;
  whole.length = nothing;
  whole.filled = nothing;
  read(whole, pointer, frame, read_bytes(set_bytes), set_bytes);
}

void Planner::plan_structure(const Type& type, const Pointer& pointer, const Frame& frame) {
  const catalog::Struct& row = tables_.structs[type.element];
  // What a sized struct has beyond its fields, its user alone knows.
  const bool open = (row.flags & catalog::struct_sized) != 0 && has_tail(type.element);
  const std::uint32_t size = row.size + (open ? tail_bytes : 0);
  const auto self = static_cast<Index>(&type - tables_.types.data());
  const auto [entry, exit] =
      read(type, pointer, frame, read_bytes(size), size, leads_on(self, false));
  if (leads_on(self, true)) plan_inside(self, pointer, frame, entry, exit, pointer.parent == no_op);
}

void Planner::plan_array(const Type& type, const Pointer& pointer, const Frame& frame) {
  const std::uint32_t element = element_size(type.element);
  const bool constant =
      type.length != nothing && tables_.expressions[type.length].op == Operator::constant;
  sc_op op = make_op(SC_READ, SC_CAP_ELEMENTS, element, element);
  if (result_hook_ && pointer.direction == Direction::inout) {
    op.cap_kind = SC_CAP_BYTES;  // any of it may explain the result
    op.cap = explaining_bytes;
  } else if (constant) {
    op.cap_kind = SC_CAP_BYTES;
    op.cap = static_cast<std::uint32_t>(tables_.expressions[type.length].value) * element;
  }
  const bool inner = leads_on(type.element, false);
  const auto [entry, exit] = read(type, pointer, frame, op, element, inner);
  if (inner) plan_inside(type.element, pointer, frame, entry, exit, false);
}

void Planner::plan_inside(Index type, const Pointer& pointer, const Frame& frame, int entry,
                          int exit, bool single) {
  if (frame.depth >= deepest) return;
  Frame inner;
  inner.entry_op = entry;
  inner.exit_op = exit;
  inner.single = single;
  inner.always = pointer.always;
  inner.direction = pointer.direction;
  inner.fill = pointer.fill;
  inner.depth = frame.depth + 1;
  const Type& row = tables_.types[type];
  if (row.kind == TypeKind::structure) {
    inner.sized = (tables_.structs[row.element].flags & catalog::struct_sized) != 0;
    inner.size = tables_.structs[row.element].size;
    if (row.length != nothing) inner.available = measure(row.length, Use::length, frame, no_op);
    return plan_fields(row.element, inner);
  }
  plan_type(type, field_ref(0, row.width), inner);
}

void Planner::plan_messages(const Type& type, const Pointer& pointer, const Frame& frame) {
  sc_op op = make_op(SC_READ, SC_CAP_BYTES, hook_bytes);
  op.flags = SC_OF_NETLINK;
  read(type, pointer, frame, op, 1);
}

// struct iovec { void *base; size_t length; }: readv(2). The kernel only reads the array itself.
void Planner::plan_scatter(const Type& type, const Pointer& pointer, const Frame& frame) {
  const unsigned word = word_size(abi_);
  Pointer array = pointer;
  array.direction = Direction::in;
  const auto [parent, unused] =
      read(type, array, frame, make_op(SC_READ, SC_CAP_ELEMENTS, 2 * word, 2 * word), 2 * word);
  sc_op op = make_op(SC_READ, SC_CAP_STRING, 0);
  op.base = field_ref(0, word);
  op.length = field_ref(word, word);
  op.parent = static_cast<sc_u16>(parent);
  op.stride = static_cast<sc_u16>(2 * word);
  const auto add_twice = [&] {
    add({op, 1});
    if (type.element == nothing) return;
    sc_op whole = op;
    whole.cap_kind = SC_CAP_BYTES;
    whole.cap = hook_bytes;
    whole.flags |= SC_OF_NETLINK;
    add({whole, 1});
  };
  if (has_entry(pointer.direction)) {
    op.phase = SC_ENTRY_PHASE;
    add_twice();
  }
  if (!has_exit(pointer.direction)) return;
  op.phase = SC_EXIT_PHASE;
  op.flags = pointer.always ? 0 : SC_ON_SUCCESS;
  const Index filled = type.filled;
  const auto share = filled == nothing ? pointer.fill : measure(filled, Use::filled, frame, parent);
  if (share && share->scale == 1 && share->ref.kind != SC_FIELD) {
    op.filled = share->ref;
    op.flags |= SC_SPREAD;
  }
  add_twice();
}

void Planner::plan_strings(const Type& type, const Pointer& pointer, const Frame& frame) {
  const unsigned word = word_size(abi_);
  const bool environment = type.kind == TypeKind::environment;
  const sc_op pointers = environment ? make_op(SC_POINTERS, SC_CAP_BYTES, environment_bytes, word)
                                     : make_op(SC_POINTERS, SC_CAP_ELEMENTS, word, word);
  const auto [entry, exit] = read(type, pointer, frame, pointers, word);
  for (const int parent : {entry, exit}) {
    if (parent == no_op) continue;
    sc_op op = make_op(SC_STRING, SC_CAP_STRING, 0);
    op.phase = drafts_[static_cast<std::size_t>(parent)].op.phase;
    op.flags = drafts_[static_cast<std::size_t>(parent)].op.flags;
    op.base = field_ref(0, word);
    op.parent = static_cast<sc_u16>(parent);
    op.stride = static_cast<sc_u16>(word);
    add({op, 1});
  }
}

std::pair<int, int> Planner::read(const Type& type, const Pointer& pointer, const Frame& frame,
                                  sc_op op, std::uint32_t element, bool entry_too) {
  op.base = pointer.base;
  if (pointer.parent != no_op) {
    op.parent = static_cast<sc_u16>(pointer.parent);
    op.stride = static_cast<sc_u16>(drafts_[static_cast<std::size_t>(pointer.parent)].element);
  }
  const std::uint32_t unit = op.scale;
  const auto length = measure(type.length, Use::length, frame, pointer.parent);
  if (length && unit * length->scale % length->divisor == 0 && op.verb == SC_READ) {
    op.length = length->ref;
    op.scale = unit * length->scale / length->divisor;
  } else if (type.length != nothing && op.verb == SC_READ) {
    op.length = constant_ref(everything);
  }
  std::pair<int, int> result{no_op, no_op};
  if (has_entry(pointer.direction) || entry_too) {
    op.phase = SC_ENTRY_PHASE;
    result.first = add({op, element});
  }
  if (!has_exit(pointer.direction)) return result;
  op.phase = SC_EXIT_PHASE;
  if (!pointer.always) op.flags |= SC_ON_SUCCESS;
  const auto filled = measure(type.filled, Use::filled, frame, pointer.parent);
  // Length and filled share the scale; where they differ, everything is read.
  if (filled && filled->scale * unit == op.scale) op.filled = filled->ref;
  result.second = add({op, element});
  return result;
}

int Planner::add(Draft draft) {
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    if (merge(drafts_[i], draft)) return static_cast<int>(i);
  }
  drafts_.push_back(draft);
  return static_cast<int>(drafts_.size() - 1);
}

// Makes one op of two that read the same memory in the same phase, where one op can.
bool Planner::merge(Draft& into, const Draft& from) {
  sc_op& a = into.op;
  const sc_op& b = from.op;
  if (a.verb != b.verb || a.phase != b.phase || a.cap_kind != b.cap_kind || a.flags != b.flags ||
      a.parent != b.parent || !same(a.base, b.base)) {
    return false;
  }
  if (a.cap_kind == SC_CAP_ELEMENTS && (a.cap != b.cap || into.element != from.element)) {
    return false;
  }
  if (same(a.length, b.length) && a.scale == b.scale) {
    a.cap = std::max(a.cap, b.cap);
  } else if (a.length.kind == SC_CONST && b.length.kind == SC_CONST && a.cap_kind == SC_CAP_BYTES) {
    a.cap = std::max(a.cap, b.cap);
    a.length = constant_ref(a.cap);
    a.scale = 1;
  } else {
    return false;
  }
  if (!same(a.filled, b.filled)) a.filled = constant_ref(everything);
  into.element = std::max(into.element, from.element);
  return true;
}

std::optional<Planner::Measure> Planner::measure(Index index, Use use, const Frame& frame,
                                                 int parent) {
  if (index == nothing || index >= tables_.expressions.size()) return std::nullopt;
  const catalog::Expression& row = tables_.expressions[index];
  switch (row.op) {
    case Operator::constant:
      if (row.value < 0 || row.value >= everything) return std::nullopt;
      return Measure{constant_ref(static_cast<std::uint32_t>(row.value))};
    case Operator::argument: {
      const auto width = static_cast<sc_u8>(std::min<unsigned>(row.width, word_size(abi_)));
      return Measure{{SC_ARG, width, static_cast<sc_u16>(row.value), 0}};
    }
    case Operator::pointee: {
      const int op = pointee_op(static_cast<std::uint8_t>(row.value), row.width, use);
      return Measure{{SC_OF_OP, row.width, static_cast<sc_u16>(op), 0}};
    }
    case Operator::result: return Measure{{SC_RET, 8, 0, 0}};
    case Operator::fill: return frame.fill;
    case Operator::available: return frame.available;
    case Operator::field:
    case Operator::outer: return field_measure(row, use, frame, parent);
    case Operator::multiply: {
      for (const auto& [factor, rest] : {std::pair{row.left, row.right}, {row.right, row.left}}) {
        const catalog::Expression& number = tables_.expressions[factor];
        if (number.op != Operator::constant || number.value < 1 || number.value > 65536) continue;
        auto product = measure(rest, use, frame, parent);
        if (product) product->scale *= static_cast<std::uint32_t>(number.value);
        return product;
      }
      return std::nullopt;
    }
    case Operator::divide: {
      const catalog::Expression& right = tables_.expressions[row.right];
      if (use != Use::length || right.op != Operator::constant || right.value < 1 ||
          right.value > 65536) {
        return std::nullopt;
      }
      auto quotient = measure(row.left, use, frame, parent);
      if (quotient) quotient->divisor *= static_cast<std::uint32_t>(right.value);
      return quotient;
    }
    case Operator::bit_and: {  // no more than its mask
      for (const Index side : {row.left, row.right}) {
        const catalog::Expression& mask = tables_.expressions[side];
        if (use == Use::length && mask.op == Operator::constant && mask.value > 0 &&
            mask.value <= 1 << 16) {
          return Measure{constant_ref(static_cast<std::uint32_t>(mask.value))};
        }
      }
      return std::nullopt;
    }
    case Operator::subtract: {  // what is read beyond the length is not shown
      const catalog::Expression& right = tables_.expressions[row.right];
      if (use != Use::length || right.op != Operator::constant || right.value < 0) {
        return std::nullopt;
      }
      return measure(row.left, use, frame, parent);
    }
    default: return std::nullopt;
  }
}

// A field of the struct: in the current element where that op is the parent, else in the first
// block.
std::optional<Planner::Measure> Planner::field_measure(const catalog::Expression& row, Use use,
                                                       const Frame& frame, int parent) const {
  const bool exit_first = use == Use::filled && frame.exit_op != no_op;
  const int op = exit_first || frame.entry_op == no_op ? frame.exit_op : frame.entry_op;
  if (op == no_op) return std::nullopt;
  const std::uint32_t base = row.op == Operator::outer ? frame.outer_base : frame.base;
  const auto offset = base + static_cast<std::uint32_t>(row.value);
  if (op == parent) return Measure{field_ref(offset, row.width)};
  if (!frame.single) return std::nullopt;
  return Measure{{SC_OF_OP, row.width, static_cast<sc_u16>(op), offset}};
}

// The op that reads the number behind an argument, as of the entry (lengths) or the exit (filled).
int Planner::pointee_op(std::uint8_t argument, std::uint8_t width, Use use) {
  Draft draft{read_bytes(width), width};
  draft.op.base = {SC_ARG, static_cast<sc_u8>(word_size(abi_)), argument, 0};
  draft.op.phase = use == Use::length ? SC_ENTRY_PHASE : SC_EXIT_PHASE;
  if (use == Use::filled) {
    const Type& type = tables_.types[types_of_arguments_[argument]];
    draft.op.flags = (type.flags & catalog::type_always) != 0 ? 0 : SC_ON_SUCCESS;
  }
  return add(draft);
}

// Whether the field lies behind the struct, and as many bytes as another field says.
bool Planner::follows(const catalog::Struct& row, const catalog::Field& field) const {
  return (row.flags & catalog::struct_sized) == 0 && tables_.types[field.type].size == 0 &&
         tables_.types[field.type].kind != TypeKind::structure && field.offset >= row.size;
}

bool Planner::has_tail(Index structure) const {
  const catalog::Struct& row = tables_.structs[structure];
  for (std::uint32_t i = 0; i < row.field_count; ++i) {
    if (tables_.types[tables_.fields[row.first_field + i].type].size == 0) return true;
  }
  return false;
}

bool Planner::leads_on(Index index, bool tails, int depth) const {
  if (index >= tables_.types.size() || depth > 8) return false;
  const Type& type = tables_.types[index];
  if (type.kind == TypeKind::pointer) return true;
  if (type.kind == TypeKind::structure) {
    const catalog::Struct& row = tables_.structs[type.element];
    for (std::uint32_t i = 0; i < row.field_count; ++i) {
      const catalog::Field& field = tables_.fields[row.first_field + i];
      if ((tails && follows(row, field)) || leads_on(field.type, tails, depth + 1)) return true;
    }
  }
  if (type.kind != TypeKind::choice) return false;
  const catalog::Choice& choice = tables_.choices[type.element];
  for (std::uint32_t i = 0; i < choice.case_count; ++i) {
    if (leads_on(tables_.cases[choice.first_case + i].type, tails, depth + 1)) return true;
  }
  return leads_on(choice.otherwise, tails, depth + 1);
}

// Sets of descriptors, times that are left: what select(2) and its kin change.
bool Planner::explains_result(Index type) const {
  if (type >= tables_.types.size()) return false;
  const TypeKind kind = tables_.types[type].kind;
  return kind == TypeKind::array || kind == TypeKind::structure || kind == TypeKind::fdset;
}

sc_ref Planner::field_ref(std::uint32_t offset, unsigned width) const {
  return {SC_FIELD, static_cast<sc_u8>(width == 0 ? word_size(abi_) : width), 0, offset};
}

std::uint32_t Planner::element_size(Index type) const {
  const Type& row = tables_.types[type];
  if (row.kind == TypeKind::structure) return std::max(1u, tables_.structs[row.element].size);
  return std::max(1u, row.size);
}

std::vector<sc_op> Planner::ops() const {
  std::vector<std::size_t> order;
  for (const sc_phase phase : {SC_ENTRY_PHASE, SC_EXIT_PHASE}) {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].op.phase == phase) order.push_back(i);
    }
  }
  std::vector<sc_u16> position(drafts_.size());
  for (std::size_t i = 0; i < order.size(); ++i) position[order[i]] = static_cast<sc_u16>(i);
  std::vector<sc_op> result;
  for (const std::size_t at : order) {
    sc_op op = drafts_[at].op;
    if (op.parent != SC_NO_PARENT) op.parent = position[op.parent];
    for (sc_ref* const ref : {&op.base, &op.length, &op.filled}) {
      if (ref->kind == SC_OF_OP) ref->index = position[ref->index];
    }
    result.push_back(op);
  }
  return result;
}

}  // namespace syscope::catalogc
