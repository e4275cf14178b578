#include "app/verb_explain.h"

#include <getopt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "base/text_buffer.h"
#include "explain/explain.h"
#include "present/explanations/explanation.h"
#include "present/tables/terminal_text.h"

namespace syscope::app {
namespace {

constexpr const char* usage =
    "usage: syscope explain [--json] NAME...\n"
    "NAME: a system call, an error (EAGAIN), a signal (SIGPIPE), a constant (O_CLOEXEC), a request "
    "of\n"
    "ioctl (TIOCGWINSZ), or a number, which is looked up as a call, an error and a signal.\n";

constexpr std::size_t suggestions = 3;

// ioctl_tty(2); 100 columns where the output is no terminal.
std::size_t terminal_columns() {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0) return size.ws_col;
  return 100;
}

void complain_unknown(std::string_view name) {
  TextBuffer text;
  text.append("syscope explain: nothing is called '");
  present::append_harmless(text, name);
  text.append('\'');
  std::string_view separator = ": did you mean ";
  for (const std::string_view similar : explain::similar_names(name, suggestions)) {
    text.append(separator);
    text.append(similar);
    separator = ", ";
  }
  text.append(separator == ", " ? "?\n" : "\n");
  std::fwrite(text.view().data(), 1, text.size(), stderr);
}

}  // namespace

int verb_explain(std::span<char*> arguments) {
  static constexpr option long_options[] = {{"json", no_argument, nullptr, 'j'},
                                            {"help", no_argument, nullptr, 'h'},
                                            {nullptr, 0, nullptr, 0}};
  bool json = false;
  const int count = static_cast<int>(arguments.size());
  ::optind = 0;  // glibc's way to start anew
  for (int letter = 0;
       (letter = ::getopt_long(count, arguments.data(), "jh", long_options, nullptr)) != -1;) {
    switch (letter) {
      case 'j': json = true; break;
      case 'h': std::fputs(usage, stdout); return exit_ok;
      default: std::fputs(usage, stderr); return exit_usage;
    }
  }
  if (::optind == count) {
    std::fputs(usage, stderr);
    return exit_usage;
  }
  int status = exit_ok;
  TextBuffer text;
  for (int i = ::optind; i < count; ++i) {
    const std::string_view name = arguments[static_cast<std::size_t>(i)];
    const explain::Topics topics = explain::look_up(name);
    if (topics.empty()) {
      complain_unknown(name);
      status = exit_nothing_found;
      continue;
    }
    if (!json && !text.empty()) text.append('\n');
    if (json) {
      present::append_json(text, topics);
    } else {
      present::append_text(text, topics, terminal_columns());
    }
  }
  const bool written = std::fwrite(text.view().data(), 1, text.size(), stdout) == text.size() &&
                       std::fflush(stdout) == 0;
  if (!written) std::perror("syscope explain: cannot write");
  return written ? status : exit_usage;
}

}  // namespace syscope::app
