// What decode hands on: the values of a record in the order in which they are written, as a tape.
//
// A tape is a flat array of values. A structure or an array is followed by its members; `end` is
// the position behind its last descendant, so that a reader can walk it, or step over it. Tapes are
// reused from record to record and own no memory of the record: strings are views into it, or into
// the tape's own scratch space.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "abi/abi.h"
#include "base/bytes.h"
#include "catalog/tables.h"
#include "event/record.h"

namespace syscope::decode {

enum class ValueKind : std::uint8_t {
  number,   // `number`, written as `notation` says, or as `bytes` if it has some, where names are
            // wanted; `set` for symbol and bits. Extended to 64 bits
            // by its sign if `is_signed`, else by zeros; be16, be32 and ip4 are in host byte order
  string,   // `bytes`, quoted; `more`: it goes on behind them. Notations ip4, ip6 and mac: an
            // address; hex: all of it in hexadecimal escapes
  address,  // a pointer whose memory is not shown: `number`
  structure,  // {name=value, ...}
  array,      // [value, value]
  change,     // two values follow: before => after
  set,        // numbers follow, written as words: [INT TERM], ~[...] if `negated` (signal sets).
              // `bytes`: the words of `width` bytes that hold them, where names are not wanted
  word,       // `bytes` as they are: something no other kind can say; printable ASCII of our own.
              // `number`: what it stands for where names are not wanted (-X raw); it stands for
              // none if `width` is 0, and does not stand beside the word if it is `named`
  parts,      // numbers follow, written as one: A<<8|B; `prefix`, if any, is what stands between
              // them
  call,       // QCMD(..)-like: `bytes` is the function, the arguments follow; `number`: what it
              // stands for, in `notation`, where names are not wanted; nothing if `width` is 0
  ellipsis,   // "...": members that were left out
  missing,    // a value that the record lacks: `number` is its address, `reason` says why
};

enum class MissingReason : std::uint8_t { fault, truncated, lost, not_captured };

struct Value {
  ValueKind kind = ValueKind::number;
  catalog::Notation notation = catalog::Notation::dec;
  std::uint8_t width = 8;  // of a number, in bytes
  bool is_signed = false;
  bool more = false;  // string: longer than what is here; array: there are more elements
  bool negated = false;
  MissingReason reason = MissingReason::fault;
  bool is_path = false;  // string: a path (select, resolve and -P look for these)
  bool named = false;    // argument: written with its name whether names are wanted or not
  bool joined = false;    // argument: behind the one before it with =>
  catalog::Index set = catalog::nothing;
  std::uint8_t shift = 0;  // written behind it: <<8
  char prefix = 0;        // string: a character in front of the quotes (abstract sockets: @); parts
  std::uint32_t end = 0;  // position behind the last descendant; own position + 1 if it has none
  std::uint64_t number = 0;
  std::string_view name = {};  // of the argument or member; empty in arrays
  Bytes bytes = {};
  std::string_view comment = {};  // written behind the value: /* comment */; empty: none
};

// The values of one record, and room for bytes that decode has to make up.
class Tape {
 public:
  void clear() {
    size_ = 0;
    scratch_used_ = 0;
  }
  [[nodiscard]] std::uint32_t size() const { return size_; }
  [[nodiscard]] const Value& operator[](std::uint32_t at) const { return values_[at]; }
  [[nodiscard]] Value& operator[](std::uint32_t at) { return values_[at]; }

  // Appends a value without descendants, a copy of one that is not on this tape; returns its
  // position.
  std::uint32_t add(const Value& value) {
    Value& place = next() = value;
    place.end = size_;
    return size_ - 1;
  }
  // Appends a number, dec, without a name, to be filled in; valid until the next value is added.
  [[nodiscard]] Value& append() {
    Value& value = next() = Value{};
    value.end = size_;
    return value;
  }
  // Appends a value whose descendants are the values added until `close(position)`.
  [[nodiscard]] std::uint32_t open(const Value& value) { return add(value); }
  void close(std::uint32_t at) { values_[at].end = size_; }
  // Takes back everything from position `at` on.
  void cut(std::uint32_t at) { size_ = at; }
  // Puts `parent` in front of everything from `at` on, as its only descendants.
  void wrap(std::uint32_t at, const Value& parent);

  // A copy of `text` that lives until the tape is cleared.
  [[nodiscard]] std::string_view keep(std::string_view text);

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };
  [[nodiscard]] Value& next() {
    if (size_ == capacity_) grow();
    return values_[size_++];
  }
  void grow() {
    capacity_ = capacity_ == 0 ? 64 : capacity_ * 2;
    auto values = std::make_unique<Value[]>(capacity_);
    std::copy_n(values_.get(), size_, values.get());
    values_ = std::move(values);
  }

  std::unique_ptr<Value[]> values_;  // used again from record to record, without being destroyed
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
  std::vector<Chunk> chunks_;  // stable addresses: views point into them
  std::size_t scratch_used_ = 0;
};

// A decoded system call: its arguments stand on the tape from 0 to `arguments_end`, its result at
// `result`. Values behind the result, up to the end of the tape, are notes, written in parentheses:
// a name stands before its value with a space (`(in [3], left {tv_sec=1, tv_usec=0})`).
struct DecodedCall {
  const sc_call* record = nullptr;
  Abi abi = Abi::x86_64;
  std::string_view name;                          // "openat"; "syscall_0x3e8" for an unknown number
  const catalog::Call* call = nullptr;            // null: unknown number
  const catalog::Prototype* prototype = nullptr;  // of the variant that was called
  std::uint32_t arguments_end = 0;
  // How many of the arguments (not values) can be written when the call begins.
  std::uint32_t arguments_at_entry = 0;
  // More may come when it ends; what that hangs on is looked at as far as it is known at the entry.
  bool waits_for_arguments = false;
  bool joins = false;  // ... and what comes first may belong to the last argument of the entry
  // SC_CALL: position of the result, a number; arguments_end if the call does not return.
  std::uint32_t result = 0;
  bool failed = false;
  int error = 0;                 // errno, if it failed
  std::string_view result_note;  // a note without a value: "Timeout"; own words
};

}  // namespace syscope::decode
