#include "capture/openings/openings.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "capture/openings/layout.h"
#include "capture/openings/loader.h"
#include "capture/proc/process.h"

namespace syscope::capture::openings {
namespace {

// More descriptors than this are not needed to see who opens them.
constexpr std::size_t most_kept = 4096;

int print_nothing(libbpf_print_level, const char*, va_list) { return 0; }

}  // namespace

Openings::Openings(Fd link, Fd watched, Fd ring, Opens opens)
    : link_(std::move(link)),
      watched_(std::move(watched)),
      ring_(std::move(ring)),
      opens_(opens),
      reader_(::ring_buffer__new(ring_.get(), accept, this, nullptr), ::ring_buffer__free) {}

Openings::~Openings() = default;

Result<std::unique_ptr<Openings>> Openings::watch(const proc::Root& root,
                                                  std::span<const pid_t> pids,
                                                  std::span<const std::uint32_t> calls,
                                                  Opens opens) {
  constexpr const char* what = "cannot watch which code opens files";
  if (!root.is_kernel() || ::geteuid() != 0 || !proc::in_first_pid_namespace(root))
    return fail(Cause::not_permitted, what, {}, "run as root and outside of containers");
  if (pids.size() > SOP_WATCHED)
    return fail(Cause::unsupported, what, "too many processes", "select fewer");
  ::libbpf_set_print(print_nothing);
  unsigned long long wanted[SOP_CALLS / 64] = {};
  for (const std::uint32_t call : calls)
    if (call < SOP_CALLS) wanted[call / 64] |= 1ull << (call % 64);
  sop_program program;
  if (const int error = sop_load(wanted, &program); error != 0) return fail_errno(-error, what);
  std::unique_ptr<Openings> openings(
      new Openings(Fd(program.link), Fd(program.watched), Fd(program.ring), opens));
  if (!openings->reader_) return fail_errno(errno, what);
  for (const pid_t pid : pids) {
    const auto key = static_cast<std::uint32_t>(pid);
    const std::uint8_t yes = 1;
    if (::bpf_map_update_elem(openings->watched_.get(), &key, &yes, BPF_ANY) != 0)
      return fail_errno(errno, what);
  }
  return openings;
}

void Openings::collect() { ::ring_buffer__consume(reader_.get()); }

int Openings::accept(void* self, void* data, std::size_t size) {
  if (size < sizeof(sop_opening)) return 0;
  const auto& seen = *static_cast<const sop_opening*>(data);
  auto& openings = *static_cast<Openings*>(self);
  Opening opening{seen.nr, {}, seen.pc, seen.sp, seen.frame_pointer, {}};
  std::copy(std::begin(seen.arguments), std::end(seen.arguments), opening.arguments);
  if (!openings.opens_(opening.call, opening.arguments)) return 0;
  auto& latest = openings.latest_;
  const std::byte* const stack = reinterpret_cast<const std::byte*>(seen.stack);
  const std::size_t bytes = std::min<std::size_t>(seen.stack_bytes, SOP_STACK_BYTES);
  opening.stack.assign(stack, stack + bytes);
  for (const int number : {seen.number, seen.second}) {
    const std::pair key(static_cast<pid_t>(seen.pid), number);
    if (number < 0 || (latest.size() >= most_kept && !latest.contains(key))) continue;
    latest[key] = opening;
  }
  return 0;
}

const Opening* Openings::of(pid_t pid, int number) const {
  const auto found = latest_.find({pid, number});
  return found == latest_.end() ? nullptr : &found->second;
}

}  // namespace syscope::capture::openings
