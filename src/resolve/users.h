// Names of users, from /etc/passwd alone: a directory service that does not answer must not hold up
// an incident.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace syscope::resolve {

class Users {
 public:
  // passwd(5) is read at the first question. Unknown users get their number as the name.
  [[nodiscard]] const std::string& name(uid_t user);
  // The number as text.
  [[nodiscard]] const std::string& number(uid_t user);
  // By name or number; nothing when there is no such name.
  [[nodiscard]] std::optional<uid_t> find(std::string_view name_or_number);

 private:
  void load();
  bool loaded_ = false;
  std::unordered_map<uid_t, std::string> names_;
  std::unordered_map<uid_t, std::string> numbers_;
};

}  // namespace syscope::resolve
