#include "diagnose/native_stack.h"

#include <fmt/format.h>

#include <algorithm>

#include "diagnose/python_stack.h"

namespace syscope::diagnose {
namespace {

namespace proc = capture::proc;

std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// "read+0xd (libc.so.6) read.c:26".
Node native_node(const symbolize::Frame& frame) {
  Node node;
  node.kind = Node::Kind::frame;
  node.certainty = frame.certain ? Certainty::certain : Certainty::likely;
  if (!frame.function.empty()) {
    node.text = fmt::format("{}+{:#x} ({})", frame.function, frame.offset, file_name(frame.module));
  } else if (!frame.module.empty()) {
    node.text = fmt::format("{}+{:#x}", file_name(frame.module), frame.module_offset);
  } else {
    node.text = fmt::format("{:#x}", frame.pc);
  }
  if (frame.line != 0) node.text += fmt::format(" {}:{}", file_name(frame.source), frame.line);
  return node;
}

bool runs_python(const symbolize::Frame& frame) {
  return frame.function.starts_with("_PyEval_EvalFrameDefault");
}

bool is_interpreter(const symbolize::Frame& frame) {
  const std::string_view file = file_name(frame.module);
  return file.starts_with("python3.") || file.starts_with("libpython3.");
}

Node python_node(const PythonFrame& frame) {
  Node node;
  node.kind = Node::Kind::frame;
  node.text = frame.text;
  return node;
}

}  // namespace

Stacks::Native Stacks::native(const ThreadState& thread) {
  if (thread.info.is_kernel_thread()) return {};
  if (thread.compat) return {{}, "native frames of 32-bit code are not known"};
  const ThreadId id = thread.id;
  const auto before = proc::read_in_flight_call(scene_.root(), id.pid, id.tid);
  if (!before || before->state == proc::InFlightCall::State::running) return {};
  auto process = processes_.find(id.pid);
  if (process == processes_.end()) {
    process = processes_.emplace(id.pid, symbolize::Process::open(scene_.root(), id.pid)).first;
  }
  if (!process->second) return {{}, "native frames: " + process->second.error().text()};
  symbolize::Limits limits;
  limits.deadline = scene_.deadline();
  auto stack = process->second->stack(
      id.tid, {before->instruction_pointer, before->stack_pointer, {}, {}}, limits);
  const auto after = proc::read_in_flight_call(scene_.root(), id.pid, id.tid);
  if (!after || after->state != before->state || after->number != before->number ||
      after->args != before->args || after->stack_pointer != before->stack_pointer ||
      after->instruction_pointer != before->instruction_pointer) {
    return {{}, "native frames: it went on while they were read"};
  }
  return {std::move(stack.frames), std::move(stack.cut)};
}

std::vector<Node> Stacks::frames(const ThreadState& thread) {
  std::vector<Node> nodes;
  const Native native = this->native(thread);
  const auto [lines, python_problem] = python_stack(thread.id, scene_);
  std::size_t at = 0;
  const bool shows_calls = std::ranges::any_of(native.frames, runs_python);
  for (const symbolize::Frame& frame : native.frames) {
    // An interpreter without names: its lines stand where its code begins.
    if (!shows_calls && is_interpreter(frame)) {
      for (; at < lines.size(); ++at) nodes.push_back(python_node(lines[at]));
    }
    nodes.push_back(native_node(frame));
    // One call of this function runs all lines up to the one that it was entered with.
    if (!runs_python(frame)) continue;
    bool entered = false;
    for (; at < lines.size() && !entered; ++at) {
      nodes.push_back(python_node(lines[at]));
      entered = lines[at].is_entry;
    }
  }
  for (const std::string& problem : {python_problem, native.problem}) {
    if (problem.empty()) continue;
    Node note;
    note.text = problem;
    nodes.push_back(std::move(note));
  }
  for (; at < lines.size(); ++at) nodes.push_back(python_node(lines[at]));
  return nodes;
}

}  // namespace syscope::diagnose
