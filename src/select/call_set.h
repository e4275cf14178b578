// Sets of system calls, as the value of `-e trace=` and its like names them.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>

#include "abi/abi.h"
#include "base/result.h"
#include "capture/engine.h"

namespace syscope::select {

class CallSet {
 public:
  static constexpr std::uint32_t limit = capture::WantedCalls::limit;

  // Every number, those without a name too.
  [[nodiscard]] static CallSet all() { return CallSet{}.complement(); }

  void add(Abi abi, std::uint32_t nr) {
    if (nr < limit) bits_[index(abi)].set(nr);
  }
  // Every number below the limit.
  void add_all(Abi abi) { bits_[index(abi)].set(); }
  // Every number that no call has.
  void add_nameless();
  [[nodiscard]] bool has(Abi abi, std::uint32_t nr) const {
    return nr < limit ? bits_[index(abi)].test(nr) : beyond_;
  }
  [[nodiscard]] bool empty() const;
  [[nodiscard]] bool is_all() const;
  [[nodiscard]] CallSet complement() const;
  [[nodiscard]] capture::WantedCalls wanted() const;

 private:
  static std::size_t index(Abi abi) { return static_cast<std::size_t>(abi); }
  std::array<std::bitset<limit>, 4> bits_;
  bool beyond_ = false;  // whether numbers from `limit` on belong to it
};

// `[!]VALUE[,VALUE]...` or none: a name, a number, /REGEX (extended, regex(7)), %CLASS, all; with `?`
// in front of it a value may match nothing; with @64, @32 or @x32 behind it it means one ABI only.
// The calls are those of the ABIs of this machine. Errors: a value that names no call (what:
// "invalid system call 'x'"), a regular expression that does not compile.
[[nodiscard]] Result<CallSet> parse_calls(std::string_view text);

}  // namespace syscope::select
