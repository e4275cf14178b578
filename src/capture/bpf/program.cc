#include "capture/bpf/program.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cerrno>
#include <cstring>

#include "base/fd.h"
#include "capture/bpf/cgroup.h"
#include "capture/bpf/skeleton.h"

namespace syscope::capture::bpf {
namespace {

constexpr std::size_t default_ring_bytes = 8 << 20;
constexpr std::uint32_t known_files = 65'536;  // open files with an id at any time
constexpr std::size_t smallest_ring_bytes = 256 << 10;
constexpr std::size_t largest_ring_bytes = 256 << 20;

int silent(libbpf_print_level, const char*, va_list) { return 0; }

// How deep below the initial PID namespace this process is: the numbers in NSpid less one.
unsigned pid_namespace_depth() {
  std::FILE* const file = std::fopen("/proc/self/status", "re");
  if (file == nullptr) return 0;
  char line[256];
  unsigned depth = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::strncmp(line, "NSpid:", 6) != 0) continue;
    const auto tabs = std::count(line, line + std::strlen(line), '\t');
    depth = tabs > 0 ? static_cast<unsigned>(tabs) - 1 : 0;
  }
  std::fclose(file);
  return depth;
}

void set_wanted_calls(const WantedCalls& calls, trace_bpf& skeleton) {
  auto& settings = *skeleton.rodata;
  settings.all_calls = calls.everything();
  if (calls.everything()) return;
  for (std::uint32_t nr = 0; nr < SCB_CALLS; ++nr) {
    for (unsigned abi = 0; abi < SCB_ABIS; ++abi) {
      if (!calls.has(static_cast<Abi>(abi), nr)) continue;
      settings.wanted[abi][nr / 64] |= std::uint64_t{1} << nr % 64;
      settings.wanted_any[nr / 64] |= std::uint64_t{1} << nr % 64;
    }
  }
}

Result<void> set_selection(const Selection& selection, trace_bpf& skeleton) {
  auto& settings = *skeleton.rodata;
  settings.selecting = selection.any();
  if (selection.user) {
    settings.select_user = true;
    settings.selected_user = *selection.user;
  }
  if (selection.pid_namespace) {
    settings.select_pid_namespace = true;
    settings.selected_pid_namespace = static_cast<u32>(*selection.pid_namespace);
  }
  if (!selection.cgroup.empty()) {
    const auto cgroup = find_cgroup(selection.cgroup);
    if (!cgroup) return std::unexpected(cgroup.error());
    settings.select_cgroup = true;
    settings.select_cgroup_v2 = cgroup->version == 2;
    settings.selected_subsystem = cgroup->subsystem;
    settings.selected_cgroup = cgroup->id;
  }
  return {};
}

std::size_t ring_size(const Request& request) {
  if (request.buffer_bytes == 0) return default_ring_bytes;
  return std::bit_ceil(std::clamp(request.buffer_bytes, smallest_ring_bytes, largest_ring_bytes));
}

template <class T, std::size_t count>
void copy_to(T (&to)[count], const auto& from) {
  std::copy_n(from.begin(), std::min(count, from.size()), to);
}

constexpr u32 tally_size(bool with_buckets) {
  return with_buckets ? sizeof(scb_tally) : offsetof(scb_tally, buckets);
}

void set_plans(const KernelPlans& plans, trace_bpf& skeleton) {
  auto& memory = *skeleton.bss;
  copy_to(memory.plans, plans.plans);
  copy_to(memory.ops, plans.ops);
  copy_to(memory.variants, plans.variants);
  copy_to(memory.keys, plans.keys);
  copy_to(memory.key_plans, plans.key_plans);
  std::memcpy(memory.plan_of, plans.plan_of, sizeof memory.plan_of);
}

std::unexpected<Error> load_failure(int error) {
  if (error == EPERM) { // EACCES is how the verifier refuses a program
    return fail(Cause::not_permitted, "the kernel does not permit the eBPF engine", {},
                "run as root, or grant CAP_BPF and CAP_PERFMON; `syscope doctor` tells more");
  }
  return fail(Cause::unsupported, "this kernel does not load the eBPF engine", std::strerror(error),
              "`syscope doctor` tells why; --engine=ptrace works without it");
}

}  // namespace

void Program::Destroy::operator()(trace_bpf* skeleton) const { trace_bpf__destroy(skeleton); }
Program::Program(Program&&) noexcept = default;
Program::~Program() = default;

