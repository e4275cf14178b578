#include "symbolize/modules.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ranges>

#include "capture/proc/mounts.h"

namespace syscope::symbolize {
namespace {

namespace proc = capture::proc;

// Of separate debug information, which Debian compresses: its symbols are read in any case, its
// lines only up to this size, since unpacking takes about 20 ms per megabyte.
constexpr off_t most_quick_bytes = 1 << 20;

// Debug information of this machine, by build id alone: it fits containers too, and nobody is
// asked.
int find_debug_file(Dwfl_Module* module, void** data, const char* name, Dwarf_Addr base,
                    const char* file, const char* link, GElf_Word checksum, char** found) {
  const int fd =
      dwfl_build_id_find_debuginfo(module, data, name, base, file, link, checksum, found);
  struct stat status;
  if (fd >= 0 && (::fstat(fd, &status) != 0 || status.st_size > most_quick_bytes)) {
    static_cast<Modules::File*>(*data)->slow_debug = true;
  }
  return fd;
}

bool may_hang(const std::vector<proc::Mount>& mounts, const proc::Mapping& mapping) {
  // A file is read here, not only asked about: a FUSE server may be gone as well.
  const auto waits = [](const proc::Mount& mount) {
    return mount.may_hang() || mount.type.starts_with("fuse");
  };
  const auto same_device = std::ranges::find(mounts, mapping.device, &proc::Mount::device);
  if (same_device != mounts.end()) return waits(*same_device);
  const proc::Mount* by_path = proc::mount_of(mounts, mapping.path);
  return by_path != nullptr && waits(*by_path);
}

}  // namespace

Result<std::unique_ptr<Modules>> Modules::report(const proc::Root& root, pid_t pid) {
  auto mappings = proc::read_mappings(root, pid);
  if (!mappings) return std::unexpected(std::move(mappings.error()));
  std::unique_ptr<Modules> modules(new Modules(root, pid));
  modules->mappings_ = std::move(*mappings);
  modules->collect_files();
  static char debug_folders[] = "/usr/lib/debug";
  static char* debug_path = debug_folders;
  static const Dwfl_Callbacks callbacks = {.find_elf = find_file,
                                           .find_debuginfo = find_debug_file,
                                           .section_address = nullptr,
                                           .debuginfo_path = &debug_path};
  modules->dwfl_ = dwfl_begin(&callbacks);
  if (modules->dwfl_ == nullptr) {
    return fail(Cause::failed, "cannot begin with libdwfl", dwfl_errmsg(-1));
  }
  dwfl_report_begin(modules->dwfl_);
  for (File& file : modules->files_) {
    Dwfl_Module* module =
        dwfl_report_module(modules->dwfl_, file.first->path.c_str(), file.first->start, file.end);
    void** data = nullptr;
    if (module == nullptr) continue;
    dwfl_module_info(module, &data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
    *data = &file;
  }
  dwfl_report_end(modules->dwfl_, nullptr, nullptr);
  return modules;
}

Modules::~Modules() {
  if (dwfl_ != nullptr) dwfl_end(dwfl_);
}

// Where code of files is mapped; memory without a file comes and goes.
bool Modules::is_current() const {
  const auto now = proc::read_mappings(root_, pid_);
  if (!now) return false;
  const auto is_code = [](const proc::Mapping& one) {
    return one.inode != 0 && one.permissions[2] == 'x';
  };
  const auto same = [](const proc::Mapping& one, const proc::Mapping& other) {
    return one.start == other.start && one.end == other.end && one.inode == other.inode &&
           one.device == other.device;
  };
  return std::ranges::equal(mappings_ | std::views::filter(is_code),
                            *now | std::views::filter(is_code), same);
}

void Modules::collect_files() {
  const auto mounts = proc::read_mounts(root_, pid_);
  const std::vector<proc::Mount> known = mounts ? *mounts : std::vector<proc::Mount>();
  bool has_code = false;
  const auto drop_data = [&] {
    if (!files_.empty() && !has_code) files_.pop_back();
  };
  for (const proc::Mapping& mapping : mappings_) {
    if (mapping.inode == 0) continue;
    const bool goes_on = !files_.empty() && files_.back().first->inode == mapping.inode &&
                         files_.back().first->device == mapping.device && mapping.offset != 0;
    if (!goes_on) {
      drop_data();
      has_code = false;
      files_.push_back({this, &mapping, mapping.end, may_hang(known, mapping)});
    }
    files_.back().end = mapping.end;
    has_code = has_code || mapping.permissions[2] == 'x';
  }
  drop_data();
}

const proc::Mapping* Modules::mapping_at(std::uint64_t address) const {
  const auto after = std::ranges::upper_bound(mappings_, address, {}, &proc::Mapping::start);
  if (after == mappings_.begin() || address >= std::prev(after)->end) return nullptr;
  return &*std::prev(after);
}

bool Modules::is_code(std::uint64_t address) const {
  const proc::Mapping* mapping = mapping_at(address);
  return mapping != nullptr && mapping->permissions[2] == 'x';
}

const Modules::File& Modules::file_of(Dwfl_Module* module) {
  void** data = nullptr;
  dwfl_module_info(module, &data, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr);
  return *static_cast<File*>(*data);
}

int Modules::find_file(Dwfl_Module*, void** data, const char*, Dwarf_Addr, char** file_name,
                       Elf**) {
  const File& file = *static_cast<File*>(*data);
  const int fd = file.owner->open_file(file);
  if (fd >= 0) *file_name = ::strdup(file.first->path.c_str());
  return fd;
}

int Modules::open_file(const File& file) const {
  return file.may_hang ? -1 : proc::open_mapped_file(root_, pid_, *file.first).release();
}

}  // namespace syscope::symbolize
