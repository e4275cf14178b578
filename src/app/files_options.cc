#include "app/files_options.h"

#include <getopt.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace syscope::app {
namespace {

enum LongOption {
  option_match = 256,
  option_json,
  option_port,
  option_deleted,
  option_by,
  option_growth,
  option_container,
  option_tree,
  option_until_empty,
  option_command_width,
  option_engine,
  option_socket_options,
  option_help,
};

constexpr option long_options[] = {
    {"match", required_argument, nullptr, option_match},
    {"json", no_argument, nullptr, option_json},
    {"port", required_argument, nullptr, option_port},
    {"deleted", no_argument, nullptr, option_deleted},
    {"by", required_argument, nullptr, option_by},
    {"growth", required_argument, nullptr, option_growth},
    {"container", required_argument, nullptr, option_container},
    {"user", required_argument, nullptr, 'u'},
    {"command", required_argument, nullptr, 'c'},
    {"tree", required_argument, nullptr, option_tree},
    {"until-empty", optional_argument, nullptr, option_until_empty},
    {"command-width", required_argument, nullptr, option_command_width},
    {"engine", required_argument, nullptr, option_engine},
    {"socket-options", no_argument, nullptr, option_socket_options},
    {"help", no_argument, nullptr, option_help},
    {nullptr, 0, nullptr, 0},
};

// Letters of lsof that change nothing here are taken and ignored: -n -P -w -a -b -E -o -O -X.
// Optional values stand right behind their letter.
constexpr const char* short_options = "+:p:c:u:d:i::s::F::T::K::r::UtJjlhnPwabEoOXR";

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == text.npos;
}

bool exists(std::string_view path) {
  struct stat status {};
  return ::stat(std::string(path).c_str(), &status) == 0;
}

// Whether `next`, standing apart, is the value of the option letter before it. lsof takes whatever
// is no option; here a value must look like one, so that `-i 812` and `-F FILE` mean what they seem
// to.
bool is_value_of(std::string_view argument, std::string_view next) {
  if (next.empty() || next.starts_with('-') || next.starts_with('+')) return false;
  if (argument == "-i") return !exists(next);
  if (argument == "-r") return next.find_first_not_of("0123456789c.") == next.npos;
  if (argument == "-s") return next.starts_with("TCP:");
  if (argument == "-T") return next.find_first_not_of("fqsw") == next.npos && !exists(next);
  if (argument == "-F")
    return next.find_first_not_of("0acdDfgGiklLnoprRstTuP") == next.npos && !exists(next);
  return false;
}

// getopt_long(3) knows neither lsof's `+` options nor values that may stand apart: both are
// rewritten.
std::vector<std::string> rewrite(std::span<char*> arguments) {
  std::vector<std::string> rewritten;
  const auto next = [&](std::size_t i) {
    return i + 1 < arguments.size() && arguments[i + 1] != nullptr
               ? std::string_view(arguments[i + 1])
               : std::string_view{};
  };
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != nullptr; ++i) {
    const std::string_view argument = arguments[i];
    if (argument == "--") {
      rewritten.insert(rewritten.end(), arguments.begin() + static_cast<std::ptrdiff_t>(i),
                       arguments.end());
      break;
    }
    if (argument.starts_with("+D")) {
      rewritten.emplace_back("--tree");
      if (argument.size() > 2) rewritten.emplace_back(argument.substr(2));
    } else if (argument == "+L1" || argument == "+L") {
      rewritten.emplace_back("--deleted");
    } else if (argument == "+E") {
      continue;
    } else if (argument.starts_with("+c")) {
      rewritten.emplace_back("--command-width");
      if (argument.size() > 2) rewritten.emplace_back(argument.substr(2));
    } else if (argument.starts_with("+r")) {
      rewritten.push_back("--until-empty=" + std::string(argument.substr(2)));
    } else if (is_value_of(argument, next(i))) {
      rewritten.push_back(std::string(argument) + std::string(next(i)));
      ++i;
    } else {
      rewritten.emplace_back(argument);
    }
  }
  return rewritten;
}