Result<Program> Program::load(const Request& request, const KernelPlans& plans) {
  ::libbpf_set_print(silent);
  Program program(trace_bpf__open());
  if (!program.skeleton_) return load_failure(errno);
  trace_bpf& skeleton = *program.skeleton_;
  program.ring_bytes_ = ring_size(request);
  program.cpus_ = static_cast<unsigned>(std::max(1, ::libbpf_num_possible_cpus()));

  auto& settings = *skeleton.rodata;
  set_wanted_calls(request.calls, skeleton);
  if (auto set = set_selection(request.selection, skeleton); !set) return std::unexpected(set.error());
  settings.follow_forks = request.follow_forks;
  settings.report_signals = request.signals;
  settings.announce = request.announce && !request.failed_only && !request.successful_only &&
                      request.longer_than.count() == 0;
  settings.want_ip = request.instruction_pointer;
  settings.want_files = request.files;
  settings.tally_only = request.tally;
  settings.tally_threads = request.tally_threads;
  settings.tally_buckets = request.tally_buckets;
  if (request.tally) {
    settings.tally_limit = request.tally_threads ? SCB_THREAD_TALLIES : program.cpus_ * SCB_ABIS * SCB_CALLS;
  }
  settings.failed_only = request.failed_only;
  settings.successful_only = request.successful_only;
  settings.longer_than = static_cast<u64>(request.longer_than.count());
  settings.lossless = request.lossless;
  settings.want_wakers = request.wakers;
  settings.tracer_pid = static_cast<u32>(::getpid());
  settings.tracer_namespace_level = pid_namespace_depth();
  settings.ring_bytes = static_cast<u32>(program.ring_bytes_);

  const auto stride = static_cast<u32>(SCB_PAGE + program.ring_bytes_ + SCB_SLACK);
  ::bpf_map__set_value_size(skeleton.maps.rings, stride);
  ::bpf_map__set_max_entries(skeleton.maps.rings, program.cpus_);
  ::bpf_map__set_max_entries(skeleton.maps.scratches, program.cpus_);
  ::bpf_map__set_max_entries(skeleton.maps.tallies, settings.tally_limit);
  ::bpf_map__set_value_size(skeleton.maps.tallies, tally_size(request.tally_buckets));
  ::bpf_map__set_max_entries(skeleton.maps.path_walks, request.files ? program.cpus_ : 1);
  ::bpf_map__set_max_entries(skeleton.maps.known_files, request.files ? known_files : 1);
  const bool adopts = !request.attach.empty() || request.selection.any();
  ::bpf_program__set_autoload(skeleton.progs.adopt_tasks, adopts);
  ::bpf_program__set_autoload(skeleton.progs.sched_process_fork, request.follow_forks);
  ::bpf_program__set_autoload(skeleton.progs.signal_deliver, request.signals);
  ::bpf_program__set_autoload(skeleton.progs.signal_generate, request.signals);
  ::bpf_program__set_autoload(skeleton.progs.sched_waking, request.wakers);

  if (const int error = trace_bpf__load(&skeleton); error != 0) return load_failure(-error);
  set_plans(plans, skeleton);
  return program;
}

Result<void> Program::attach() {
  for (const auto& [program, link] : {
           std::pair{skeleton_->progs.sched_process_fork, &skeleton_->links.sched_process_fork},
           std::pair{skeleton_->progs.sched_process_exec, &skeleton_->links.sched_process_exec},
           std::pair{skeleton_->progs.sched_process_exit, &skeleton_->links.sched_process_exit},
           std::pair{skeleton_->progs.signal_deliver, &skeleton_->links.signal_deliver},
           std::pair{skeleton_->progs.signal_generate, &skeleton_->links.signal_generate},
           std::pair{skeleton_->progs.sched_switch, &skeleton_->links.sched_switch},
           std::pair{skeleton_->progs.sched_waking, &skeleton_->links.sched_waking},
           std::pair{skeleton_->progs.sys_exit, &skeleton_->links.sys_exit},
           std::pair{skeleton_->progs.sys_enter, &skeleton_->links.sys_enter},
       }) {
    if (!::bpf_program__autoload(program)) continue;
    *link = ::bpf_program__attach(program);
    if (*link == nullptr) return load_failure(errno);
  }
  return {};
}

void Program::detach() { trace_bpf__detach(skeleton_.get()); }

