// What stands behind a process id: -Y, --pidns-translation and -e decode-pids.
#pragma once

#include <cstdint>

#include "base/text_buffer.h"
#include "decode/value.h"
#include "event/pids.h"
#include "present/text_style.h"

namespace syscope::present {

struct PidStyle {
  bool comm = false;        // 812<mariadbd>
  bool namespaces = false;  // 3 /* 812 in strace's PID NS */
  [[nodiscard]] bool any() const { return comm || namespaces; }
};

// The process ids of one record after the other.
class PidWriter {
 public:
  // `pids` outlives the writer; null: they stay numbers.
  PidWriter(const PidStyle& style, HexStrings hex, const event::PidTable* pids)
      : style_(style), hex_(hex), pids_(style.any() ? pids : nullptr) {}

  // The thread whose record is written from now on. `known_at_entry` is the position on the tape of
  // the first argument that is known only when its call ends.
  void begin(std::uint32_t tid, std::uint32_t known_at_entry = 0) {
    tid_ = tid;
    known_at_entry_ = known_at_entry;
  }
  // What a value of the notations pid, tid and pgid at a position of the tape is, behind its number.
  void write(const decode::Value& value, std::uint32_t at, TextBuffer& out) const;
  // The name of a traced thread: <sh>.
  void write_self(std::uint32_t tid, TextBuffer& out) const;

 private:
  void write_name(std::string_view comm, TextBuffer& out) const;

  PidStyle style_;
  HexStrings hex_;
  const event::PidTable* pids_;
  std::uint32_t tid_ = 0;
  std::uint32_t known_at_entry_ = 0;
};

}  // namespace syscope::present