// "30s", "500ms", "2m", "1h", "30".
Result<double> parse_duration(std::string_view text) {
  double value = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end.ptr,
                              static_cast<std::size_t>(text.data() + text.size() - end.ptr));
  double factor = 0;
  if (unit.empty() || unit == "s") factor = 1;
  if (unit == "ms") factor = 0.001;
  if (unit == "m") factor = 60;
  if (unit == "h") factor = 3600;
  if (end.ec != std::errc() || factor == 0 || value < 0 || value > 1e7)
    return fail(Cause::usage, "not a duration", std::string(text), "write it as 30s, 500ms or 2m");
  return value * factor;
}

// "2", "2c5": every two seconds, five times.
Result<void> set_repeat(std::string_view text, FilesOptions& options) {
  options.repeat_seconds = 15;
  const std::size_t count_at = std::min(text.find('c'), text.size());
  if (count_at != 0) {
    const auto seconds = parse_duration(text.substr(0, count_at));
    if (!seconds) return std::unexpected(seconds.error());
    options.repeat_seconds = std::max(*seconds, 0.001);
  }
  if (count_at < text.size()) {
    const std::string_view digits = text.substr(count_at + 1);
    if (!is_digits(digits))
      return fail(Cause::usage, "not a count", std::string(digits), "write it as -r 2c5");
    std::from_chars(digits.data(), digits.data() + digits.size(), options.repeat_count);
  }
  return {};
}

Result<void> set_count_by(std::string_view list, FilesOptions& options) {
  static constexpr std::string_view known[] = {"type", "kind",      "peer",  "user", "command",
                                               "pid",  "container", "state", "name"};
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view key = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (std::find(std::begin(known), std::end(known), key) == std::end(known))
      return fail(Cause::usage, "nothing to count by", std::string(key),
                  "choose of type, kind, peer, user, command, pid, container, state, name");
    options.count_by.emplace_back(key);
  }
  return {};
}

Result<void> set_command_width(std::string_view text, FilesOptions& options) {
  if (!is_digits(text) || text.size() > 4)
    return fail(Cause::usage, "not a width", std::string(text), "give +c 0 for no limit");
  std::from_chars(text.data(), text.data() + text.size(), options.command_width);
  return {};
}

Result<void> set_engine(std::string_view name, FilesOptions& options) {
  using Engine = FilesOptions::Engine;
  if (name == "auto")
    options.engine = Engine::automatic;
  else if (name == "bpf")
    options.engine = Engine::bpf;
  else if (name == "proc")
    options.engine = Engine::proc;
  else
    return fail(Cause::usage, "no such engine", std::string(name), "choose auto, bpf or proc");
  return {};
}

// What lsof's -T reports: f the options; q and s, queues and states, are always shown; w, windows,
// lsof itself has not on Linux.
Result<void> set_socket_facts(std::string_view letters, FilesOptions& options) {
  if (const std::size_t at = letters.find_first_not_of("fqsw"); at != letters.npos)
    return fail(Cause::usage, "nothing to tell of sockets", std::string(letters.substr(at)),
                "choose of -T f, q, s, w");
  if (letters.find('f') != letters.npos) options.socket_options = true;
  return {};
}

Result<void> take_option(int letter, const char* value, FilesOptions& options) {
  FileSelection& selection = options.selection;
  const std::string_view text = value != nullptr ? value : "";
  switch (letter) {
    case 'p': return selection.add_pids(text);
    case 'c': return selection.add_command(text);
    case 'u': return selection.add_users(text);
    case 'd': return selection.add_descriptors(text);
    case 'i': return selection.add_inet(text);
    case 's': return text.empty() ? Result<void>{} : selection.add_states(text);
    case option_port: return selection.add_inet(':' + std::string(text));
    case option_match: return selection.set_match(std::string(text));
    case option_tree: return selection.add_tree(std::string(text));
    case option_container: selection.set_container(text); return {};
    case 'U': selection.set_unix_only(); return {};
    case option_deleted: selection.set_deleted_only(); return {};
    case 't': options.format = FilesOptions::Format::pids; return {};
    case 'J':
    case 'j':
    case option_json: options.format = FilesOptions::Format::json; return {};
    case 'F':
      options.format = FilesOptions::Format::fields;
      options.fields = text;
      return {};
    case 'l': options.numeric_users = true; return {};
    case 'r': return set_repeat(text, options);
    case option_until_empty: options.repeat_until_empty = true; return set_repeat(text, options);
    case option_by: return set_count_by(text, options);
    case option_growth: {
      const auto seconds = parse_duration(text);
      if (!seconds) return std::unexpected(seconds.error());
      options.growth_seconds = *seconds;
      return {};
    }
    case 'T': return set_socket_facts(text, options);
    case option_socket_options: options.socket_options = true; return {};
    case option_engine: return set_engine(text, options);
    case option_command_width: return set_command_width(text, options);
    case 'h':
    case option_help: options.help = true; return {};
    default: return {};
  }
}

