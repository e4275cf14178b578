#include <algorithm>
#include <cstdio>
#include <span>

#include "abi/names.h"
#include "catalog/find.h"
#include "decode/decode.h"
#include "decode/siginfo.h"
#include "event/view.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

enum : int {
  sigill = 4,
  sigtrap = 5,
  sigbus = 7,
  sigfpe = 8,
  sigsegv = 11,
  sigchld = 17,
  sigpoll = 29,
  sigsys = 31
};
enum : int { si_user = 0, si_queue = -1, si_timer = -2, si_sigio = -5, si_tkill = -6 };
enum : int { cld_exited = 1, segv_bnderr = 3, segv_pkuerr = 4, bus_mceerr_ar = 4 };

struct Code {
  int code;
  std::string_view name;
};

// What any signal may carry; the rest depends on the signal.
constexpr Code common_codes[] = {
    {0, "SI_USER"},      {0x80, "SI_KERNEL"}, {-1, "SI_QUEUE"}, {-2, "SI_TIMER"},
    {-3, "SI_MESGQ"},    {-4, "SI_ASYNCIO"},  {-5, "SI_SIGIO"}, {-6, "SI_TKILL"},
    {-7, "SI_DETHREAD"}, {-60, "SI_ASYNCNL"},
};
constexpr Code ill_codes[] = {
    {1, "ILL_ILLOPC"}, {2, "ILL_ILLOPN"}, {3, "ILL_ILLADR"}, {4, "ILL_ILLTRP"},   {5, "ILL_PRVOPC"},
    {6, "ILL_PRVREG"}, {7, "ILL_COPROC"}, {8, "ILL_BADSTK"}, {9, "ILL_BADIADDR"},
};
constexpr Code trap_codes[] = {
    {1, "TRAP_BRKPT"},  {2, "TRAP_TRACE"}, {3, "TRAP_BRANCH"},
    {4, "TRAP_HWBKPT"}, {5, "TRAP_UNK"},   {6, "TRAP_PERF"},
};
constexpr Code bus_codes[] = {
    {1, "BUS_ADRALN"},    {2, "BUS_ADRERR"},    {3, "BUS_OBJERR"},
    {4, "BUS_MCEERR_AR"}, {5, "BUS_MCEERR_AO"},
};
constexpr Code fpe_codes[] = {
    {1, "FPE_INTDIV"},  {2, "FPE_INTOVF"},    {3, "FPE_FLTDIV"}, {4, "FPE_FLTUND"},
    {5, "FPE_FLTOVF"},  {6, "FPE_FLTRES"},    {7, "FPE_FLTINV"}, {8, "FPE_FLTSUB"},
    {14, "FPE_FLTUNK"}, {15, "FPE_CONDTRAP"},
};
constexpr Code segv_codes[] = {
    {1, "SEGV_MAPERR"},  {2, "SEGV_ACCERR"},  {3, "SEGV_BNDERR"},  {4, "SEGV_PKUERR"},
    {5, "SEGV_ACCADI"},  {6, "SEGV_ADIDERR"}, {7, "SEGV_ADIPERR"}, {8, "SEGV_MTEAERR"},
    {9, "SEGV_MTESERR"}, {10, "SEGV_CPERR"},
};
constexpr Code child_codes[] = {
    {1, "CLD_EXITED"},  {2, "CLD_KILLED"},  {3, "CLD_DUMPED"},
    {4, "CLD_TRAPPED"}, {5, "CLD_STOPPED"}, {6, "CLD_CONTINUED"},
};
constexpr Code poll_codes[] = {
    {1, "POLL_IN"},  {2, "POLL_OUT"}, {3, "POLL_MSG"},
    {4, "POLL_ERR"}, {5, "POLL_PRI"}, {6, "POLL_HUP"},
};
constexpr Code sys_codes[] = {{1, "SYS_SECCOMP"}, {2, "SYS_USER_DISPATCH"}};

std::span<const Code> codes_of(int signo) {
  switch (signo) {
    case sigill: return ill_codes;
    case sigtrap: return trap_codes;
    case sigbus: return bus_codes;
    case sigfpe: return fpe_codes;
    case sigsegv: return segv_codes;
    case sigchld: return child_codes;
    case sigpoll: return poll_codes;
    case sigsys: return sys_codes;
    default: return {};
  }
}

