#include "app/verb_why.h"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/proc/root.h"
#include "diagnose/chain.h"
#include "present/wait_tree.h"
#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::app {
namespace {

constexpr auto time_budget = std::chrono::milliseconds(1800);
constexpr auto time_budget_asking = std::chrono::milliseconds(4700);
constexpr double all_seconds = 10;
constexpr std::size_t most_matches = 32;

constexpr char usage[] =
    "usage: syscope why [OPTION...] [PID...]\n"
    "What does a process wait for, and whose fault is it?\n\n"
    "  -p, --pid PID      this process or thread (the same as PID alone); may be repeated\n"
    "      --match REGEX  processes whose full command line matches\n"
    "  -a, --all          everything blocked for more than 10 s, grouped by culprit\n"
    "      --ask          log in to the database that it waits for, read only, and ask what it does:\n"
    "                     MariaDB, MySQL, PostgreSQL (with their own clients), Redis\n"
    "  -k, --stacks       the functions, and lines of Python (CPython 3.11), in which threads wait\n"
    "  -v, --verbose      under each step what was read, and where\n"
    "      --json         one JSON object per process\n"
    "      --dot          a graph for dot(1)\n"
    "Exit status: 0 blocked and explained, 1 not blocked, 2 usage, 3 not permitted.\n";

enum class Format { text, json, dot };

struct Options {
  std::vector<pid_t> pids;
  std::string match;
  bool all = false;
  bool ask = false;
  bool stacks = false;
  bool verbose = false;
  bool help = false;
  Format format = Format::text;
};

int complain(const Error& error) {
  std::fprintf(stderr, "syscope why: %s\n", present::harmless(error.text()).c_str());
  switch (error.cause) {
    case Cause::usage: return exit_usage;
    case Cause::not_permitted: return exit_not_permitted;
    default: return exit_nothing_found;
  }
}

Result<pid_t> parse_pid(std::string_view text) {
  pid_t pid = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), pid);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size() || pid <= 0) {
    return fail(Cause::usage, "not a process id", std::string(text),
                "give a number, or --match REGEX");
  }
  return pid;
}

Result<Options> parse(std::span<char*> arguments) {
  enum { match_option = 256, json_option, dot_option, ask_option };
  static constexpr option names[] = {{"pid", required_argument, nullptr, 'p'},
                                     {"match", required_argument, nullptr, match_option},
                                     {"all", no_argument, nullptr, 'a'},
                                     {"ask", no_argument, nullptr, ask_option},
                                     {"stacks", no_argument, nullptr, 'k'},
                                     {"verbose", no_argument, nullptr, 'v'},
                                     {"json", no_argument, nullptr, json_option},
                                     {"dot", no_argument, nullptr, dot_option},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  Options options;
  std::vector<std::string_view> pids;
  optind = 0;
  const int count = static_cast<int>(arguments.size());
  for (int got; (got = getopt_long(count, arguments.data(), "p:akvh", names, nullptr)) != -1;) {
    switch (got) {
      case 'p': pids.push_back(optarg); break;
      case 'a': options.all = true; break;
      case 'k': options.stacks = true; break;
      case 'v': options.verbose = true; break;
      case 'h': options.help = true; break;
      case match_option: options.match = optarg; break;
      case ask_option: options.ask = true; break;
      case json_option: options.format = Format::json; break;
      case dot_option: options.format = Format::dot; break;
      default: return fail(Cause::usage, "see syscope why --help");
    }
  }
  for (int i = optind; i < count; ++i) pids.push_back(arguments[static_cast<std::size_t>(i)]);
  for (std::string_view list : pids) {
    for (std::size_t comma; !list.empty(); list.remove_prefix(comma)) {
      comma = std::min(list.find(','), list.size());
      auto pid = parse_pid(list.substr(0, comma));
      if (!pid) return std::unexpected(std::move(pid.error()));
      options.pids.push_back(*pid);
      comma = std::min(comma + 1, list.size());
    }
  }
  if (!options.help && !options.all && options.pids.empty() && options.match.empty()) {
    return fail(Cause::usage, "no process given", "", "give a PID, --match REGEX or --all");
  }
  return options;
}

void print(const diagnose::Diagnosis& diagnosis, const Options& options) {
  std::string text;
  switch (options.format) {
    case Format::text: text = present::wait_tree_text(diagnosis, {.evidence = options.verbose}); break;
    case Format::json: text = present::wait_tree_json(diagnosis); break;
    case Format::dot: text = present::wait_tree_dot(diagnosis); break;
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

int explain_all(const Options& options, diagnose::Scene& scene) {
  const auto blocked = diagnose::all_blocked(all_seconds, scene);
  const std::string text = options.format == Format::json ? present::blocked_json(blocked)
                                                          : present::blocked_text(blocked);
  std::fwrite(text.data(), 1, text.size(), stdout);
  if (scene.out_of_time()) std::fputs("syscope why: out of time: there may be more\n", stderr);
  return blocked.empty() ? exit_nothing_found : exit_ok;
}

// A thread's id will do for its process: the tree then begins at that thread.
diagnose::ThreadId target_of(pid_t pid, diagnose::Scene& scene) {
  const auto thread = scene.thread_by_tid(pid);
  if (!thread || thread->pid == pid) return {pid, 0};
  return *thread;
}

int run(const Options& options) {
  auto root = capture::proc::Root::open();
  if (!root) return complain(root.error());
  resolve::World world(std::move(*root));
  diagnose::Scene scene(world, std::chrono::steady_clock::now() +
                                   (options.ask ? time_budget_asking : time_budget));
  const diagnose::ChainOptions chain{.stacks = options.stacks, .ask_servers = options.ask};
  if (options.all) return explain_all(options, scene);
  std::vector<pid_t> pids = options.pids;
  if (!options.match.empty()) {
    auto pattern = resolve::ProcessPattern::compile(options.match);
    if (!pattern) return complain(pattern.error());
    for (const pid_t pid : resolve::matching_processes(world, *pattern)) pids.push_back(pid);
    if (pids.empty()) {
      return complain({Cause::not_found, "no process matches", options.match, ""});
    }
  }
  if (pids.size() > most_matches) {
    std::fprintf(stderr, "syscope why: %zu processes match: the first %zu follow\n", pids.size(),
                 most_matches);
    pids.resize(most_matches);
  }
  int status = exit_nothing_found;
  for (const pid_t pid : pids) {
    const auto diagnosis = diagnose::diagnose(target_of(pid, scene), scene, chain);
    if (!diagnosis) {
      const int failed = complain(diagnosis.error());
      if (pids.size() == 1) return failed;
      continue;
    }
    print(*diagnosis, options);
    if (diagnosis->root.certainty == diagnose::Certainty::not_permitted && pids.size() == 1) {
      return exit_not_permitted;
    }
    if (diagnosis->standing != diagnose::Standing::running) status = exit_ok;
  }
  return status;
}

}  // namespace

int verb_why(std::span<char*> arguments) {
  const auto options = parse(arguments);
  if (!options) return complain(options.error());
  if (options->help) {
    std::fputs(usage, stdout);
    return exit_ok;
  }
  return run(*options);
}

}  // namespace syscope::app
