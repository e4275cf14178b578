// From the types of a prototype to the reads that capture what they point to (catalog/plan.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "abi/abi.h"
#include "catalogc/model.h"

namespace syscope::catalogc {

// The engines' bound on the ops of one plan.
inline constexpr std::size_t most_ops = 16;

// Plans one prototype: make a planner, add its parameters, take the ops.
class Planner {
 public:
  Planner(const AbiTables& tables, Abi abi) : tables_(tables), abi_(abi) {}

  // The parameters of the prototype, all at once: lengths may refer to later ones. `result_hook`:
  // the result is explained by the memory of the arguments as the call left it (poll(2),
  // select(2)).
  void add_params(const std::vector<catalog::Param>& params, bool result_hook);

  // Ops of the entry phase first. Every op refers only to ops before it.
  [[nodiscard]] std::vector<sc_op> ops() const;

 private:
  // A number that an engine can find: `ref` * `scale` / `divisor`.
  struct Measure {
    sc_ref ref;
    std::uint32_t scale = 1;
    std::uint32_t divisor = 1;
  };
  enum class Use : std::uint8_t { length, filled };

  // An op under construction. References to other ops are positions in drafts_.
  struct Draft {
    sc_op op;
    std::uint32_t element = 0;  // size of one element of what it reads
  };
  static constexpr int no_op = -1;

  // What the names in the expressions of a struct stand for, and whose direction `to` takes over.
  struct Frame {
    int entry_op = no_op;  // the ops that read the struct, by phase
    int exit_op = no_op;
    std::uint32_t size = 0;        // of the struct that the ops read
    std::uint32_t base = 0;        // of the struct at hand in that one
    std::uint32_t outer_base = 0;  // of the struct around it
    bool single = false;           // read once, not once per element of something
    bool sized = false;            // perhaps shorter than the struct
    bool always = false;
    catalog::Direction direction = catalog::Direction::none;
    std::optional<Measure> fill;
    std::optional<Measure> available;
    int depth = 0;
  };
  // A pointer whose memory is to be planned.
  struct Pointer {
    sc_ref base;
    int parent = no_op;
    catalog::Direction direction = catalog::Direction::in;
    bool always = false;
    std::optional<Measure> fill;
  };

  void plan_type(Index type, sc_ref at, const Frame& frame);
  void plan_pointer(const catalog::Type& type, sc_ref at, const Frame& frame);
  void plan_memory(Index type, const Pointer& pointer, const Frame& frame);
  void plan_whole_set(const catalog::Type& type, const Pointer& pointer, const Frame& frame);
  void plan_structure(const catalog::Type& type, const Pointer& pointer, const Frame& frame);
  void plan_array(const catalog::Type& type, const Pointer& pointer, const Frame& frame);
  void plan_scatter(const catalog::Type& type, const Pointer& pointer, const Frame& frame);
  void plan_strings(const catalog::Type& type, const Pointer& pointer, const Frame& frame);
  void plan_fields(Index structure, const Frame& frame);
  // Memory that follows a struct: `type` varies in size and lies at `offset` from the element.
  void plan_tail(Index type, std::uint32_t offset, const Frame& frame);
  // The pointers of a struct whose ops `entry` and `exit` are.
  void plan_inside(Index type, const Pointer& pointer, const Frame& frame, int entry, int exit,
                   bool single);

  // What a netlink socket's messages take besides.
  void plan_messages(const catalog::Type& type, const Pointer& pointer, const Frame& frame);

  // One read of the memory in each phase that the direction asks for; {entry op, exit op}.
  std::pair<int, int> read(const catalog::Type& type, const Pointer& pointer, const Frame& frame,
                           sc_op op, std::uint32_t element, bool entry_too = false);
  int add(Draft draft);
  [[nodiscard]] static bool merge(Draft& into, const Draft& from);

  [[nodiscard]] std::optional<Measure> measure(Index expression, Use use, const Frame& frame,
                                               int parent);
  [[nodiscard]] std::optional<Measure> field_measure(const catalog::Expression& row, Use use,
                                                     const Frame& frame, int parent) const;
  [[nodiscard]] int pointee_op(std::uint8_t argument, std::uint8_t width, Use use);
  [[nodiscard]] bool follows(const catalog::Struct& row, const catalog::Field& field) const;
  [[nodiscard]] bool has_tail(Index structure) const;
  // Whether more memory has to be found through this: by pointers, or (`tails`) behind structs too.
  [[nodiscard]] bool leads_on(Index type, bool tails, int depth = 0) const;
  [[nodiscard]] bool explains_result(Index type) const;
  [[nodiscard]] sc_ref field_ref(std::uint32_t offset, unsigned width) const;
  [[nodiscard]] std::uint32_t element_size(Index type) const;

  const AbiTables& tables_;
  Abi abi_;
  bool result_hook_ = false;
  std::map<std::uint8_t, Index> types_of_arguments_;
  std::vector<Draft> drafts_;
};

}  // namespace syscope::catalogc