std::string_view code_name(int signo, int code) {
  for (const std::span<const Code> codes : {codes_of(signo), std::span<const Code>(common_codes)}) {
    const auto found = std::ranges::find(codes, code, &Code::code);
    if (found != codes.end()) return found->name;
  }
  return {};
}

std::string_view architecture_name(std::uint32_t arch) {
  switch (arch) {
    case 0xc000003e: return "AUDIT_ARCH_X86_64";
    case 0x40000003: return "AUDIT_ARCH_I386";
    case 0xc00000b7: return "AUDIT_ARCH_AARCH64";
    case 0x40000028: return "AUDIT_ARCH_ARM";
    default: return {};
  }
}

// Members by their place in the union behind the three numbers.
class Info {
 public:
  Info(Tape& tape, Bytes bytes, unsigned word)
      : tape_(tape), bytes_(bytes), word_(word), base_(word == 8 ? 16 : 12) {}

  [[nodiscard]] std::uint64_t word_at(unsigned offset) const { return get(base_ + offset, word_); }
  [[nodiscard]] int int_at(unsigned offset) const {
    return static_cast<int>(get(base_ + offset, 4));
  }
  [[nodiscard]] std::uint64_t get(std::size_t offset, unsigned width) const {
    return offset + width <= bytes_.size() ? load_unsigned(bytes_.data() + offset, width) : 0;
  }

  void number(std::string_view name, std::int64_t value, Notation notation = Notation::dec) {
    tape_.add({.notation = notation,
               .width = 4,
               .is_signed = true,
               .number = static_cast<std::uint64_t>(value),
               .name = name});
  }
  // 32 bits without a sign.
  void plain(std::string_view name, std::uint32_t value, Notation notation = Notation::dec) {
    tape_.add({.notation = notation, .width = 4, .number = value, .name = name});
  }
  void address(std::string_view name, std::uint64_t value) {
    tape_.add({.kind = ValueKind::address,
               .notation = Notation::addr,
               .width = static_cast<std::uint8_t>(word_),
               .number = value,
               .name = name});
  }
  void word(std::string_view name, std::string_view text, std::uint64_t number) {
    tape_.add({.kind = ValueKind::word, .number = number, .name = name, .bytes = as_bytes(text)});
  }
  void sender() {
    number("si_pid", int_at(0), Notation::pid);
    number("si_uid", int_at(4), Notation::uid);
  }
  // int and pointer share a union: sigqueue(3).
  void sent_value(unsigned offset) {
    number("si_int", int_at(offset));
    address("si_ptr", word_at(offset));
  }
  void code(int signo, int code);
  void child(int code);
  void fault(int signo, int code);
  void system_call();
  void band() {
    tape_.add({.width = static_cast<std::uint8_t>(word_),
               .is_signed = true,
               .number = word_at(0),
               .name = "si_band"});
    number("si_fd", int_at(word_), Notation::fd);
  }
  void from_user(int code);
  void from_kernel(int signo, int code);

 private:
  void ticks(std::string_view name, unsigned offset);

  Tape& tape_;
  Bytes bytes_;
  unsigned word_;
  unsigned base_;
};

void Info::code(int signo, int code) {
  const std::string_view name = code_name(signo, code);
  if (name.empty()) return plain("si_code", static_cast<std::uint32_t>(code), Notation::hex);
  word("si_code", name, static_cast<std::uint32_t>(code));
}

// Times in hundredths of a second, as times(2) counts them.
void Info::ticks(std::string_view name, unsigned offset) {
  const std::uint64_t value = word_at(offset);
  tape_.add({.notation = Notation::ticks,
             .width = static_cast<std::uint8_t>(word_),
             .number = value,
             .name = name});
}

void Info::child(int code) {
  sender();
  number("si_status", int_at(8), code == cld_exited ? Notation::dec : Notation::signo);
  const unsigned times = word_ == 8 ? 16 : 12;
  ticks("si_utime", times);
  ticks("si_stime", times + word_);
}

