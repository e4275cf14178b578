#include "abi/names.h"

#include <strings.h>

#include <array>
#include <cstring>

namespace syscope {
namespace {

struct KernelError {
  int number;
  std::string_view name;
  std::string_view message;
};

// include/linux/errno.h: numbers that no program sees unless something goes wrong.
constexpr KernelError kernel_errors[] = {
    {512, "ERESTARTSYS", "To be restarted if SA_RESTART is set"},
    {513, "ERESTARTNOINTR", "To be restarted"},
    {514, "ERESTARTNOHAND", "To be restarted if no handler"},
    {515, "ENOIOCTLCMD", ""},
    {516, "ERESTART_RESTARTBLOCK", "Interrupted by signal"},
    {517, "EPROBE_DEFER", ""},
    {518, "EOPENSTALE", ""},
    {519, "ENOPARAM", ""},
    {521, "EBADHANDLE", ""},
    {522, "ENOTSYNC", ""},
    {523, "EBADCOOKIE", ""},
    {524, "ENOTSUPP", ""},
    {525, "ETOOSMALL", ""},
    {526, "ESERVERFAULT", ""},
    {527, "EBADTYPE", ""},
    {528, "EJUKEBOX", ""},
    {529, "EIOCBQUEUED", ""},
    {530, "ERECALLCONFLICT", ""},
};

const KernelError* kernel_error(int number) {
  for (const KernelError& error : kernel_errors) {
    if (error.number == number) return &error;
  }
  return nullptr;
}

constexpr std::array<std::string_view, signal_count> signal_names = {
    "",         "SIGHUP",   "SIGINT",    "SIGQUIT",  "SIGILL",   "SIGTRAP",   "SIGABRT",
    "SIGBUS",   "SIGFPE",   "SIGKILL",   "SIGUSR1",  "SIGSEGV",  "SIGUSR2",   "SIGPIPE",
    "SIGALRM",  "SIGTERM",  "SIGSTKFLT", "SIGCHLD",  "SIGCONT",  "SIGSTOP",   "SIGTSTP",
    "SIGTTIN",  "SIGTTOU",  "SIGURG",    "SIGXCPU",  "SIGXFSZ",  "SIGVTALRM", "SIGPROF",
    "SIGWINCH", "SIGIO",    "SIGPWR",    "SIGSYS",   "SIGRTMIN", "SIGRT_1",   "SIGRT_2",
    "SIGRT_3",  "SIGRT_4",  "SIGRT_5",   "SIGRT_6",  "SIGRT_7",  "SIGRT_8",   "SIGRT_9",
    "SIGRT_10", "SIGRT_11", "SIGRT_12",  "SIGRT_13", "SIGRT_14", "SIGRT_15",  "SIGRT_16",
    "SIGRT_17", "SIGRT_18", "SIGRT_19",  "SIGRT_20", "SIGRT_21", "SIGRT_22",  "SIGRT_23",
    "SIGRT_24", "SIGRT_25", "SIGRT_26",  "SIGRT_27", "SIGRT_28", "SIGRT_29",  "SIGRT_30",
    "SIGRT_31", "SIGRT_32",
};

bool same_letters(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || strncasecmp(a.data(), b.data(), a.size()) == 0);
}

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view{} : text; }

}  // namespace

std::string_view error_name(int number) {
  if (const KernelError* error = kernel_error(number)) return error->name;
  return number > 0 ? or_empty(strerrorname_np(number)) : std::string_view{};
}

std::string_view error_message(int number) {
  if (const KernelError* error = kernel_error(number)) return error->message;
  return number > 0 ? or_empty(strerrordesc_np(number)) : std::string_view{};
}

std::optional<int> error_number(std::string_view name) {
  for (int number = 1; number <= 530; ++number) {
    if (same_letters(error_name(number), name) && !name.empty()) return number;
  }
  return std::nullopt;
}

std::string_view signal_name(int number) {
  return number > 0 && number < signal_count ? signal_names[static_cast<std::size_t>(number)]
                                             : std::string_view{};
}

std::optional<int> signal_number(std::string_view name) {
  for (int number = 1; number < signal_count; ++number) {
    const std::string_view full = signal_name(number);
    if (same_letters(full, name) || same_letters(full.substr(3), name)) return number;
  }
  return std::nullopt;
}

}  // namespace syscope
