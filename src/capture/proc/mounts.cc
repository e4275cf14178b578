#include "capture/proc/mounts.h"

#include <sys/sysmacros.h>

#include <algorithm>
#include <charconv>
#include <iterator>

namespace syscope::capture::proc {
namespace {

std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

int number_of(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is_octal(char c) { return c >= '0' && c <= '7'; }

// The kernel writes blanks, line feeds and backslashes as \040, \012 and \134.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size() && is_octal(text[i + 1]) && is_octal(text[i + 2]) &&
        is_octal(text[i + 3])) {
      plain.push_back(static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0')));
      i += 3;
    } else {
      plain.push_back(text[i]);
    }
  }
  return plain;
}

bool parse_mount(std::string_view line, Mount& mount) {
  mount.id = number_of(take_word(line));
  mount.parent = number_of(take_word(line));
  const std::string_view device = take_word(line);
  const std::size_t colon = device.find(':');
  if (colon == device.npos) return false;
  mount.device = ::makedev(static_cast<unsigned>(number_of(device.substr(0, colon))),
                           static_cast<unsigned>(number_of(device.substr(colon + 1))));
  mount.root = unescape(take_word(line));
  mount.point = unescape(take_word(line));
  const std::size_t dash = line.find(" - ");
  if (dash == line.npos) return false;
  line.remove_prefix(dash + 3);
  mount.type = unescape(take_word(line));
  mount.source = unescape(take_word(line));
  mount.options = unescape(take_word(line));
  return true;
}

}  // namespace

bool Mount::may_hang() const {
  static constexpr std::string_view remote[] = {
      "nfs",  "nfs4",  "cifs", "smb3",   "smbfs",    "9p",   "ceph",  "afs",   "autofs",  "lustre",
      "gfs2", "ocfs2", "coda", "beegfs", "orangefs", "gpfs", "panfs", "ncpfs", "virtiofs"};
  return std::find(std::begin(remote), std::end(remote), type) != std::end(remote);
}

std::optional<std::string_view> mount_option(std::string_view options, std::string_view name) {
  while (!options.empty()) {
    const std::string_view option = options.substr(0, options.find(','));
    options.remove_prefix(std::min(option.size() + 1, options.size()));
    if (option.starts_with(name) && option.substr(name.size()).starts_with('=')) {
      return option.substr(name.size() + 1);
    }
  }
  return {};
}

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    Mount mount;
    if (parse_mount(text.substr(0, end), mount)) mounts.push_back(std::move(mount));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return mounts;
}

Result<std::vector<Mount>> read_mounts(const Root& root, pid_t pid) {
  std::string text;
  const int error = read_file(root.fd(), RelativePath(pid, "mountinfo").text(), text);
  if (error != 0)
    return fail_errno(error, "cannot read the mounts of process", std::to_string(pid));
  return parse_mounts(text);
}

bool is_nameless(std::string_view path) {
  static constexpr std::string_view prefixes[] = {"/memfd:",  "/SYSV",  "/dev/zero",
                                                  "/dmabuf:", "/[aio]", "/anon_hugepage"};
  return std::any_of(std::begin(prefixes), std::end(prefixes),
                     [&](std::string_view prefix) { return path.starts_with(prefix); });
}

const Mount* mount_of(const std::vector<Mount>& mounts, std::string_view path) {
  const Mount* best = nullptr;
  for (const Mount& mount : mounts) {
    const std::string_view point = mount.point;
    const bool below = path.starts_with(point) &&
                       (point == "/" || path.size() == point.size() || path[point.size()] == '/');
    if (below && (best == nullptr || point.size() >= best->point.size())) best = &mount;
  }
  return best;
}

}  // namespace syscope::capture::proc
