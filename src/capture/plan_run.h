// Running a capture plan (catalog/plan.h) on a thread that is stopped, or sleeps in the call.
#pragma once

#include <vector>

#include "abi/abi.h"
#include "capture/task_memory.h"
#include "capture/record_buffer.h"
#include "catalog/plan.h"

namespace syscope::capture {

// Whether some op is for netlink sockets only: the record then has to say what argument 0 is, in an
// SC_NETLINK block, before the plan is run.
[[nodiscard]] bool asks_for_netlink(std::span<const sc_op> plan);

// Reads what the ops of one phase want and appends it to a record as blocks. Ops that depend on
// nothing still to be read are read together, so that a plan costs one system call per level.
class PlanRunner {
 public:
  // Plans have no more ops than this; what is beyond is not run.
  static constexpr std::size_t most_ops = 64;

  PlanRunner(std::uint32_t string_limit, bool abbreviate)
      : string_limit_(string_limit), abbreviate_(abbreviate) {}

  // `record` is the call's: its arguments, at exit its result too, and the blocks of the phase
  // before. With `whole` the string limit does not count. What does not fit into
  // RecordBuffer::limit is cut.
  void run(pid_t tid, Abi abi, std::span<const sc_op> plan, sc_phase phase, RecordBuffer& record,
           bool whole = false);

  // A string that goes on into memory that could not be read.
  struct ShortString {
    std::uint64_t address;
    std::size_t got;   // bytes, more than 0
    std::size_t most;  // wanted
  };
  // Those of the latest run.
  [[nodiscard]] std::span<const ShortString> short_strings() const { return short_strings_; }

 private:
  // One stretch of memory to read.
  struct Want {
    std::uint64_t address;
    std::size_t most;  // bytes
    std::size_t got;
    std::size_t offset;  // of its bytes in buffer_
    std::uint16_t op;
    std::uint8_t verb;
    bool capped;  // the op's cap made `most` smaller than what the op asked for
    bool faulted;
    bool done;
  };

  // An element of a block of the parent op.
  struct Element {
    Bytes bytes = {};
    std::uint64_t address = 0;
  };

  struct Share {
    std::uint64_t left = 0;
    bool known = false;
  };

  [[nodiscard]] bool ready(const sc_op& op, std::uint64_t done) const;
  void queue_op(std::uint16_t number);
  void queue(std::uint16_t number, Element element, Share* share);
  void read_queued();
  void continue_queued();
  void advance(Want& want, std::size_t asked, std::size_t got);
  void append(const Want& want);
  [[nodiscard]] std::size_t next_chunk(const Want& want) const;

  [[nodiscard]] std::uint64_t value(const sc_ref& ref, const Element& element) const;
  [[nodiscard]] std::uint64_t bytes_wanted(const sc_op& op, const Element& element,
                                           Share* share) const;
  [[nodiscard]] std::uint64_t cap(const sc_op& op) const;
  [[nodiscard]] Bytes first_block(std::uint16_t op) const;

  const std::uint32_t string_limit_;
  const bool abbreviate_;
  TaskMemory memory_;
  std::vector<Want> wants_;
  std::vector<Place> places_;
  std::vector<ShortString> short_strings_;
  std::vector<std::byte> buffer_;
  std::size_t buffer_used_ = 0;

  // Of the run that is on.
  pid_t tid_ = 0;
  unsigned word_size_ = 8;
  std::span<const sc_op> plan_;
  sc_phase phase_ = SC_ENTRY_PHASE;
  bool whole_ = false;
  RecordBuffer* record_ = nullptr;
};

}  // namespace syscope::capture
