// Types and calls in words.
#pragma once

#include <string>

#include "catalog/tables.h"
#include "explain/explain.h"

namespace syscope::explain {

// "flags of open_flags", "filled by the call: struct stat". For readers who know C.
[[nodiscard]] std::string type_in_words(const catalog::Tables& tables, catalog::Index type);

// Whether memory behind a pointer belongs to the type: such calls may fail with EFAULT.
[[nodiscard]] bool is_pointer(const catalog::Tables& tables, catalog::Index type);

[[nodiscard]] CallTopic call_topic(const catalog::Tables& tables, const catalog::Call& call);

}  // namespace syscope::explain
