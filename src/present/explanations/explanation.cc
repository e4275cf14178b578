#include "present/explanations/explanation.h"

#include <algorithm>
#include <string>

#include "present/tables/json_line.h"

namespace syscope::present {
namespace {

using explain::CallTopic;
using explain::ConstantTopic;
using explain::ErrorTopic;
using explain::SignalTopic;
using explain::Topics;

// Where the second column of a topic starts.
constexpr std::size_t indent = 12;

// Writes text word by word and breaks lines between words, below the second column.
class Paragraph {
 public:
  Paragraph(TextBuffer& text, std::size_t columns, std::size_t left)
      : text_(text), columns_(std::max<std::size_t>(columns, 40)), left_(left), at_(left) {}

  void add(std::string_view words) {
    while (!words.empty()) {
      const std::size_t space = std::min(words.find(' '), words.size());
      add_whole(words.substr(0, space));
      words.remove_prefix(std::min(space + 1, words.size()));
    }
  }
  void add_whole(std::string_view word) {
    if (!first_ && at_ + 1 + word.size() > columns_) {
      text_.append('\n');
      text_.append_repeated(' ', left_);
      at_ = left_;
    } else if (!first_) {
      text_.append(' ');
      ++at_;
    }
    text_.append(word);
    at_ += word.size();
    first_ = false;
  }
  void end() { text_.append('\n'); }

