#include "diagnose/scene.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "capture/proc/memory.h"
#include "capture/proc/process.h"

namespace syscope::diagnose {
namespace {

namespace proc = capture::proc;

constexpr std::size_t string_limit = 4096;

}  // namespace

Scene::Scene(resolve::World& world, Deadline deadline)
    : world_(world), deadline_(deadline), clock_(world.root()) {}

const ThreadState* Scene::thread(ThreadId id) {
  auto [at, fresh] = threads_.try_emplace(id);
  if (fresh) at->second = read_thread_state(root(), id);
  return at->second ? &*at->second : nullptr;
}

const std::vector<pid_t>& Scene::threads(pid_t pid) {
  auto [at, fresh] = thread_lists_.try_emplace(pid);
  if (fresh) at->second = proc::list_threads(root(), pid);
  return at->second;
}

// The kernel's own list where it has one, else everybody whose parent this is.
std::vector<pid_t> Scene::children(pid_t pid) {
  std::vector<pid_t> found = proc::list_children(root(), pid);
  if (!found.empty()) return found;
  for (const pid_t other : world_.processes()) {
    const ThreadState* state = thread({other, other});
    if (state != nullptr && state->info.parent == pid) found.push_back(other);
  }
  return found;
}

std::optional<ThreadId> Scene::thread_by_tid(pid_t tid) {
  if (tid <= 0) return {};
  auto status = proc::read_status(root(), tid, tid);
  if (!status) return {};
  const std::size_t at = status->find("\nTgid:");
  if (at == status->npos) return {};
  const pid_t pid = std::atoi(status->c_str() + at + 6);
  return pid > 0 ? std::optional(ThreadId{pid, tid}) : std::nullopt;
}

std::optional<ThreadId> Scene::thread_in_namespace_of(pid_t pid, pid_t tid) {
  const std::string own = status_field({pid, pid}, "NSpid");
  if (own.find_first_of(" \t") == own.npos) {
    const auto& list = threads(pid);
    if (std::ranges::binary_search(list, tid)) return ThreadId{pid, tid};
    return thread_by_tid(tid);
  }
  // In a namespace below ours: the last number of NSpid is what the process itself sees.
  const std::string wanted = std::to_string(tid);
  for (const pid_t candidate : threads(pid)) {
    const std::string numbers = status_field({pid, candidate}, "NSpid");
    const std::size_t last = numbers.find_last_of(" \t");
    if (last != numbers.npos && numbers.substr(last + 1) == wanted) return ThreadId{pid, candidate};
  }
  return {};
}

int Scene::processor_of(ThreadId id) { return proc::last_processor(root(), id.pid, id.tid); }

std::optional<double> Scene::seconds(ThreadId id) {
  const auto age = clock_.off_cpu_age(id.pid, id.tid);
  return age ? std::optional(static_cast<double>(*age) / 1e9) : std::nullopt;
}

std::string Scene::wait_channel(ThreadId id) {
  return proc::read_wait_channel(root(), id.pid, id.tid);
}

std::string Scene::kernel_stack(ThreadId id) {
  return proc::read_kernel_stack(root(), id.pid, id.tid).value_or("");
}

std::string Scene::status_field(ThreadId id, std::string_view name) {
  const auto status = proc::read_status(root(), id.pid, id.tid);
  if (!status) return {};
  const std::string wanted = "\n" + std::string(name) + ":";
  std::size_t at = status->find(wanted);
  if (at == status->npos) return {};
  at = status->find_first_not_of(" \t", at + wanted.size());
  if (at == status->npos) return {};
  return status->substr(at, status->find('\n', at) - at);
}

std::string Scene::name_of(pid_t pid) {
  const ThreadState* state = thread({pid, pid});
  return state != nullptr ? state->info.comm : std::string();
}

std::optional<proc::DescriptorInfo> Scene::descriptor_info(pid_t pid, int fd) {
  auto info = proc::read_descriptor_info(root(), pid, fd);
  return info ? std::optional(std::move(*info)) : std::nullopt;
}

std::optional<resolve::SocketInfo> Scene::tcp_now(pid_t pid, const resolve::SocketInfo& socket) {
  const std::uint64_t space = world_.network_namespace(pid);
  const std::uint64_t own = world_.network_namespace(::getpid());
  auto door = doors_.find(space);
  if (door == doors_.end()) {
    const bool here = space == 0 || space == own;
    door =
        doors_.emplace(space, here ? proc::SockDiag::open() : proc::SockDiag::open_in(root(), pid))
            .first;
  }
  if (!door->second) return {};
  auto found = door->second->find_tcp(socket.family, socket.local, socket.remote, socket.interface);
  return found ? std::optional(std::move(*found)) : std::nullopt;
}

const std::vector<proc::FileLock>& Scene::locks() {
  if (!locks_) locks_ = proc::read_locks(root()).value_or(std::vector<proc::FileLock>());
  return *locks_;
}

const capture::proc::LockWait* Scene::lock_wait(ThreadId id) {
  if (lock_waits_source_ != nullptr) {
    if (auto waits = std::exchange(lock_waits_source_, nullptr)->list(root())) {
      lock_waits_ = std::move(*waits);
    }
  }
  const auto found = std::ranges::find(lock_waits_, id.tid, &capture::proc::LockWait::tid);
  return found == lock_waits_.end() ? nullptr : &*found;
}

bool Scene::read_memory(pid_t pid, std::uint64_t address, std::span<std::byte> into) {
  const auto got = proc::read_memory(pid, address, into);
  return got && *got == into.size();
}

std::optional<std::string> Scene::read_string(pid_t pid, std::uint64_t address) {
  auto text = proc::read_memory_string(pid, address, string_limit);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

}  // namespace syscope::diagnose
