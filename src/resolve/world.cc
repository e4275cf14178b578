#include "resolve/world.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unordered_set>
#include <utility>

#include "base/fd.h"
#include "capture/proc/descriptors.h"
#include "resolve/container.h"
#include "resolve/descriptor_class.h"

namespace syscope::resolve {

namespace proc = capture::proc;

struct World::MountTable {
  std::vector<proc::Mount> mounts;
  bool any_may_hang = false;
};

struct World::FileTable {
  std::vector<OpenFile> files;
  std::optional<Error> error;
};

struct World::FoundProcess {
  std::string comm;
  uid_t user = 0;
  std::uint64_t mount_namespace = 0;
  std::uint64_t control_groups = 0;
  std::vector<proc::Mapping> mappings;
  bool has_mappings = true;  // all of them, and nobody has taken them
};

namespace {

dev_t device_of(int fd) {
  struct stat status {};
  return fd >= 0 && ::fstat(fd, &status) == 0 ? status.st_dev : 0;
}

std::string read_container(const proc::Root& root, pid_t pid) {
  const auto cgroups = proc::read_cgroups(root, pid);
  return cgroups ? container_of(*cgroups) : std::string();
}

AnonymousDevices find_devices() {
  AnonymousDevices devices;
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) == 0) {
    const Fd reader(ends[0]);
    const Fd writer(ends[1]);
    devices.pipes = device_of(reader.get());
  }
  const Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  devices.sockets = device_of(socket.get());
  const Fd event(::eventfd(0, EFD_CLOEXEC));
  devices.anonymous = device_of(event.get());
  return devices;
}

std::string joined_arguments(std::string arguments) {
  while (!arguments.empty() && arguments.back() == '\0') arguments.pop_back();
  std::replace(arguments.begin(), arguments.end(), '\0', ' ');
  return arguments;
}

void take_state(const proc::FoundDescriptor& found, OpenFile& file) {
  const proc::FoundState& state = *found.state;
  if (state.maybe_locked) return;
  file.has_info = true;
  file.flags = state.flags;
  file.position = state.position;
  file.mount = state.mount;
  file.has_status = state.has_status;
  if (!state.has_status) return;
  file.inode = found.inode;
  file.device = state.device;
  file.special_device = state.special_device;
  file.mode = state.mode;
  file.links = state.links;
  file.size = state.size;
}

void classify_target(std::string_view target, int error, OpenFile& file) {
  if (error == 0)
    classify_link(target, file);
  else
    file.note = std::string("cannot read the link: ") + std::strerror(error);
}

}  // namespace

World::World(proc::Root root) : root_(std::move(root)) {
  if (root_.is_kernel()) devices_ = find_devices();
}
World::World(World&&) noexcept = default;
World& World::operator=(World&&) noexcept = default;
World::~World() = default;

std::span<const pid_t> World::processes() {
  if (!std::exchange(pids_listed_, true)) pids_ = proc::list_processes(root_);
  return pids_;
}

Result<const Process*> World::process(pid_t pid) {
  auto entry = processes_.find(pid);
  if (entry == processes_.end()) {
    auto info = proc::read_process(root_, pid);
    if (!info && info.error().cause != Cause::not_found)
      return std::unexpected(std::move(info.error()));
    entry = processes_.emplace(pid, std::nullopt).first;
    if (info) entry->second = Process{std::move(*info)};
  }
  if (!entry->second) return fail(Cause::not_found, "no such process", std::to_string(pid));
  return &*entry->second;
}

Result<Owner> World::owner(pid_t pid) {
  const auto found = found_.find(pid);
  if (found != found_.end()) return Owner{found->second->comm, found->second->user};
  const auto process = this->process(pid);
  if (!process) return std::unexpected(process.error());
  return Owner{(*process)->info.comm, (*process)->info.user};
}