void Info::fault(int signo, int code) {
  address("si_addr", word_at(0));
  if (signo == sigbus && (code == bus_mceerr_ar || code == bus_mceerr_ar + 1)) {
    plain("si_addr_lsb", static_cast<std::uint16_t>(get(base_ + word_, 2)), Notation::hex);
  }
  if (signo == sigsegv && code == segv_bnderr) {
    address("si_lower", word_at(2 * word_));
    address("si_upper", word_at(3 * word_));
  }
  if (signo == sigsegv && code == segv_pkuerr) {
    plain("si_pkey", static_cast<std::uint32_t>(int_at(2 * word_)));
  }
}

void Info::system_call() {
  address("si_call_addr", word_at(0));
  const auto nr = static_cast<std::uint32_t>(int_at(word_));
  const auto arch = static_cast<std::uint32_t>(int_at(word_ + 4));
  const Abi abi = arch == 0xc000003e ? Abi::x86_64 : arch == 0xc00000b7 ? Abi::arm64 : Abi::i386;
  const catalog::Call* const call = catalog::find_call(catalog::tables(abi), nr);
  const std::string_view arch_name = architecture_name(arch);
  if (call != nullptr && !arch_name.empty()) {
    const std::string_view name = catalog::text(call->name);
    char text[64];
    const int size =
        std::snprintf(text, sizeof text, "__NR_%.*s", static_cast<int>(name.size()), name.data());
    const auto length = std::min<std::size_t>(static_cast<std::size_t>(size), sizeof text - 1);
    word("si_syscall", tape_.keep({text, length}), nr);
  } else {
    plain("si_syscall", nr);
  }
  if (arch_name.empty()) {
    plain("si_arch", arch, Notation::hex);
    tape_[tape_.size() - 1].comment = "AUDIT_ARCH_???";
    return;
  }
  word("si_arch", arch_name, arch);
}

void Info::from_user(int code) {
  switch (code) {
    case si_user:
    case si_tkill: return sender();
    case si_timer:
      number("si_timerid", int_at(0), Notation::hex);
      number("si_overrun", int_at(4));
      return sent_value(8);
    case si_sigio: return band();
    default:
      sender();
      if (code == si_queue || word_at(8) != 0) sent_value(8);
  }
}

void Info::from_kernel(int signo, int code) {
  switch (signo) {
    case sigchld: return child(code);
    case sigill:
    case sigtrap:
    case sigfpe:
    case sigsegv:
    case sigbus: return fault(signo, code);
    case sigpoll: return band();
    case sigsys: return system_call();
    default:
      if (word_at(0) != 0) sender();
      if (word_at(8) != 0) sent_value(8);
  }
}

}  // namespace

void add_siginfo(Tape& tape, Bytes bytes, unsigned word, std::string_view name) {
  const std::uint32_t at = tape.open({.kind = ValueKind::structure, .name = name});
  Info info(tape, bytes, word);
  const auto signo = static_cast<int>(info.get(0, 4));
  const auto error = static_cast<int>(info.get(4, 4));
  const auto code = static_cast<int>(info.get(8, 4));
  if (signo != 0) {
    info.number("si_signo", signo, Notation::signo);
    info.code(signo, code);
    if (error != 0 && error_name(error).empty()) {
      info.plain("si_errno", static_cast<std::uint32_t>(error));
    } else if (error != 0) {
      info.number("si_errno", error, Notation::error);
    }
    if (code <= 0) {
      info.from_user(code);
    } else {
      info.from_kernel(signo, code);
    }
  }
  tape.close(at);
}

DecodedSignal decode_signal(Bytes record, Tape& tape) {
  tape.clear();
  DecodedSignal decoded;
  decoded.record = event::as<sc_signal>(record);
  if (decoded.record == nullptr) return decoded;
  decoded.signo = static_cast<int>(decoded.record->signo);
  const Bytes info = record.subspan(sizeof(sc_signal));
  if (decoded.record->info_size < 12 || info.size() < decoded.record->info_size) return decoded;
  add_siginfo(tape, info.first(decoded.record->info_size), 8, {});
  decoded.has_info = true;
  return decoded;
}

}  // namespace syscope::decode
