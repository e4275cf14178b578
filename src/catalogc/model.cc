#include "catalogc/model.h"

#include <algorithm>

namespace syscope::catalogc {

catalog::Name NamePool::add(std::string_view text) {
  text = text.substr(0, 0xffff);
  if (text.empty()) return 0;
  if (const auto known = known_.find(text); known != known_.end()) return known->second;
  bytes_ += static_cast<char>(text.size() & 0xff);
  bytes_ += static_cast<char>(text.size() >> 8);
  const auto name = static_cast<catalog::Name>(bytes_.size());
  bytes_ += text;
  known_.emplace(text, name);
  return name;
}

std::string_view NamePool::text(catalog::Name name) const {
  if (name == 0) return {};
  const auto low = static_cast<unsigned char>(bytes_[name - 2]);
  const auto high = static_cast<unsigned char>(bytes_[name - 1]);
  return std::string_view(bytes_).substr(name, low | high << 8);
}

Index WordList::add(std::string_view word) {
  const auto at = std::ranges::find(words_, word);
  const auto index = static_cast<Index>(at - words_.begin());
  if (at == words_.end()) words_.emplace_back(word);
  return index;
}

}  // namespace syscope::catalogc
