// The functions and the lines of Python that a waiting thread is in, as frames of the tree.
#pragma once

#include <map>
#include <vector>

#include "diagnose/finding.h"
#include "diagnose/scene.h"
#include "symbolize/stack.h"

namespace syscope::diagnose {

class Stacks {
 public:
  explicit Stacks(Scene& scene) : scene_(scene) {}

  // The innermost first. Lines of Python stand in the place of the interpreter's function that runs
  // them. Where frames are missing, a note says why. Nothing is stopped: a thread that went on
  // while it was read has no native frames.
  [[nodiscard]] std::vector<Node> frames(const ThreadState& thread);

 private:
  struct Native {
    std::vector<symbolize::Frame> frames;
    std::string problem;
  };
  Native native(const ThreadState& thread);

  Scene& scene_;
  std::map<pid_t, Result<symbolize::Process>> processes_;
};

}  // namespace syscope::diagnose