 private:
  TextBuffer& text_;
  std::size_t columns_;
  std::size_t left_;
  std::size_t at_;
  bool first_ = true;
};

// "  label      words...", wrapped.
void row(TextBuffer& text, std::string_view label, std::string_view words, std::size_t columns,
         std::size_t left = indent) {
  text.append("  ");
  text.append(label);
  text.append_repeated(' ', label.size() + 3 > left ? 1 : left - label.size() - 2);
  Paragraph paragraph(text, columns, left);
  paragraph.add(words);
  paragraph.end();
}

std::size_t widest(const std::vector<explain::Meaning>& meanings) {
  std::size_t widest = 0;
  for (const auto& meaning : meanings) widest = std::max(widest, meaning.name.size());
  return std::max(indent, widest + 4);
}

void meanings(TextBuffer& text, std::string_view title, const std::vector<explain::Meaning>& list,
              std::size_t columns) {
  if (list.empty()) return;
  text.append(title);
  text.append('\n');
  for (const auto& meaning : list) row(text, meaning.name, meaning.text, columns, widest(list));
}

std::string joined(const std::vector<std::string_view>& words, std::string_view prefix) {
  std::string text;
  for (const std::string_view word : words) {
    if (!text.empty()) text += ' ';
    text.append(prefix).append(word);
  }
  return text;
}

// Lines are broken between parameters only.
void write_declaration(TextBuffer& text, std::string_view declaration, std::size_t columns) {
  Paragraph paragraph(text, columns, 6);
  while (!declaration.empty()) {
    const std::size_t comma = declaration.find(',');
    paragraph.add_whole(declaration.substr(0, comma == declaration.npos ? comma : comma + 1));
    declaration.remove_prefix(
        std::min(comma == declaration.npos ? comma : comma + 2, declaration.size()));
  }
  paragraph.end();
}

void write(TextBuffer& text, const CallTopic& topic, std::size_t columns) {
  text.append(topic.name);
  if (!topic.summary.empty()) {
    text.append(": ");
    text.append(topic.summary);
  }
  text.append("\n  ");
  write_declaration(text, topic.declaration, columns);
  for (const auto& argument : topic.arguments)
    row(text, argument.name, argument.words, columns, 14);
  row(text, "returns", topic.result, columns, 14);
  if (!topic.waits_for.empty()) row(text, "waits for", topic.waits_for, columns, 14);
  if (topic.variants != 0) {
    row(text, "variants",
        std::to_string(topic.variants) + ", chosen by " + joined(topic.selected_by, "") +
            "; explain a value of it to see one",
        columns, 14);
  }
  if (!topic.classes.empty()) row(text, "class", joined(topic.classes, "%"), columns, 14);
  std::string numbers;
  for (const auto& [abi, number] : topic.numbers) {
    numbers +=
        (numbers.empty() ? "" : ", ") + std::to_string(number) + " (" + std::string(abi) + ")";
  }
  row(text, "number", numbers, columns, 14);
  meanings(text, "Errors:", topic.errors, columns);
}

void write(TextBuffer& text, const ErrorTopic& topic, std::size_t columns) {
  text.append(topic.name);
  text.append(" = ");
  text.append_signed(topic.number);
  text.append(": ");
  text.append(topic.message);
  text.append('\n');
  if (!topic.meaning.empty()) row(text, "means", topic.meaning, columns);
  meanings(text, "To single calls:", topic.calls, columns);
}

void write(TextBuffer& text, const SignalTopic& topic, std::size_t columns) {
  text.append(topic.name);
  text.append(" = ");
  text.append_signed(topic.number);
  text.append(", a signal\n");
  if (!topic.meaning.empty()) row(text, "means", topic.meaning, columns);
}

void write(TextBuffer& text, const ConstantTopic& topic, std::size_t columns) {
  text.append(topic.name);
  text.append(" = ");
  text.append_hex(topic.value);
  if (topic.value > 9) {
    text.append(" (");
    text.append_decimal(topic.value);
    if (topic.is_flag) {
      text.append(", ");
      text.append_octal(topic.value);
    }
    text.append(')');
  }
  text.append(topic.is_flag ? ", a flag of " : ", one of ");
  text.append(topic.set);
  text.append('\n');
  if (!topic.meaning.empty()) row(text, "means", topic.meaning, columns);
  for (std::size_t i = 0; i < topic.used_by.size(); ++i)
    row(text, i == 0 ? "used by" : "", topic.used_by[i], columns);
}

void write_meanings(JsonLine& json, std::string_view key,
                    const std::vector<explain::Meaning>& list) {
  json.key(key);
  json.open_object();
  for (const auto& meaning : list) json.field(meaning.name, meaning.text);
  json.close_object();
}

void write(JsonLine& json, const CallTopic& topic) {
  json.field("kind", "call");
  json.field("name", topic.name);
  json.field("summary", topic.summary);
  json.field("declaration", topic.declaration);
  json.key("arguments");
  json.open_array();
  for (const auto& argument : topic.arguments) {
    json.open_object();
    json.field("name", argument.name);
    json.field("is", argument.words);
    json.close_object();
  }
  json.close_array();
  json.field("returns", topic.result);
  if (!topic.waits_for.empty()) json.field("waits_for", topic.waits_for);
  json.key("classes");
  json.open_array();
  for (const std::string_view name : topic.classes) json.string(name);
  json.close_array();
  json.key("numbers");
  json.open_object();
  for (const auto& [abi, number] : topic.numbers) json.field(abi, std::uint64_t{number});
  json.close_object();
  write_meanings(json, "errors", topic.errors);
}

void write(JsonLine& json, const ErrorTopic& topic) {
  json.field("kind", "error");
  json.field("name", topic.name);
  json.field("number", static_cast<std::uint64_t>(topic.number));
  json.field("message", topic.message);
  json.field("meaning", topic.meaning);
  write_meanings(json, "calls", topic.calls);
}

void write(JsonLine& json, const SignalTopic& topic) {
  json.field("kind", "signal");
  json.field("name", topic.name);
  json.field("number", static_cast<std::uint64_t>(topic.number));
  json.field("meaning", topic.meaning);
}

void write(JsonLine& json, const ConstantTopic& topic) {
  json.field("kind", "constant");
  json.field("name", topic.name);
  json.field("set", topic.set);
  json.field("value", topic.value);
  json.field("meaning", topic.meaning);
  json.key("used_by");
  json.open_array();
  for (const std::string& user : topic.used_by) json.string(user);
  json.close_array();
}

// Calls `visit` with every topic.
template <class Visit>
void each(const Topics& topics, Visit visit) {
  for (const auto& topic : topics.calls) visit(topic);
  for (const auto& topic : topics.errors) visit(topic);
  for (const auto& topic : topics.signals) visit(topic);
  for (const auto& topic : topics.constants) visit(topic);
}

}  // namespace

void append_text(TextBuffer& text, const Topics& topics, std::size_t columns) {
  bool first = true;
  each(topics, [&](const auto& topic) {
    if (!first) text.append('\n');
    first = false;
    write(text, topic, columns);
  });
}

void append_json(TextBuffer& text, const Topics& topics) {
  each(topics, [&](const auto& topic) {
    JsonLine json(text);
    json.open_object();
    write(json, topic);
    json.close_object();
    json.end_line();
  });
}

}  // namespace syscope::present
