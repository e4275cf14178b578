// A table whose columns are as wide as their widest cell.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/text_buffer.h"
#include "present/output.h"

namespace syscope::present {

struct Column {
  std::string_view title;
  bool right = false;     // aligned to the right, as numbers are
  bool optional = false;  // left out where no row has anything in it
};

// Collects cells row by row, then writes everything. The caller makes cells harmless first.
class Table {
 public:
  explicit Table(std::span<const Column> columns);
  // Says how many rows will come: saves time, no more.
  void expect_rows(std::size_t count);

  // The buffer to append the next cell's text to; end_cell() ends it.
  [[nodiscard]] TextBuffer& cell() { return text_; }
  void end_cell();
  [[nodiscard]] bool empty() const { return cells_.empty(); }

  // Titles and rows; the last column is not filled up with blanks.
  void write(TextBuffer& out) const;
  // The same, and `out` is flushed as it fills.
  void write(Output& out) const;

 private:
  struct Cell {
    std::uint32_t end;    // in text_
    std::uint32_t width;  // in characters
  };
  struct ShownColumn {
    std::size_t index;
    std::size_t width;  // in characters
    bool right;
  };
  [[nodiscard]] std::uint32_t start_of(std::size_t cell) const {
    return cell == 0 ? 0 : cells_[cell - 1].end;
  }
  [[nodiscard]] std::vector<ShownColumn> shown_columns() const;
  void write_titles(std::span<const ShownColumn> shown, TextBuffer& out) const;
  void write_row(std::span<const ShownColumn> shown, std::size_t row, TextBuffer& out) const;

  std::vector<Column> columns_;
  TextBuffer text_;
  std::vector<Cell> cells_;
  std::vector<std::uint32_t> widths_;  // of each column, in characters, the title not counted
  std::size_t column_ = 0;             // that the next cell belongs to
};

// Characters of well-formed UTF-8.
[[nodiscard]] std::size_t character_count(std::string_view text);

}  // namespace syscope::present
