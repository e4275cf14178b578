// The answer of `why` as text, as JSON and as a picture for dot(1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "diagnose/chain.h"
#include "diagnose/finding.h"

namespace syscope::present {

// `raw` as append_harmless() writes it.
[[nodiscard]] std::string harmless(std::string_view raw);

struct WaitTreeStyle {
  bool evidence = false;  // a line under each step for everything that was read
};

// The tree, then the verdict's sentences. Lines end in a line feed; whatever came from other processes
// is made harmless.
[[nodiscard]] std::string wait_tree_text(const diagnose::Diagnosis& diagnosis,
                                         const WaitTreeStyle& style);

// One JSON object on one line, with the same tree.
[[nodiscard]] std::string wait_tree_json(const diagnose::Diagnosis& diagnosis);

// A directed graph in the language of graphviz: threads are boxes, resources ellipses.
[[nodiscard]] std::string wait_tree_dot(const diagnose::Diagnosis& diagnosis);

// The list of `why -a`: blocked threads under their culprits.
[[nodiscard]] std::string blocked_text(const std::vector<diagnose::BlockedThread>& blocked);
// One object on a line for each blocked thread.
[[nodiscard]] std::string blocked_json(const std::vector<diagnose::BlockedThread>& blocked);

}  // namespace syscope::present
