#include "capture/bpf/requirements.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string_view>

#include "base/fd.h"
#include "capture/bpf/program.h"

namespace syscope::capture::bpf {
namespace {

// Numbers of capabilities(7).
constexpr unsigned cap_sys_admin = 21;
constexpr unsigned cap_perfmon = 38;
constexpr unsigned cap_bpf = 39;

std::string first_line(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

std::uint64_t effective_capabilities() {
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with("CapEff:")) return std::strtoull(line.c_str() + 7, nullptr, 16);
  }
  return 0;
}

Requirement kernel_version() {
  utsname names{};
  ::uname(&names);
  unsigned major = 0, minor = 0;
  std::sscanf(names.release, "%u.%u", &major, &minor);
  return {"kernel 5.18 or newer", major > 5 || (major == 5 && minor >= 18), names.release,
          "boot a newer kernel; until then --engine=ptrace"};
}

Requirement architecture() {
  utsname names{};
  ::uname(&names);
  return {"an x86-64 machine", std::string_view(names.machine) == "x86_64", names.machine,
          "--engine=ptrace works on others"};
}

Requirement type_information() {
  constexpr const char* path = "/sys/kernel/btf/vmlinux";
  const bool readable = ::access(path, R_OK) == 0;
  return {"type information of the kernel (BTF)", readable, readable ? path : std::strerror(errno),
          "boot a kernel with CONFIG_DEBUG_INFO_BTF=y, and mount sysfs on /sys"};
}

Requirement capabilities() {
  const std::uint64_t held = effective_capabilities();
  const auto has = [&](unsigned number) { return (held >> number & 1) != 0; };
  std::string found = ::geteuid() == 0 ? "root" : "user " + std::to_string(::geteuid());
  found += has(cap_bpf) ? ", CAP_BPF" : ", no CAP_BPF";
  found += has(cap_perfmon) ? ", CAP_PERFMON" : ", no CAP_PERFMON";
  if (has(cap_sys_admin)) found += ", CAP_SYS_ADMIN";
  return {"permission to trace with eBPF", has(cap_sys_admin) || (has(cap_bpf) && has(cap_perfmon)), found,
          "run as root, or: setcap cap_bpf,cap_perfmon,cap_sys_ptrace+ep on the program"};
}

Requirement lockdown() {
  const std::string state = first_line("/sys/kernel/security/lockdown");
  const bool confidential = state.find("[confidentiality]") != std::string::npos;
  return {"no lockdown for confidentiality", !confidential, state.empty() ? "none" : state,
          "boot with lockdown=integrity, or use --engine=ptrace"};
}

Requirement system_call() {
  const Fd map(::bpf_map_create(BPF_MAP_TYPE_ARRAY, nullptr, 4, 4, 1, nullptr));
  const int error = errno;
  return {"bpf(2) may be called", static_cast<bool>(map), map ? "a map was made" : std::strerror(error),
          "a seccomp filter (of a container) or missing capabilities forbid it: run outside, or as root"};
}

Requirement map_type(const char* what, bpf_map_type type) {
  const bool there = ::libbpf_probe_bpf_map_type(type, nullptr) == 1;
  return {what, there, there ? "yes" : "the kernel makes none", "boot a newer kernel"};
}

Requirement helper(const char* what, bpf_func_id id) {
  const bool there = ::libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, id, nullptr) == 1;
  return {what, there, there ? "yes" : "the kernel has none", "boot a newer kernel"};
}

int silent(libbpf_print_level, const char*, va_list) { return 0; }

}  // namespace

std::vector<Requirement> requirements() {
  ::libbpf_set_print(silent);
  const Requirement permission = capabilities();
  const Requirement callable = system_call();
  std::vector<Requirement> all = {kernel_version(), architecture(), type_information(),
                                  permission,       lockdown(),     callable};
  if (!permission.met || !callable.met) return all;
  all.push_back(map_type("ring buffers", BPF_MAP_TYPE_RINGBUF));
  all.push_back(map_type("storage for each task", BPF_MAP_TYPE_TASK_STORAGE));
  all.push_back(helper("loops in programs", BPF_FUNC_loop));
  return all;
}

Result<void> try_loading() {
  Request request;
  request.follow_forks = true;
  request.selection.everything = true;
  auto program = Program::load(request, KernelPlans{});
  if (!program) return std::unexpected(program.error());
  return {};
}

}  // namespace syscope::capture::bpf
