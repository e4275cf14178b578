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

std::string_view Table::text_of(std::size_t cell) const {
  const std::uint32_t start = cell == 0 ? 0 : cells_[cell - 1].end;
  return text_.view().substr(start, cells_[cell].end - start);
}

void Table::end_cell() {
  cells_.push_back({static_cast<std::uint32_t>(text_.size()), 0});
  Cell& cell = cells_.back();
  cell.width = static_cast<std::uint32_t>(character_count(text_of(cells_.size() - 1)));
  auto& width = widths_[(cells_.size() - 1) % columns_.size()];
  width = std::max(width, cell.width);
}

void Table::write(TextBuffer& out) const {
  std::vector<std::size_t> shown;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (widths_[column] != 0 || !columns_[column].optional) shown.push_back(column);

  std::size_t line = 1;
  for (const std::size_t column : shown)
    line += 1 + std::max<std::size_t>(widths_[column], columns_[column].title.size());
  // Characters of several bytes may take more than this; then the buffer grows once more.
  (void)out.reserve(line * (cells_.size() / columns_.size() + 1));
  const auto write_row = [&](auto cell_of_column) {
    const std::size_t before = out.size();
    for (const std::size_t column : shown) {
      const auto [text, characters] = cell_of_column(column);
      const std::size_t width =
          std::max<std::size_t>(widths_[column], columns_[column].title.size());
      const std::size_t fill = width - std::min<std::size_t>(width, characters);
      if (column != shown.front()) out.append(' ');
      if (columns_[column].right) out.append_repeated(' ', fill);
      out.append(text);
      if (!columns_[column].right && column != shown.back()) out.append_repeated(' ', fill);
    }
    std::size_t end = out.size();
    while (end > before && out.view()[end - 1] == ' ') --end;
    out.truncate(end);
    out.append('\n');
  };
  write_row([&](std::size_t column) {
    return std::pair(columns_[column].title, columns_[column].title.size());
  });
  for (std::size_t row = 0; row < cells_.size(); row += columns_.size())
    write_row([&](std::size_t column) {
      return std::pair(text_of(row + column), std::size_t{cells_[row + column].width});
    });
}

}  // namespace syscope::present
