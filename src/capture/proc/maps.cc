#include "capture/proc/maps.h"

#include <fcntl.h>
#include <linux/ioctl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
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

std::string_view take_mark(Mapping& mapping, std::string_view path) {
  constexpr std::string_view mark = " (deleted)";
  mapping.deleted = path.ends_with(mark);
  if (mapping.deleted) path.remove_suffix(mark.size());
  return path;
}

// The path goes to the end of the line; the kernel writes line feeds in it as \012.
void set_path(Mapping& mapping, std::string_view path) {
  path = take_mark(mapping, path);
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

// struct procmap_query of linux/fs.h, since Linux 6.11; this system's headers may be older.
struct MapQuery {
  std::uint64_t size = sizeof(MapQuery);
  std::uint64_t flags = 0;
  std::uint64_t address = 0;
  std::uint64_t start = 0;
  std::uint64_t end = 0;
  std::uint64_t permissions = 0;
  std::uint64_t page_size = 0;
  std::uint64_t offset = 0;
  std::uint64_t inode = 0;
  std::uint32_t device_major = 0;
  std::uint32_t device_minor = 0;
  std::uint32_t name_size = 0;  // room for the name, then its length with the NUL
  std::uint32_t build_id_size = 0;
  std::uint64_t name = 0;  // address of the room
  std::uint64_t build_id = 0;
};
constexpr unsigned long map_query_request = _IOWR('f', 17, MapQuery);
constexpr std::uint64_t next_file_mapping = 0x10 | 0x20;  // at the address or behind; of a file

using NameBuffer = std::array<char, 4096>;

// The first mapping of a file that ends behind `address`. Without `name` the kernel need not put
// its path together. Returns 0, ENOENT where there is none, or another errno.
int query_mapping(int maps, std::uint64_t address, NameBuffer* name, MapQuery& query) {
  query = {};
  query.flags = next_file_mapping;
  query.address = address;
  if (name != nullptr) {
    query.name = reinterpret_cast<std::uintptr_t>(name->data());
    query.name_size = static_cast<std::uint32_t>(name->size());
  }
  return ::ioctl(maps, map_query_request, &query) == 0 ? 0 : errno;
}

Mapping mapping_of(const MapQuery& query, const NameBuffer& name) {
  Mapping mapping;
  mapping.start = query.start;
  mapping.end = query.end;
  mapping.offset = query.offset;
  mapping.device = ::makedev(query.device_major, query.device_minor);
  mapping.inode = query.inode;
  constexpr std::string_view letters = "rwxs";
  for (std::size_t i = 0; i < letters.size(); ++i)
    if ((query.permissions >> i & 1) != 0) mapping.permissions[i] = letters[i];
  if (mapping.permissions[3] == '-') mapping.permissions[3] = 'p';
  const std::size_t size = std::min<std::size_t>(query.name_size, name.size());
  mapping.path = take_mark(mapping, std::string_view(name.data(), size == 0 ? 0 : size - 1));
  return mapping;
}

// The segments of a library lie one behind the other, so the match is nearly always the last.
bool has_file(const std::vector<Mapping>& files, dev_t device, std::uint64_t inode) {
  return std::any_of(files.rbegin(), files.rend(), [&](const Mapping& other) {
    return other.inode == inode && other.device == device;
  });
}

// Asks for the mapped files one by one, so that the kernel writes no line for memory without a file
// and puts each path together but once. Nothing where the kernel cannot be asked so.
std::optional<std::vector<Mapping>> query_mapped_files(int maps) {
  std::vector<Mapping> files;
  NameBuffer name;
  MapQuery query;
  std::uint64_t address = 0;
  // Its writable segment ends a library: behind it comes another.
  constexpr std::uint64_t writable = 2;
  bool likely_new = true;
  for (;;) {
    int error = query_mapping(maps, address, likely_new ? &name : nullptr, query);
    if (error == 0 && query.inode != 0 &&
        !has_file(files, ::makedev(query.device_major, query.device_minor), query.inode)) {
      if (!likely_new) error = query_mapping(maps, query.start, &name, query);
      if (error == 0) files.push_back(mapping_of(query, name));
    }
    if (error == ENOENT || error == ESRCH) return files;
    if (error != 0 || query.end <= address) return std::nullopt;
    address = query.end;
    likely_new = (query.permissions & writable) != 0;
  }
}

}  // namespace

Mapping mapping_of(dev_t device, std::uint64_t inode, std::string_view path) {
  Mapping mapping;
  mapping.device = device;
  mapping.inode = inode;
  mapping.path = take_mark(mapping, path);
  return mapping;
}

std::vector<Mapping> parse_mappings(std::string_view text) {
  std::vector<Mapping> mappings;
  for_each_mapping(text, [&](Mapping& mapping, std::string_view path) {
    set_path(mapping, path);
    mappings.push_back(std::move(mapping));
  });
  return mappings;
}

Fd open_mapped_file(const Root& root, pid_t pid, const Mapping& mapping) {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  char link[96];
  std::snprintf(link, sizeof link, "%d/map_files/%llx-%llx", static_cast<int>(pid),
                static_cast<unsigned long long>(mapping.start),
                static_cast<unsigned long long>(mapping.end));
  if (Fd fd(::openat(root.fd(), link, flags)); fd) return fd;
  Fd fd(::openat(root.fd(), (std::to_string(pid) + "/root" + mapping.path).c_str(), flags));
  struct stat status;
  if (!fd || ::fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_ino != mapping.inode) {
    return {};
  }
  return fd;
}

Result<std::vector<Mapping>> read_mappings(const Root& root, pid_t pid) {
  const auto text = read_maps(root, pid);
  if (!text) return std::unexpected(text.error());
  return parse_mappings(*text);
}

Result<std::vector<Mapping>> read_mapped_files(const Root& root, pid_t pid) {
  if (root.is_kernel()) {
    const Fd maps(::openat(root.fd(), RelativePath(pid, "maps").text(), O_RDONLY | O_CLOEXEC));
    if (!maps) return fail_errno(errno, "cannot read the mappings of process", std::to_string(pid));
    if (auto files = query_mapped_files(maps.get())) return std::move(*files);
  }
  const auto text = read_maps(root, pid);
  if (!text) return std::unexpected(text.error());
  std::vector<Mapping> files;
  for_each_mapping(*text, [&](Mapping& mapping, std::string_view path) {
    if (mapping.inode == 0 || has_file(files, mapping.device, mapping.inode)) return;
    set_path(mapping, path);
    files.push_back(std::move(mapping));
  });
  return files;
}

}  // namespace syscope::capture::proc
