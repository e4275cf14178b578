#include "capture/proc/thread.h"

#include <algorithm>
#include <charconv>
#include <optional>

namespace syscope::capture::proc {
namespace {

bool take_hex(std::string_view& text, std::uint64_t& value) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  if (text.starts_with("0x")) text.remove_prefix(2);
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  text.remove_prefix(static_cast<std::size_t>(end.ptr - text.data()));
  return end.ec == std::errc();
}

}  // namespace

Result<InFlightCall> parse_in_flight_call(std::string_view text) {
  InFlightCall call;
  if (text.starts_with("running")) return call;
  const auto number = std::from_chars(text.data(), text.data() + text.size(), call.number);
  std::string_view rest = text.substr(static_cast<std::size_t>(number.ptr - text.data()));
  bool whole = number.ec == std::errc();
  call.state = call.number < 0 ? InFlightCall::State::outside : InFlightCall::State::inside;
  if (call.state == InFlightCall::State::inside)
    for (std::uint64_t& argument : call.args) whole = whole && take_hex(rest, argument);
  whole = whole && take_hex(rest, call.stack_pointer) && take_hex(rest, call.instruction_pointer);
  if (!whole) return fail(Cause::failed, "cannot parse a call in flight", std::string(text));
  return call;
}

Result<InFlightCall> read_in_flight_call(const Root& root, pid_t pid, pid_t tid) {
  std::string text;
  const int error = read_record(root.fd(), RelativePath(pid, "task", tid, "syscall").text(), text);
  if (error != 0)
    return fail_errno(error, "cannot see the system call of thread", std::to_string(tid),
                      "run as root, or grant CAP_SYS_PTRACE");
  return parse_in_flight_call(text);
}

std::string read_wait_channel(const Root& root, pid_t pid, pid_t tid) {
  std::string text;
  if (read_record(root.fd(), RelativePath(pid, "task", tid, "wchan").text(), text) != 0) return {};
  while (!text.empty() && text.back() == '\n') text.pop_back();
  if (text == "0") text.clear();
  return text;
}

Result<std::string> read_kernel_stack(const Root& root, pid_t pid, pid_t tid) {
  std::string text;
  const int error = read_record(root.fd(), RelativePath(pid, "task", tid, "stack").text(), text);
  if (error != 0)
    return fail_errno(error, "cannot read the kernel stack of thread", std::to_string(tid),
                      "run as root");
  // Lines read "[<0>] function+0x1/0x2".
  std::string plain;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (const std::size_t mark = line.find("] "); mark != line.npos) line.remove_prefix(mark + 2);
    plain.append(line).push_back('\n');
  }
  return plain;
}

}  // namespace syscope::capture::proc
