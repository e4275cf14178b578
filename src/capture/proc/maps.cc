#include "capture/proc/maps.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace syscope::capture::proc {
namespace {

// Takes a number and the one character that ends it.
std::uint64_t take(std::string_view& text, int base) {
  std::uint64_t value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, base);
  const auto used = static_cast<std::size_t>(end.ptr - text.data());
  text.remove_prefix(std::min(used + 1, text.size()));
  return value;
}

// The path goes to the end of the line; the kernel writes line feeds in it as \012.
void set_path(Mapping& mapping, std::string_view path) {
  constexpr std::string_view mark = " (deleted)";
  if (path.ends_with(mark)) {
    mapping.deleted = true;
    path.remove_suffix(mark.size());
  }
  mapping.path.clear();
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path.substr(i).starts_with("\\012")) {
      mapping.path.push_back('\n');
      i += 3;
    } else {
      mapping.path.push_back(path[i]);
    }
  }
}

// Everything but the path, which is returned; nothing when the line is not one.
std::optional<std::string_view> parse_head(std::string_view line, Mapping& mapping) {
  mapping.start = take(line, 16);
  mapping.end = take(line, 16);
  if (line.size() < 5 || mapping.end <= mapping.start) return std::nullopt;
  std::copy_n(line.begin(), 4, mapping.permissions);
  line.remove_prefix(5);
  mapping.offset = take(line, 16);
  const auto device_major = static_cast<unsigned>(take(line, 16));
  const auto device_minor = static_cast<unsigned>(take(line, 16));
  mapping.device = ::makedev(device_major, device_minor);
  mapping.inode = take(line, 10);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return line;
}

template <class Take>
void for_each_mapping(std::string_view text, Take take_mapping) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Mapping mapping;
    if (const auto path = parse_head(text.substr(0, end), mapping)) take_mapping(mapping, *path);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

Result<std::string> read_maps(const Root& root, pid_t pid) {
  std::string text;
  const int error = read_file(root.fd(), RelativePath(pid, "maps").text(), text);
  if (error != 0)
    return fail_errno(error, "cannot read the mappings of process", std::to_string(pid));
  return text;
}

}  // namespace

std::vector<Mapping> parse_mappings(std::string_view text) {
  std::vector<Mapping> mappings;
  for_each_mapping(text, [&](Mapping& mapping, std::string_view path) {
    set_path(mapping, path);
    mappings.push_back(std::move(mapping));
  });
  return mappings;
}

Result<std::vector<Mapping>> read_mappings(const Root& root, pid_t pid) {
  const auto text = read_maps(root, pid);
  if (!text) return std::unexpected(text.error());
  return parse_mappings(*text);
}

Result<std::vector<Mapping>> read_mapped_files(const Root& root, pid_t pid) {
  const auto text = read_maps(root, pid);
  if (!text) return std::unexpected(text.error());
  std::vector<Mapping> files;
  for_each_mapping(*text, [&](Mapping& mapping, std::string_view path) {
    if (mapping.inode == 0) return;
    // The segments of a library lie one behind the other, so the match is nearly always the last.
    const auto same = std::find_if(files.rbegin(), files.rend(), [&](const Mapping& other) {
      return other.inode == mapping.inode && other.device == mapping.device;
    });
    if (same != files.rend()) return;
    set_path(mapping, path);
    files.push_back(std::move(mapping));
  });
  return files;
}

}  // namespace syscope::capture::proc
