#include "event/stacks.h"

#include "event/view.h"

namespace syscope::event {

Frames::Frames(Bytes stack_record) {
  const auto* const stack = as<sc_stack>(stack_record);
  if (stack == nullptr) return;
  rest_ = stack_record.subspan(sizeof *stack);
  left_ = stack->frames;
  more_ = stack->more != 0;
}

std::optional<FrameView> Frames::next() {
  const auto* const fixed = as<sc_frame>(rest_);
  if (left_ == 0 || fixed == nullptr) return std::nullopt;
  const std::size_t module = fixed->module_size;
  const std::size_t function = fixed->function_size;
  const std::size_t source = fixed->source_size;
  const std::size_t padded = (module + function + source + 7) & ~std::size_t{7};
  const Bytes texts = rest_.subspan(sizeof *fixed);
  if (padded > texts.size()) return std::nullopt;
  --left_;
  rest_ = texts.subspan(padded);
  return FrameView{fixed, as_chars(texts.first(module)), as_chars(texts.subspan(module, function)),
                   as_chars(texts.subspan(module + function, source))};
}

}  // namespace syscope::event
