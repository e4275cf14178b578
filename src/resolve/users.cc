#include "resolve/users.h"

#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "capture/proc/root.h"

namespace syscope::resolve {
namespace {

std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

std::optional<uid_t> number_of(std::string_view text) {
  uid_t number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

void Users::load() {
  loaded_ = true;
  std::string content;
  if (capture::proc::read_file(AT_FDCWD, "/etc/passwd", content) != 0) return;
  std::string_view rest = content;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const std::string_view name = take_field(line);
    take_field(line);
    if (const auto user = number_of(take_field(line))) names_.emplace(*user, name);
  }
}

const std::string& Users::name(uid_t user) {
  if (!loaded_) load();
  const auto [entry, is_new] = names_.try_emplace(user);
  if (is_new) entry->second = std::to_string(user);
  return entry->second;
}

const std::string& Users::number(uid_t user) {
  const auto [entry, is_new] = numbers_.try_emplace(user);
  if (is_new) entry->second = std::to_string(user);
  return entry->second;
}

std::optional<uid_t> Users::find(std::string_view name_or_number) {
  if (!loaded_) load();
  for (const auto& [user, name] : names_)
    if (name == name_or_number) return user;
  return number_of(name_or_number);
}

}  // namespace syscope::resolve
