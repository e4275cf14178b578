#include "present/pids.h"

#include "present/quote.h"

namespace syscope::present {

void PidWriter::write_name(std::string_view comm, TextBuffer& out) const {
  if (comm.empty()) return;
  out.append('<');
  append_escaped(as_bytes(comm), '>', hex_, out);
  out.append('>');
}

void PidWriter::write(const decode::Value& value, std::uint32_t at, TextBuffer& out) const {
  if (pids_ == nullptr) return;
  const auto number = static_cast<std::int32_t>(value.number);
  const bool is_group = number < 0 || value.notation == catalog::Notation::pgid;
  if (number == -1 || number == INT32_MIN) return;
  const event::Pid* const pid =
      pids_->find(tid_, number < 0 ? -number : number, at < known_at_entry_);
  if (pid == nullptr) return;
  if (style_.comm && !is_group) write_name(pid->comm, out);
  if (!style_.namespaces || pid->translated == 0) return;
  const auto translated = static_cast<std::int32_t>(pid->translated);
  const std::int32_t here = number < 0 ? -translated : translated;
  if (here == number) return;
  out.append(" /* ");
  out.append_signed(here);
  out.append(" in strace's PID NS */");
}

void PidWriter::write_self(std::uint32_t tid, TextBuffer& out) const {
  if (pids_ != nullptr && style_.comm) write_name(pids_->self(tid), out);
}

}  // namespace syscope::present
