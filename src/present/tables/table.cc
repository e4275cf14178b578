#include "present/tables/table.h"

#include <algorithm>

namespace syscope::present {

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

Table::Table(std::span<const Column> columns)
    : columns_(columns.begin(), columns.end()), widths_(columns.size(), 0) {}

std::string_view Table::text_of(std::size_t cell) const {
  const std::uint32_t start = cell == 0 ? 0 : ends_[cell - 1];
  return text_.view().substr(start, ends_[cell] - start);
}

void Table::end_cell() {
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
  auto& width = widths_[(ends_.size() - 1) % columns_.size()];
  width = std::max(width, static_cast<std::uint32_t>(character_count(text_of(ends_.size() - 1))));
}

void Table::write(TextBuffer& out) const {
  std::vector<std::size_t> shown;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (widths_[column] != 0 || !columns_[column].optional) shown.push_back(column);

  std::size_t line = 1;
  for (const std::size_t column : shown)
    line += 1 + std::max<std::size_t>(widths_[column], columns_[column].title.size());
  // Characters of several bytes may take more than this; then the buffer grows once more.
  (void)out.reserve(line * (ends_.size() / columns_.size() + 1));
  const auto write_row = [&](auto text_of_column) {
    for (const std::size_t column : shown) {
      const std::string_view text = text_of_column(column);
      const std::size_t width =
          std::max<std::size_t>(widths_[column], columns_[column].title.size());
      const std::size_t fill = width - std::min(width, character_count(text));
      if (column != shown.front()) out.append(' ');
      if (columns_[column].right) out.append_repeated(' ', fill);
      out.append(text);
      if (!columns_[column].right && column != shown.back()) out.append_repeated(' ', fill);
    }
    out.truncate(out.view().find_last_not_of(' ') + 1);
    out.append('\n');
  };
  write_row([&](std::size_t column) { return columns_[column].title; });
  for (std::size_t row = 0; row < ends_.size(); row += columns_.size())
    write_row([&](std::size_t column) { return text_of(row + column); });
}

}  // namespace syscope::present