// A number is a process unless a file has that name.
Result<void> take_operand(const std::string& operand, FilesOptions& options,
                          resolve::World& world) {
  if (is_digits(operand) && !exists(operand)) return options.selection.add_pids(operand);
  return options.selection.add_path(operand, world);
}

}  // namespace

Result<FilesOptions> parse_files_options(std::span<char*> arguments, resolve::World& world) {
  std::vector<std::string> words = rewrite(arguments);
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const int count = static_cast<int>(words.size());

  FilesOptions options;
  ::optind = 0;  // glibc's way to start anew
  std::vector<std::string> operands;
  while (::optind == 0 || ::optind < count) {
    const int letter = ::getopt_long(count, pointers.data(), short_options, long_options, nullptr);
    if (letter == -1) {
      if (::optind >= count) break;
      // Options may follow operands; everything behind -- is one.
      if (std::string_view(pointers[static_cast<std::size_t>(::optind) - 1]) == "--") {
        operands.insert(operands.end(), words.begin() + ::optind, words.end());
        break;
      }
      operands.emplace_back(pointers[static_cast<std::size_t>(::optind++)]);
      continue;
    }
    if (letter == '?' || letter == ':') {
      const auto at = static_cast<std::size_t>(::optind) - 1;
      return fail(Cause::usage, letter == ':' ? "this option needs a value" : "no such option",
                  at < words.size() ? words[at] : std::string(), "see syscope files --help");
    }
    if (Result<void> taken = take_option(letter, ::optarg, options); !taken)
      return std::unexpected(std::move(taken.error()));
  }
  for (const std::string& operand : operands)
    if (Result<void> taken = take_operand(operand, options, world); !taken)
      return std::unexpected(std::move(taken.error()));
  return options;
}

const char* files_usage() {
  return "usage: syscope files [SELECTION...] [PATH | PID]...\n"
         "What is open, and who is at the other end. All selections must hold.\n\n"
         "  -p PID[,^PID...]          processes\n"
         "  --match REGEX             processes whose full command line matches\n"
         "  -c NAME | -c /REGEX/      processes whose name begins so; ^NAME excludes\n"
         "  -u USER[,^USER...]        their owner\n"
         "  --container ID            their container\n"
         "  -i [4|6][tcp|udp][@ADDRESS][:PORTS]   internet sockets; -sTCP:LISTEN their state\n"
         "  --port N                  the same as -i :N\n"
         "  -U                        unix sockets\n"
         "  -d 0-2,cwd,txt,mem,^fd    descriptors\n"
         "  +D FOLDER                 files below a folder\n"
         "  --deleted, +L1            files that have no name any more\n"
         "  PATH                      a file, a socket's name, or all of a mounted file system\n\n"
         "  --json                    one object per line      -F LETTERS   lsof's fields\n"
         "  -t                        process numbers only     -l           numbers of users\n"
         "  -r [SECONDS[cCOUNT]]      again and again          +c WIDTH     width of COMMAND\n"
         "  --socket-options, -T f    what is set on each socket: KEEPALIVE, RCVBUF=...\n"
         "  --by type,peer PID        counts instead of rows\n"
         "  --growth 30s PID          which kind of file increases, and which code opens it\n"
         "  --engine=auto|bpf|proc    list descriptors with eBPF or from /proc; auto: what is faster\n";
}

}  // namespace syscope::app
