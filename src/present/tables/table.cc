#include "present/tables/table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace syscope::present {

std::size_t character_count(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight;
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if ((eight & high_bits) != 0) break;
  }
  return at + static_cast<std::size_t>(std::count_if(
                  text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                  [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

Table::Table(std::span<const Column> columns)
    : columns_(columns.begin(), columns.end()), widths_(columns.size(), 0) {}

void Table::expect_rows(std::size_t count) {
  constexpr std::size_t characters_per_row = 192;
  cells_.reserve(count * columns_.size());
  (void)text_.reserve(count * characters_per_row);
}

void Table::end_cell() {
  const std::uint32_t start = start_of(cells_.size());
  const auto end = static_cast<std::uint32_t>(text_.size());
  const auto characters =
      static_cast<std::uint32_t>(character_count(text_.view().substr(start, end - start)));
  auto& width = widths_[column_];
  width = std::max(width, characters);
  if (++column_ == columns_.size()) column_ = 0;
  cells_.push_back({end, characters});
}

std::vector<Table::ShownColumn> Table::shown_columns() const {
  std::vector<ShownColumn> shown;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (widths_[column] != 0 || !columns_[column].optional)
      shown.push_back({column,
                       std::max<std::size_t>(widths_[column], columns_[column].title.size()),
                       columns_[column].right});
  return shown;
}

namespace {

// Writes one line into room that its caller has made, with `cell(column)` as text and its width.
template <class Columns, class CellOf>
char* write_line(const Columns& shown, CellOf cell_of, char* at) {
  char* const start = at;
  for (const auto& column : shown) {
    const auto [text, characters] = cell_of(column.index);
    const std::size_t fill = column.width - std::min<std::size_t>(column.width, characters);
    const auto blanks = [&] {
      std::memset(at, ' ', fill);
      at += fill;
    };
    if (at != start) *at++ = ' ';
    if (column.right) blanks();
    if (!text.empty()) std::memcpy(at, text.data(), text.size());
    at += text.size();
    if (!column.right) blanks();
  }
  while (at != start && at[-1] == ' ') --at;
  *at++ = '\n';
  return at;
}

template <class Columns>
std::size_t blanks_of(const Columns& shown) {
  std::size_t blanks = 1;
  for (const auto& column : shown) blanks += 1 + column.width;
  return blanks;
}

}  // namespace

void Table::write_titles(std::span<const ShownColumn> shown, TextBuffer& out) const {
  const auto title_of = [&](std::size_t column) {
    return std::pair(columns_[column].title, columns_[column].title.size());
  };
  std::size_t titles = 0;
  for (const Column& column : columns_) titles += column.title.size();
  char* const room = out.reserve(blanks_of(shown) + titles);
  out.advance(static_cast<std::size_t>(write_line(shown, title_of, room) - room));
}

void Table::write_row(std::span<const ShownColumn> shown, std::size_t row, TextBuffer& out) const {
  const std::size_t first = row * columns_.size();
  const auto cell_of = [&](std::size_t column) {
    const Cell& cell = cells_[first + column];
    const std::uint32_t start = start_of(first + column);
    return std::pair(text_.view().substr(start, cell.end - start), std::size_t{cell.width});
  };
  const std::size_t text = cells_[first + columns_.size() - 1].end - start_of(first);
  char* const room = out.reserve(blanks_of(shown) + text);
  out.advance(static_cast<std::size_t>(write_line(shown, cell_of, room) - room));
}

void Table::write(TextBuffer& out) const {
  const auto shown = shown_columns();
  write_titles(shown, out);
  for (std::size_t row = 0; row < cells_.size() / columns_.size(); ++row)
    write_row(shown, row, out);
}

void Table::write(Output& out) const {
  constexpr std::size_t enough = 65536;
  const auto shown = shown_columns();
  write_titles(shown, out.text());
  for (std::size_t row = 0; row < cells_.size() / columns_.size(); ++row) {
    write_row(shown, row, out.text());
    if (out.text().size() >= enough) out.flush();
  }
}

}  // namespace syscope::present
