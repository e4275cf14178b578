#include "present/wait_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text_buffer.h"
#include "present/tables/json_line.h"
#include "present/tables/terminal_text.h"

namespace syscope::present {

std::string harmless(std::string_view raw) {
  TextBuffer text;
  append_harmless(text, raw);
  return std::string(text.view());
}

namespace {

using diagnose::Certainty;
using diagnose::Node;

// "python3 812", "python3 812, thread 815".
std::string who_text(const diagnose::ThreadId& who, std::string_view comm) {
  std::string text = fmt::format("{} {}", harmless(comm), who.pid);
  if (who.tid != 0 && who.tid != who.pid) text += fmt::format(", thread {}", who.tid);
  return text;
}

std::string line_of(const Node& node) {
  const bool has_name = node.kind == Node::Kind::process || node.kind == Node::Kind::thread;
  std::string line;
  if (has_name) {
    line = who_text(node.who, node.comm);
    if (!node.role.empty()) line += fmt::format(" {}", harmless(node.role));
    if (!node.text.empty()) line += node.role.empty() ? " " : ": ";
  }
  if (node.kind == Node::Kind::frame) line += "at ";
  line += harmless(node.text);
  const bool in_doubt = node.certainty != Certainty::certain &&
                        (node.kind == Node::Kind::resource ||
                         node.kind == Node::Kind::frame || node.closes_cycle);
  if (in_doubt) line += fmt::format(" [{}]", diagnose::name(node.certainty));
  return line;
}

void append_tree(const Node& node, unsigned depth, const WaitTreeStyle& style, std::string& out) {
  const std::string indent(depth == 0 ? 0 : 4 * depth - 3, ' ');
  out += indent;
  if (depth > 0) out += "`- ";
  out += line_of(node) + "\n";
  if (style.evidence) {
    for (const diagnose::Evidence& evidence : node.evidence) {
      out += fmt::format("{}   # {}: {}\n", indent, harmless(evidence.source),
                         harmless(evidence.value));
    }
  }
  for (const Node& child : node.children) append_tree(child, depth + 1, style, out);
}

std::string_view kind_name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::process: return "process";
    case Node::Kind::thread: return "thread";
    case Node::Kind::resource: return "resource";
    case Node::Kind::statement: return "statement";
    case Node::Kind::frame: return "frame";
    case Node::Kind::note: return "note";
  }
  return "note";
}

void write_who(JsonLine& json, const diagnose::ThreadId& who, std::string_view comm) {
  json.field("pid", static_cast<std::uint64_t>(who.pid));
  if (who.tid != 0) json.field("tid", static_cast<std::uint64_t>(who.tid));
  json.field("comm", comm);
}

void write_seconds(JsonLine& json, double seconds) {
  json.key("seconds");
  json.literal(fmt::format("{:.3f}", seconds));
}

// Nothing at all for an empty range.
template <class Range, class Write>
void write_list(JsonLine& json, std::string_view name, const Range& range, Write write) {
  if (std::empty(range)) return;
  json.key(name);
  json.open_array();
  for (const auto& element : range) write(element);
  json.close_array();
}

void write_node(JsonLine& json, const Node& node) {
  json.open_object();
  json.field("kind", kind_name(node.kind));
  if (node.who.pid != 0) write_who(json, node.who, node.comm);
  if (!node.role.empty()) json.field("role", node.role);
  json.field("text", node.text);
  if (!node.rule.empty()) json.field("rule", node.rule);
  if (node.kind != Node::Kind::note) {
    json.field("standing", diagnose::name(node.standing));
    json.field("certainty", diagnose::name(node.certainty));
  }
  if (node.seconds) write_seconds(json, *node.seconds);
  if (node.closes_cycle) {
    json.key("closes_cycle");
    json.boolean(true);
  }
  write_list(json, "evidence", node.evidence, [&](const diagnose::Evidence& evidence) {
    json.open_object();
    json.field("source", evidence.source);
    json.field("value", evidence.value);
    json.close_object();
  });
  write_list(json, "children", node.children, [&](const Node& child) { write_node(json, child); });
  json.close_object();
}

void write_culprits(JsonLine& json, const std::vector<diagnose::Culprit>& culprits) {
  write_list(json, "culprits", culprits, [&](const diagnose::Culprit& culprit) {
    json.open_object();
    write_who(json, culprit.who, culprit.comm);
    json.close_object();
  });
}

