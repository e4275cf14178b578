#include "resolve/container.h"

#include <algorithm>
#include <initializer_list>

namespace syscope::resolve {
namespace {

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

std::string container_of_path(std::string_view path) {
  // A run of exactly 64 hexadecimal digits is an id, whoever made it; the last one is the
  // innermost.
  constexpr std::size_t id_size = 64;
  constexpr std::size_t short_size = 12;
  std::string found;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = at;
    while (end < path.size() && is_hex(path[end])) ++end;
    if (end - at == id_size) found = path.substr(at, short_size);
    at = std::max(end, at + 1);
  }
  if (!found.empty()) return found;
  for (const std::string_view prefix : {"/lxc.payload.", "/lxc/", "/machine.slice/machine-"}) {
    const std::size_t at = path.find(prefix);
    if (at == path.npos) continue;
    std::string_view name = path.substr(at + prefix.size());
    name = name.substr(0, name.find('/'));
    if (name.ends_with(".scope")) name.remove_suffix(6);
    return std::string(name);
  }
  return {};
}

}  // namespace

std::string container_of(std::string_view cgroups) {
  while (!cgroups.empty()) {
    const std::size_t end = std::min(cgroups.find('\n'), cgroups.size());
    const std::string_view line = cgroups.substr(0, end);
    cgroups.remove_prefix(std::min(end + 1, cgroups.size()));
    const std::size_t first = line.find(':');
    const std::size_t second = first == line.npos ? first : line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string found = container_of_path(line.substr(second + 1));
    if (!found.empty()) return found;
  }
  return {};
}

}  // namespace syscope::resolve
