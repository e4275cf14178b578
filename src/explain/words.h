// Types and calls in words.
#pragma once

#include <string>
#include <vector>

#include "catalog/tables.h"
#include "explain/explain.h"

namespace syscope::explain {

// "flags of open_flags", "filled by the call: struct stat". For readers who know C.
[[nodiscard]] std::string type_in_words(const catalog::Tables& tables, catalog::Index type);

// Whether memory behind a pointer belongs to the type: such calls may fail with EFAULT.
[[nodiscard]] bool is_pointer(const catalog::Tables& tables, catalog::Index type);

// Of a type that depends on other arguments, the alternative that stands for it: the only one that
// is more than an address, else the type itself. Other types stand for themselves.
[[nodiscard]] catalog::Index known_alternative(const catalog::Tables& tables, catalog::Index type);

// The parameters that a caller passes, in order: without other forms of the same one, and without
// what the call makes of it.
[[nodiscard]] std::vector<catalog::Param> own_parameters(const catalog::Tables& tables,
                                                         const catalog::Prototype& prototype);

// "ssize_t read(int fd, void *buf, size_t count)": as C has it, as far as the catalog tells.
[[nodiscard]] std::string declaration(const catalog::Tables& tables, const catalog::Call& call);

[[nodiscard]] CallTopic call_topic(const catalog::Tables& tables, const catalog::Call& call);

}  // namespace syscope::explain
