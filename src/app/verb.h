// The verbs of the program. Each lives in a file of its own, verb_NAME.cc, and has one line in
// main.cc.
#pragma once

#include <span>

namespace syscope::app {

// Exit status of every verb but `trace COMMAND`, which takes over the command's.
enum ExitStatus : int {
  exit_ok = 0,
  exit_nothing_found = 1,
  exit_usage = 2,
  exit_not_permitted = 3,
  exit_incomplete = 4,  // records were lost; with a command, if that ended with 0
};

// `arguments[0]` is the name of the verb, as in main(); the array behind it ends with a null
// pointer, as getopt_long(3) wants it. Answers go to stdout, notes and errors to stderr.
using VerbFunction = int(std::span<char*> arguments);

}  // namespace syscope::app
