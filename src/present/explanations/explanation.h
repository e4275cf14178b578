// What `explain` found, for people and for programs.
#pragma once

#include "base/text_buffer.h"
#include "explain/explain.h"

namespace syscope::present {

// A few lines for each topic, a blank line between topics. Wrapped at `columns` characters.
void append_text(TextBuffer& text, const explain::Topics& topics, std::size_t columns);

// One JSON object per topic and line, with its `kind`: call, error, signal or constant.
void append_json(TextBuffer& text, const explain::Topics& topics);

}  // namespace syscope::present