const Result<std::string>& World::program(pid_t pid) {
  const auto known = programs_.find(pid);
  if (known != programs_.end()) return known->second;
  return programs_.emplace(pid, proc::read_link(root_.fd(), proc::RelativePath(pid, "exe").text()))
      .first->second;
}

bool World::runs_program(pid_t pid) {
  const Result<std::string>& program = this->program(pid);
  if (program) return true;
  if (root_.is_kernel() && program.error().cause == Cause::not_found) return false;
  const auto process = this->process(pid);
  return process && !(*process)->info.is_kernel_thread();
}

const std::string& World::command_line(pid_t pid) {
  const auto [entry, is_new] = command_lines_.try_emplace(pid);
  if (!is_new) return entry->second;
  auto arguments = proc::read_command_line(root_, pid);
  if (arguments) entry->second = joined_arguments(std::move(*arguments));
  if (entry->second.empty())
    if (const auto process = this->process(pid))
      entry->second.append("[").append((*process)->info.comm).append("]");
  return entry->second;
}

const std::string& World::container(pid_t pid) {
  const auto found = found_.find(pid);
  if (found != found_.end()) {
    // Processes share their set of groups: it is read once.
    const auto [entry, is_new] = containers_of_groups_.try_emplace(found->second->control_groups);
    if (is_new) entry->second = read_container(root_, pid);
    return entry->second;
  }
  const auto [entry, is_new] = containers_.try_emplace(pid);
  if (is_new) entry->second = read_container(root_, pid);
  return entry->second;
}

// Files as the source finds them, into the tables of their processes.
class World::SourceSink final : public proc::DescriptorSource::Sink {
 public:
  explicit SourceSink(World& world) : world_(world) {}

  void accept(proc::FoundDescriptor& found) override {
    if (table_ == nullptr || found.pid != pid_) start(found.pid);
    OpenFile& file = table_->files.emplace_back();
    file.pid = found.pid;
    file.number = found.number;
    if (found.is_socket)
      classify_socket(found.family, found.inode, file);
    else
      classify_target(found.target, found.error, file);
    if (found.state != nullptr && is_path(file.file_class)) take_state(found, file);
    if (file.file_class == FileClass::pipe) file.access = access_of_mode(found.access_mode);
    if (found.socket != nullptr) file.socket = &world_.sockets_.add(std::move(*found.socket));
  }

 private:
  void start(pid_t pid) {
    auto& table = world_.tables_[pid];
    // What was listed before stays: somebody may have pointers into it.
    table_ = table ? &ignored_ : (table = std::make_unique<FileTable>()).get();
    pid_ = pid;
    if (table_ == &ignored_) return table_->files.clear();
    const auto expected = world_.expected_.find(pid);
    const std::size_t count = expected != world_.expected_.end()
                                  ? expected->second
                                  : proc::count_descriptors(world_.root_, pid);
    table_->files.reserve(count);
    world_.sockets_.expect(count);
  }

  World& world_;
  FileTable* table_ = nullptr;
  FileTable ignored_;
  pid_t pid_ = 0;
};

void World::list_from_source() {
  SourceSink sink(*this);
  source_listed_ = std::exchange(source_, nullptr)->list(sink).has_value();
}

void World::expect_all_files() {
  if (source_ == nullptr) return;
  std::size_t count = 0;
  // Whoever may not see the program may not see a descriptor either.
  for (const pid_t pid : processes())
    if (!tables_.contains(pid) && program(pid))
      count += expected_[pid] = proc::count_descriptors(root_, pid);
  if (count >= source_->worthwhile_from())
    list_from_source();
  else
    source_ = nullptr;  // nor is it worthwhile for one of them
}

// Mapped files as the source finds them, each once.
class World::MappingSink final : public proc::DescriptorSource::MappingSink {
 public:
  explicit MappingSink(World& world) : world_(world) {}

