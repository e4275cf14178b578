// Names of error numbers and signals, the same on every ABI that Syscope knows.
#pragma once

#include <optional>
#include <string_view>

namespace syscope {

// "ENOENT"; empty if no error has this number. Knows the kernel's own numbers from 512 on, too,
// which only a tracer ever sees. errno(3).
[[nodiscard]] std::string_view error_name(int number);
// "No such file or directory", never translated; empty if there is none. strerror(3).
[[nodiscard]] std::string_view error_message(int number);
// The number of "ENOENT", in any case of letters.
[[nodiscard]] std::optional<int> error_number(std::string_view name);

// Whether a result says that the kernel will restart the call: ERESTARTSYS and its like.
[[nodiscard]] constexpr bool is_restart_error(int number) {
  return (number >= 512 && number <= 514) || number == 516;
}

inline constexpr int signal_count = 65;  // signals are 1 to 64

// "SIGINT", "SIGRTMIN", "SIGRT_1"; empty if it is no signal. The kernel's first real-time signal is
// SIGRTMIN here, not the C library's. signal(7).
[[nodiscard]] std::string_view signal_name(int number);
// The number of "SIGINT", "int" or "RT_1"; not of digits.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

}  // namespace syscope
