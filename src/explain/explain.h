// What a call, an error, a signal or a constant is, in words: from the catalog alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace syscope::explain {

// "EAGAIN": "the descriptor is non-blocking and has no data".
struct Meaning {
  std::string_view name;
  std::string_view text;  // empty: only that the name exists
};

struct Argument {
  std::string_view name;
  std::string words;  // "a path", "flags of open_flags", "filled by the call: struct stat"
};

// One system call: the manual's section 2 in a few lines.
struct CallTopic {
  std::string_view name;
  std::string_view summary;
  std::string declaration;  // "ssize_t read(int fd, void *buf, size_t count)"
  std::vector<Argument> arguments;
  std::string result;
  std::string waits_for;                                            // empty: it does not wait
  std::vector<std::string_view> classes;                            // "desc", "file"
  std::vector<std::pair<std::string_view, std::uint32_t>> numbers;  // ABI and number
  std::vector<std::string_view> selected_by;  // arguments that choose a variant; empty: no variants
  std::size_t variants = 0;
  std::vector<Meaning> errors;  // those that the call's own arguments make likely first
};

// One error of errno(3).
struct ErrorTopic {
  std::string_view name;
  int number = 0;
  std::string_view message;  // strerror(3)
  std::string_view meaning;
  std::vector<Meaning> calls;  // what it means to single calls: name is the call's
};

// One signal of signal(7).
struct SignalTopic {
  std::string_view name;
  int number = 0;
  std::string_view meaning;
};

// One named constant, in one of the sets that hold it.
struct ConstantTopic {
  std::string_view name;
  std::string_view set;
  std::uint64_t value = 0;
  bool is_flag = false;
  std::string_view meaning;
  std::vector<std::string>
      used_by;  // "openat(flags)"; requests of ioctl: "ioctl: in struct termios"
};

// Everything that has the name; more than one where the name is ambiguous ("read", "11").
struct Topics {
  std::vector<CallTopic> calls;
  std::vector<ErrorTopic> errors;
  std::vector<SignalTopic> signals;
  std::vector<ConstantTopic> constants;
  [[nodiscard]] bool empty() const {
    return calls.empty() && errors.empty() && signals.empty() && constants.empty();
  }
};

// `word`: the name of a call, of an error or signal (in any case of letters), of a constant (to the
// letter), or a decimal number, which is looked up as all of the first three.
[[nodiscard]] Topics look_up(std::string_view word);

// What `error` means to `call`, or in general; empty if nobody has said. For a line below a failed
// call.
[[nodiscard]] std::string_view failure_words(std::string_view call, std::string_view error);

// Names that the person may have meant, best first, at most `most`.
[[nodiscard]] std::vector<std::string_view> similar_names(std::string_view word, std::size_t most);

}  // namespace syscope::explain
