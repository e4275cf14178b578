#include "select/filter.h"

#include <algorithm>
#include <string>

#include "abi/names.h"
#include "select/injection.h"

namespace syscope::select {
namespace {

template <class Set>
Result<void> assign(Result<Set> parsed, Set& to) {
  if (!parsed) return std::unexpected(parsed.error());
  to = std::move(*parsed);
  return {};
}

using Qualifier = Result<void>(std::string_view value, Filter& filter);

Result<void> add_injection(Result<capture::Injection> parsed, Filter& filter) {
  if (!parsed) return std::unexpected(parsed.error());
  filter.injections.push_back(std::move(*parsed));
  return {};
}

struct NamedQualifier {
  std::string_view name;
  Qualifier* apply;
};

constexpr Qualifier* trace = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_calls(v), f.calls);
};
constexpr Qualifier* abbrev = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_calls(v), f.abbreviated);
};
constexpr Qualifier* verbose = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_calls(v), f.verbose);
};
constexpr Qualifier* raw = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_calls(v), f.raw);
};
constexpr Qualifier* signals = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_signals(v), f.signals);
};
constexpr Qualifier* status = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_statuses(v), f.statuses);
};
constexpr Qualifier* quiet = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_messages(v), f.quiet);
};
constexpr Qualifier* read_dumps = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_descriptors(v), f.read_dumps);
};
constexpr Qualifier* write_dumps = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_descriptors(v), f.write_dumps);
};
constexpr Qualifier* decode_fds = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_descriptor_details(v), f.descriptor_details);
};
constexpr Qualifier* trace_fds = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_descriptors(v), f.files.descriptors.emplace());
};
constexpr Qualifier* inject = [](std::string_view v, Filter& f) -> Result<void> {
  return add_injection(parse_injection(v, "inject"), f);
};
constexpr Qualifier* fault = [](std::string_view v, Filter& f) -> Result<void> {
  return add_injection(parse_injection(v, "fault"), f);
};

// What strace knows and Syscope has no answer to: a value of none asks for nothing.
constexpr Qualifier* not_decoded = [](std::string_view v, Filter&) -> Result<void> {
  if (v == "none") return {};
  return fail(Cause::unsupported, "this qualifier is not supported", std::string(v),
              "leave it out: of -e, Syscope has no kvm and no namespace");
};
constexpr Qualifier* kvm = [](std::string_view v, Filter& f) -> Result<void> {
  if (v == "vcpu" || v == "vcpu+" || v == "none") return not_decoded(v, f);
  return fail(Cause::usage, "invalid -e kvm= argument: '" + std::string(v) + "'");
};
constexpr Qualifier* name_space = [](std::string_view v, Filter& f) -> Result<void> {
  if (v == "new" || v == "none") return not_decoded(v, f);
  return fail(Cause::usage, "invalid -e namespace= argument: '" + std::string(v) + "'");
};
constexpr Qualifier* decode_pids = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_pid_details(v), f.pid_details);
};
constexpr Qualifier* secontext = [](std::string_view v, Filter& f) -> Result<void> {
  return assign(parse_security_contexts(v), f.security_contexts);
};

constexpr NamedQualifier qualifiers[] = {
    {"trace", trace},
    {"t", trace},
    {"abbrev", abbrev},
    {"abbreviated", abbrev},
    {"a", abbrev},
    {"verbose", verbose},
    {"v", verbose},
    {"raw", raw},
    {"x", raw},
    {"signal", signals},
    {"signals", signals},
    {"s", signals},
    {"status", status},
    {"quiet", quiet},
    {"silent", quiet},
    {"silence", quiet},
    {"q", quiet},
    {"read", read_dumps},
    {"reads", read_dumps},
    {"r", read_dumps},
    {"write", write_dumps},
    {"writes", write_dumps},
    {"w", write_dumps},
    {"decode-fds", decode_fds},
    {"decode-fd", decode_fds},
    {"trace-fds", trace_fds},
    {"trace-fd", trace_fds},
    {"fds", trace_fds},
    {"fd", trace_fds},
    {"inject", inject},
    {"fault", fault},
    {"kvm", kvm},
    {"namespace", name_space},
    {"secontext", secontext},
    {"decode-pids", decode_pids},
    {"decode-pid", decode_pids},
};

}  // namespace

bool Filter::wants_status(const decode::DecodedCall& call) const {
  if (any_status() || call.record == nullptr) return true;
  const unsigned flags = call.record->head.flags;
  Status status = Status::successful;
  if ((flags & SC_NO_RETURN) != 0) {
    status = Status::unfinished;
  } else if (call.failed) {
    status = Status::failed;
  }
  return statuses.has(static_cast<std::uint32_t>(status));
}

Result<void> apply(std::string_view expression, Filter& filter) {
  const std::size_t equals = expression.find('=');
  if (equals != std::string_view::npos) {
    const std::string_view name = expression.substr(0, equals);
    const auto found = std::ranges::find(qualifiers, name, &NamedQualifier::name);
    if (found != std::end(qualifiers)) return found->apply(expression.substr(equals + 1), filter);
  }
  if (expression == "secontext") return secontext("full", filter);
  if (expression == "!") expression = "";
  return trace(expression, filter);
}

}  // namespace syscope::select