  void accept(const proc::FoundMapping& found) override {
    auto& entry = world_.found_[found.pid];
    if (!entry) {
      entry = std::make_unique<FoundProcess>();
      entry->comm = found.command;
      entry->user = found.user;
      entry->mount_namespace = found.mount_namespace;
      entry->control_groups = found.control_groups;
    }
    if (found.layered) entry->has_mappings = false;
    const auto is_it = [&](const proc::Mapping& other) {
      return other.inode == found.inode && other.device == found.device;
    };
    if (std::none_of(entry->mappings.rbegin(), entry->mappings.rend(), is_it))
      entry->mappings.push_back(proc::mapping_of(found.device, found.inode, found.path));
  }

 private:
  World& world_;
};

void World::expect_all_mappings() {
  proc::DescriptorSource* const source = std::exchange(mapping_source_, nullptr);
  if (source == nullptr) return;
  std::size_t count = 0;
  for (const pid_t pid : processes()) count += runs_program(pid) ? 1 : 0;
  MappingSink sink(*this);
  if (count >= source->mappings_worthwhile_from() && !source->list_mappings(sink)) found_.clear();
}

Result<std::vector<proc::Mapping>> World::mapped_files(pid_t pid) {
  const auto found = found_.find(pid);
  if (found == found_.end() || !std::exchange(found->second->has_mappings, false))
    return proc::read_mapped_files(root_, pid);
  return std::move(found->second->mappings);
}

void World::list_from_proc(pid_t pid, FileTable& table) {
  auto descriptors = proc::DescriptorTable::open(root_, pid);
  if (!descriptors) {
    table.error = std::move(descriptors.error());
    return;
  }
  table.files.reserve(descriptors->count());
  while (const auto link = descriptors->next()) {
    OpenFile& file = table.files.emplace_back();
    file.pid = pid;
    file.number = link->number;
    classify_target(link->target, link->error, file);
  }
  // The kernel lists them so; other file systems that stand in for it need not.
  const auto by_number = [](const OpenFile& a, const OpenFile& b) { return a.number < b.number; };
  if (!std::is_sorted(table.files.begin(), table.files.end(), by_number))
    std::sort(table.files.begin(), table.files.end(), by_number);
}

Result<std::span<OpenFile>> World::files(pid_t pid) {
  if (source_ != nullptr && !tables_.contains(pid) &&
      proc::count_descriptors(root_, pid) >= source_->worthwhile_from())
    list_from_source();
  auto& table = tables_[pid];
  if (!table) {
    table = std::make_unique<FileTable>();
    list_from_proc(pid, *table);
  }
  if (table->error) return std::unexpected(*table->error);
  return std::span(table->files);
}

const OpenFile* World::file(pid_t pid, int number) {
  const auto listed = files(pid);
  if (!listed) return nullptr;
  const auto found =
      std::lower_bound(listed->begin(), listed->end(), number,
                       [](const OpenFile& file, int wanted) { return file.number < wanted; });
  if (found == listed->end() || found->number != number) return nullptr;
  examine(*found);
  return &*found;
}

std::uint64_t World::network_namespace(pid_t pid) {
  const auto [entry, is_new] = network_namespaces_.try_emplace(pid, 0);
  if (is_new) entry->second = proc::read_namespace(root_, pid, "net").value_or(0);
  return entry->second;
}

const SocketInfo* World::socket(pid_t pid, std::uint64_t inode, Families families) {
  // Inode numbers of sockets are unique on the machine: one found in any namespace is the one.
  if (const SocketInfo* const found = sockets_.find(inode)) return found;
  sockets_.load(root_, pid, network_namespace(pid), network_namespace(own_pid_), families);
  if (const SocketInfo* const found = sockets_.find(inode)) return found;
  load_all_sockets(families);
  return sockets_.find(inode);
}

