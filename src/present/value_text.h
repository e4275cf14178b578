// Values of a tape as text, in strace's notation.
#pragma once

#include "base/text_buffer.h"
#include "decode/value.h"
#include "present/descriptors.h"
#include "present/pids.h"
#include "present/text_style.h"

namespace syscope::present {

class ValueWriter {
 public:
  // `descriptors` and `pids` outlive the writer; null: what they would tell of is left a number.
  explicit ValueWriter(const TextStyle& style, const DescriptorWriter* descriptors = nullptr,
                       const PidWriter* pids = nullptr)
      : style_(style), descriptors_(descriptors), pids_(pids) {}

  // Writes the value at `at` with all its members and its comment, but not its own name. Returns
  // the position behind it.
  std::uint32_t write(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;

  // Writes the values from `from` to `to`, with ", " between them. With `names`: name=value.
  void write_call(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_structure(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_list(const decode::Tape& tape, std::uint32_t from, std::uint32_t to, bool names,
                  TextBuffer& out) const;

 private:
  void write_date(const decode::Tape& tape, std::uint32_t at, std::uint32_t end,
                  TextBuffer& out) const;
  void write_positions(const decode::Tape& tape, std::uint32_t array, TextBuffer& out) const;
  void write_number(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_request(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_member(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_words(const decode::Value& set, TextBuffer& out) const;
  void write_set(const decode::Tape& tape, std::uint32_t at, TextBuffer& out) const;
  void write_bytes(const decode::Value& value, TextBuffer& out) const;

  TextStyle style_;
  const DescriptorWriter* descriptors_;
  const PidWriter* pids_;
};

}  // namespace syscope::present