Result<void> Program::adopt_command(pid_t pid) {
  const Fd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) return fail_errno(errno, "cannot refer to the command", std::to_string(pid));
  std::vector<std::byte> state(::bpf_map__value_size(skeleton_->maps.tasks));
  const auto number = static_cast<u32>(pid);
  const scb_adopted adopted{number, number, true};
  std::memcpy(state.data(), &adopted, sizeof adopted);
  const int key = pidfd.get();
  if (::bpf_map_update_elem(::bpf_map__fd(skeleton_->maps.tasks), &key, state.data(), BPF_ANY) != 0) {
    return fail_errno(errno, "cannot trace the command", std::to_string(pid));
  }
  std::atomic_ref(skeleton_->bss->alive).fetch_add(1);
  return {};
}

Result<void> Program::adopt_running(const Request& request, RecordSink& sink) {
  const u32 kind = request.follow_forks ? SCB_TARGET_PROCESS : SCB_TARGET_THREAD;
  for (const pid_t pid : request.attach) {
    const auto key = static_cast<u32>(pid);
    if (::bpf_map_update_elem(::bpf_map__fd(skeleton_->maps.targets), &key, &kind, BPF_ANY) != 0) {
      return fail_errno(errno, "cannot trace", std::to_string(pid));
    }
  }
  bpf_link* const link = ::bpf_program__attach_iter(skeleton_->progs.adopt_tasks, nullptr);
  if (link == nullptr) return load_failure(errno);
  const Fd iterator(::bpf_iter_create(::bpf_link__fd(link)));
  ::bpf_link__destroy(link);
  if (!iterator) return load_failure(errno);

  std::vector<std::byte> bytes;
  std::byte chunk[16384];
  while (true) {
    const ssize_t got = ::read(iterator.get(), chunk, sizeof chunk);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail_errno(errno, "cannot list the tasks to trace");
    if (got == 0) break;
    bytes.insert(bytes.end(), chunk, chunk + got);
  }
  for (std::size_t at = 0; at + sizeof(sc_head) <= bytes.size();) {
    const std::size_t size = syscope::load<sc_head>(&bytes[at]).size;
    if (size < sizeof(sc_head) || size > bytes.size() - at) break;
    sink.accept(Bytes(bytes).subspan(at, size));
    at += size;
  }
  return {};
}

Result<Rings> Program::open_rings() const {
  return Rings::open(::bpf_map__fd(skeleton_->maps.rings), ::bpf_map__fd(skeleton_->maps.doorbell), cpus_,
                     ring_bytes_, &skeleton_->bss->reader_sleeps);
}

std::uint64_t Program::alive() const {
  return std::atomic_ref(skeleton_->bss->alive).load(std::memory_order_acquire);
}

void Program::report_tallies(RecordSink& sink) const {
  const bpf_map* const map = skeleton_->maps.tallies;
  const std::size_t stride = ::bpf_map__value_size(map);
  const std::size_t size = ::bpf_map__max_entries(map) * stride;
  void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, ::bpf_map__fd(map), 0);
  if (memory == MAP_FAILED) return;
  const bool has_buckets = stride == sizeof(scb_tally);
  for (std::size_t at = 0; at < size; at += stride) {
    const auto& tally = *reinterpret_cast<const scb_tally*>(static_cast<const std::byte*>(memory) + at);
    if (tally.count == 0) continue;
    alignas(8) std::byte record[sizeof(sc_tally) + SC_BUCKETS * sizeof(sc_u32)] = {};
    const u32 buckets = has_buckets ? (sc_bucket_of(tally.max) + 2) & ~1u : 0;
    const auto bytes = static_cast<u32>(sizeof(sc_tally) + buckets * sizeof(u32));
    const sc_tally fixed{
        {bytes, SC_TALLY, static_cast<sc_u8>(tally.abi), 0, tally.pid, tally.tid, tally.first},
        tally.nr, buckets, tally.count, tally.errors, tally.total, tally.min, tally.max, tally.blocked};
    std::memcpy(record, &fixed, sizeof fixed);
    std::memcpy(record + sizeof fixed, tally.buckets, buckets * sizeof(u32));
    sink.accept(Bytes(record, bytes));
  }
  ::munmap(memory, size);
  if (skeleton_->bss->tallies_missing == 0) return;
  sc_lost lost{};
  lost.head = {sizeof lost, SC_LOST, SC_ABI_X86_64, 0, 0, 0, 0};
  lost.count = skeleton_->bss->tallies_missing;
  lost.nr = ~0u;
  sink.accept(std::as_bytes(std::span(&lost, 1)));
}

}  // namespace syscope::capture::bpf
