#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/auxv.h>

#include <cstdio>
#include <span>
#include <string_view>
#include <vector>

#include "app/trace_errors.h"
#include "app/verb.h"
#include "app/verb_doctor.h"
#include "app/verb_explain.h"
#include "app/verb_files.h"
#include "app/verb_find.h"
#include "app/verb_trace.h"
#include "app/verb_why.h"
#include "base/similar_words.h"

namespace syscope::app {
namespace {

struct Verb {
  std::string_view name;
  std::string_view summary;
  VerbFunction* run;
};

int help(std::span<char*>);

constexpr Verb verbs[] = {
    {"trace", "what processes do: their system calls, as strace shows them", verb_trace},
    {"explain", "a call, an error, a signal or a constant, in a few lines", verb_explain},
    {"files", "what is open, and who is at the other end", verb_files},
    {"find", "processes whose full command line matches", verb_find},
    {"why", "what a process waits for, and whose fault it is", verb_why},
    {"doctor", "which engine works here, and what the other lacks", verb_doctor},
    {"help", "this list", help},
};

int help(std::span<char*>) {
  std::puts("usage: syscope VERB [OPTION...] [ARGUMENT...]\n");
  for (const Verb& verb : verbs) {
    std::printf("  %-9.*s %.*s\n", static_cast<int>(verb.name.size()), verb.name.data(),
                static_cast<int>(verb.summary.size()), verb.summary.data());
  }
  return exit_ok;
}

int refuse_verb(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Verb& verb : verbs) names.push_back(verb.name);
  const std::string_view meant = most_similar(name, names);
  complain("syscope",
           fmt::format("no verb '{}': {}", name,
                       meant.empty() ? fmt::format("there are {}", fmt::join(names, ", "))
                                     : fmt::format("did you mean {}?", meant)));
  return exit_usage;
}

// Linked or called as strace, the program is strace.
bool is_called(std::string_view name, const char* program) {
  const std::string_view path = program;
  return path.substr(path.rfind('/') + 1) == name;
}

int run(std::span<char*> arguments) {
  if (!arguments.empty() && is_called("strace", arguments[0])) return verb_strace(arguments);
  if (arguments.size() < 2) {
    help(arguments);
    return exit_usage;
  }
  std::string_view name = arguments[1];
  if (name == "--help" || name == "-h") name = "help";
  for (const Verb& verb : verbs) {
    if (verb.name == name) return verb.run(arguments.subspan(1));
  }
  return refuse_verb(name);
}

}  // namespace
}  // namespace syscope::app

// Whoever executes a program may leave out its name: then it has that of its file. getauxval(3)
int main(int argc, char** argv) {
  char* const file = reinterpret_cast<char*>(::getauxval(AT_EXECFN));
  char* only_file[] = {file, nullptr};
  if (file != nullptr && argc == 0) return syscope::app::run({only_file, 1});
  if (file != nullptr && argv[0][0] == '\0') argv[0] = file;
  return syscope::app::run({argv, static_cast<std::size_t>(argc)});
}
