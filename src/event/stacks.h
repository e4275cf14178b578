// The frames of an SC_STACK record.
#pragma once

#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope::event {

// One frame; the texts are raw and live as long as the record.
struct FrameView {
  const sc_frame* fixed = nullptr;
  std::string_view module;
  std::string_view function;
  std::string_view source;
};

// Goes through the frames; what does not fit into the record ends the walk.
class Frames {
 public:
  explicit Frames(Bytes stack_record);
  // Whether there were more frames than the record has.
  [[nodiscard]] bool more() const { return more_; }
  [[nodiscard]] std::optional<FrameView> next();

 private:
  Bytes rest_;
  std::uint32_t left_ = 0;
  bool more_ = false;
};

}  // namespace syscope::event