void World::load_all_sockets(Families families) {
  const bool internet = families != Families::others && !std::exchange(internet_loaded_, true);
  const bool others = families != Families::internet && !std::exchange(others_loaded_, true);
  if (!internet && !others) return;
  const std::uint64_t own = network_namespace(own_pid_);
  for (const pid_t pid : processes()) {
    if (!runs_program(pid)) continue;
    const std::uint64_t name_space = network_namespace(pid);
    if (name_space != 0) sockets_.load(root_, pid, name_space, own, families);
  }
}

bool World::load_internet_sockets() {
  if (internet_loaded_) return false;
  load_all_sockets(Families::internet);
  return true;
}

void World::list_everything() {
  if (std::exchange(everything_listed_, true)) return;
  expect_all_files();
  for (const pid_t pid : processes()) {
    if (!runs_program(pid)) continue;
    const auto listed = files(pid);
    if (!listed && listed.error().cause == Cause::not_permitted) partial_ = true;
  }
}

void World::index_group(Holders::Group group) {
  if (holders_.has(group)) return;
  list_everything();
  // The source has brought the internet sockets that anybody holds.
  if (group == Holders::Group::sockets)
    load_all_sockets(source_listed_ ? Families::others : Families::all);
  std::vector<OpenFile*> members;
  for (auto& [pid, table] : tables_) {
    for (OpenFile& file : table->files) {
      // What the link alone says is enough to find sockets and pipes; the rest needs a closer look.
      const bool by_link = group == Holders::Group::sockets || group == Holders::Group::pipes;
      const bool may_be = Holders::group_of(file.file_class) == group ||
                          (is_path(file.file_class) && group == Holders::Group::pseudo_terminals);
      if (!may_be) continue;
      if (!by_link) examine(file);
      if (Holders::group_of(file.file_class) == group) members.push_back(&file);
    }
  }
  holders_.build(group, members);
}

std::vector<OpenFile*> World::holders(FileClass c, std::uint64_t object, dev_t device) {
  index_group(Holders::group_of(c));
  auto found = holders_.find(c, object, device);
  for (OpenFile* file : found) examine(*file);
  return found;
}

Holders::Some World::socket_holders(std::uint64_t inode, std::size_t most) {
  index_group(Holders::Group::sockets);
  Holders::Some found = holders_.find_socket(inode, most);
  for (OpenFile* file : found.files) examine(*file);
  return found;
}

const World::MountTable& World::mount_table(pid_t pid) {
  const auto known = mount_table_of_.find(pid);
  if (known != mount_table_of_.end()) return *known->second;
  const auto found = found_.find(pid);
  const std::uint64_t name_space = found != found_.end()
                                       ? found->second->mount_namespace
                                       : proc::read_namespace(root_, pid, "mnt").value_or(0);
  auto& table = mount_tables_[name_space];
  if (!table) {
    table = std::make_unique<MountTable>();
    if (auto mounts = proc::read_mounts(root_, pid)) table->mounts = std::move(*mounts);
    table->any_may_hang = std::any_of(table->mounts.begin(), table->mounts.end(),
                                      [](const proc::Mount& mount) { return mount.may_hang(); });
  }
  mount_table_of_[pid] = table.get();
  return *table;
}

const std::vector<proc::Mount>& World::mounts(pid_t pid) { return mount_table(pid).mounts; }

bool World::may_hang(pid_t pid, std::string_view path, int mount) {
  const MountTable& table = mount_table(pid);
  if (!table.any_may_hang && !mount_table(own_pid_).any_may_hang) return false;
  if (mount < 0) {
    const proc::Mount* const found = proc::mount_of(table.mounts, path);
    return found == nullptr || found->may_hang();
  }
  const auto found = std::find_if(table.mounts.begin(), table.mounts.end(),
                                  [&](const proc::Mount& entry) { return entry.id == mount; });
  if (found != table.mounts.end()) return found->may_hang();
  // A mount of another namespace, or one of the kernel's own, which nobody sees in mountinfo.
  return !proc::is_nameless(path);
}

}  // namespace syscope::resolve