std::string dot_string(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// Threads are named by their ids, so that an edge that closes a circle meets the box it started from.
std::string dot_name(const Node& node, unsigned& count) {
  if (node.kind == Node::Kind::thread) return fmt::format("t{}_{}", node.who.pid, node.who.tid);
  return fmt::format("n{}", ++count);
}

std::string_view dot_shape(Node::Kind kind) {
  if (kind == Node::Kind::resource) return "ellipse";
  return kind == Node::Kind::note ? "plaintext" : "box";
}

void append_dot(const Node& node, const std::string& parent, unsigned& count, std::string& out) {
  const std::string name = dot_name(node, count);
  if (!node.closes_cycle) {
    fmt::format_to(std::back_inserter(out), "  {} [label={}, shape={}];\n", name,
                   dot_string(line_of(node)), dot_shape(node.kind));
  }
  if (!parent.empty()) {
    fmt::format_to(std::back_inserter(out), "  {} -> {}{};\n", parent, name,
                   node.closes_cycle ? " [color=red]" : "");
  }
  for (const Node& child : node.children) append_dot(child, name, count, out);
}

}  // namespace

std::string wait_tree_text(const diagnose::Diagnosis& diagnosis, const WaitTreeStyle& style) {
  std::string out;
  append_tree(diagnosis.root, 0, style, out);
  for (const std::string& sentence : diagnosis.verdict) out += harmless(sentence) + "\n";
  return out;
}

std::string wait_tree_json(const diagnose::Diagnosis& diagnosis) {
  TextBuffer text;
  JsonLine json(text);
  json.open_object();
  json.field("schema", "syscope.why/1");
  write_who(json, diagnosis.root.who, diagnosis.root.comm);
  json.field("standing", diagnose::name(diagnosis.standing));
  write_culprits(json, diagnosis.culprits);
  write_list(json, "deadlocks", diagnosis.deadlocks,
             [&](const std::vector<diagnose::ThreadId>& members) {
               json.open_array();
               for (const diagnose::ThreadId& who : members) {
                 json.open_object();
                 json.field("pid", static_cast<std::uint64_t>(who.pid));
                 json.field("tid", static_cast<std::uint64_t>(who.tid));
                 json.close_object();
               }
               json.close_array();
             });
  write_list(json, "verdict", diagnosis.verdict,
             [&](const std::string& sentence) { json.string(sentence); });
  if (diagnosis.out_of_time) {
    json.key("out_of_time");
    json.boolean(true);
  }
  json.key("tree");
  write_node(json, diagnosis.root);
  json.close_object();
  json.end_line();
  return std::string(text.view());
}

std::string wait_tree_dot(const diagnose::Diagnosis& diagnosis) {
  std::string out = "digraph why {\n";
  unsigned count = 0;
  append_dot(diagnosis.root, {}, count, out);
  return out + "}\n";
}

std::string blocked_text(const std::vector<diagnose::BlockedThread>& blocked) {
  // Culprits in the order of the longest wait that each is the end of.
  std::vector<std::pair<std::string, std::vector<const diagnose::BlockedThread*>>> groups;
  for (const diagnose::BlockedThread& each : blocked) {
    const std::string culprit =
        each.culprits.empty() ? "nobody in particular"
                              : who_text(each.culprits.front().who, each.culprits.front().comm);
    auto group = std::ranges::find_if(groups, [&](const auto& entry) { return entry.first == culprit; });
    if (group == groups.end()) group = groups.insert(groups.end(), {culprit, {}});
    group->second.push_back(&each);
  }
  std::string out;
  for (const auto& [culprit, waiters] : groups) {
    out += culprit + "\n";
    for (const diagnose::BlockedThread* each : waiters) {
      out += fmt::format(" `- {}: {:.1f} s: {}\n", who_text(each->who, each->comm), each->seconds,
                         harmless(each->resource));
    }
  }
  return out;
}

std::string blocked_json(const std::vector<diagnose::BlockedThread>& blocked) {
  TextBuffer text;
  JsonLine json(text);
  for (const diagnose::BlockedThread& each : blocked) {
    json.open_object();
    json.field("schema", "syscope.why.blocked/1");
    write_who(json, each.who, each.comm);
    write_seconds(json, each.seconds);
    json.field("resource", each.resource);
    write_culprits(json, each.culprits);
    json.close_object();
    json.end_line();
  }
  return std::string(text.view());
}

}  // namespace syscope::present
