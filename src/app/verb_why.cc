#include "app/verb_why.h"

#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/process_selection.h"
#include "app/why_watch.h"
#include "base/result.h"
#include "capture/kernel_locks/kernel_locks.h"
#include "capture/proc/root.h"
#include "diagnose/chain.h"
#include "present/wait_tree.h"
#include "present/watch_report.h"
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
    "  -u, --user USER    processes of this user (name or number)\n"
    "      --cgroup PATH  processes of this control group and of those below\n"
    "      --container ID processes of this container\n"
    "      --port PORT    processes that listen on this port or have a connection from or to it\n"
    "                     (of these five, all that are given must hold)\n"
    "  -a, --all          everything blocked for more than 10 s, grouped by culprit\n"
    "      --ask          log in to the database that it waits for, read only, and ask what it does:\n"
    "                     MariaDB, MySQL, PostgreSQL (with their own clients), Redis\n"
    "      --watch TIME   look on for TIME (10s, 500ms, 2m), children included, by the eBPF engine:\n"
    "                     the requests on its connections, who woke it, where the time went\n"
    "  -k, --stacks       the functions, and lines of Python (CPython 3.11 to 3.14), in which threads wait\n"
    "  -v, --verbose      under each step what was read, and where\n"
    "      --json         one JSON object per process\n"
    "      --dot          a graph for dot(1)\n"
    "Exit status: 0 blocked and explained, 1 not blocked, 2 usage, 3 not permitted.\n";

enum class Format { text, json, dot };

struct Options {
  ProcessSelection selection;
  std::optional<std::chrono::milliseconds> watch;
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

Result<Options> parse(std::span<char*> arguments) {
  enum {
    match_option = 256,
    cgroup_option,
    container_option,
    port_option,
    watch_option,
    json_option,
    dot_option,
    ask_option
  };
  static constexpr option names[] = {{"pid", required_argument, nullptr, 'p'},
                                     {"match", required_argument, nullptr, match_option},
                                     {"user", required_argument, nullptr, 'u'},
                                     {"cgroup", required_argument, nullptr, cgroup_option},
                                     {"container", required_argument, nullptr, container_option},
                                     {"port", required_argument, nullptr, port_option},
                                     {"watch", required_argument, nullptr, watch_option},
                                     {"all", no_argument, nullptr, 'a'},
                                     {"ask", no_argument, nullptr, ask_option},
                                     {"stacks", no_argument, nullptr, 'k'},
                                     {"verbose", no_argument, nullptr, 'v'},
                                     {"json", no_argument, nullptr, json_option},
                                     {"dot", no_argument, nullptr, dot_option},
                                     {"help", no_argument, nullptr, 'h'},
                                     {}};
  Options options;
  ProcessSelection& selection = options.selection;
  optind = 0;
  const int count = static_cast<int>(arguments.size());
  for (int got; (got = getopt_long(count, arguments.data(), "p:u:akvh", names, nullptr)) != -1;) {
    Result<void> taken;
    switch (got) {
      case 'p': taken = selection.add_pids(optarg); break;
      case 'u': taken = selection.set_user(optarg); break;
      case 'a': options.all = true; break;
      case 'k': options.stacks = true; break;
      case 'v': options.verbose = true; break;
      case 'h': options.help = true; break;
      case match_option: taken = selection.set_match(optarg); break;
      case cgroup_option: taken = selection.set_cgroup(optarg); break;
      case container_option: taken = selection.set_container(optarg); break;
      case port_option: taken = selection.set_port(optarg); break;
      case watch_option:
        if (auto time = parse_duration(optarg)) {
          options.watch = *time;
        } else {
          taken = std::unexpected(std::move(time.error()));
        }
        break;
      case ask_option: options.ask = true; break;
      case json_option: options.format = Format::json; break;
      case dot_option: options.format = Format::dot; break;
      default: return fail(Cause::usage, "see syscope why --help");
    }
    if (!taken) return std::unexpected(std::move(taken.error()));
  }
  for (int i = optind; i < count; ++i) {
    if (auto taken = selection.add_pids(arguments[static_cast<std::size_t>(i)]); !taken) {
      return std::unexpected(std::move(taken.error()));
    }
  }
  if (options.help) return options;
  if (!options.all && !selection.any()) {
    return fail(Cause::usage, "no process given", "",
                "give a PID, --match REGEX, -u, --cgroup, --container, --port or --all");
  }
  if (options.watch && (options.all || options.format == Format::dot)) {
    return fail(Cause::usage, "--watch does not go with", options.all ? "--all" : "--dot",
                "give processes, and text or --json");
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

int explain_all(const Options& options, std::span<const pid_t> pids, diagnose::Scene& scene) {
  const auto blocked = diagnose::all_blocked(pids, all_seconds, scene);
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

Result<resolve::World> look() {
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(std::move(root.error()));
  return resolve::World(std::move(*root));
}

Result<std::vector<pid_t>> selected(const Options& options, resolve::World& world) {
  if (options.all && !options.selection.any()) {
    return std::vector<pid_t>(world.processes().begin(), world.processes().end());
  }
  auto pids = options.selection.processes(world);
  if (pids && !options.all && pids->size() > most_matches) {
    std::fprintf(stderr, "syscope why: %zu processes match: the first %zu follow\n", pids->size(),
                 most_matches);
    pids->resize(most_matches);
  }
  return pids;
}

// What each of them waits for; the exit status.
int explain(const Options& options, const std::vector<pid_t>& pids, diagnose::Scene& scene,
            const diagnose::ChainOptions& chain) {
  int status = exit_nothing_found;
  for (const pid_t pid : pids) {
    const auto diagnosis = diagnose::diagnose(target_of(pid, scene), scene, chain);
    if (!diagnosis) {
      if (chain.watched != nullptr && diagnosis.error().cause == Cause::not_found) {
        std::fprintf(stderr, "syscope why: %d ended during the watch\n", pid);
        continue;
      }
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

// What the watch saw; nothing where none is wanted.
Result<std::optional<diagnose::WatchReport>> watch(const Options& options,
                                                   const std::vector<pid_t>& pids) {
  if (!options.watch) return std::nullopt;
  auto report = watch_processes(pids, *options.watch, [&] {
    std::fprintf(stderr, "syscope why: watching %zu process%s for %.1f s; Ctrl-C ends it\n",
                 pids.size(), pids.size() == 1 ? "" : "es",
                 static_cast<double>(options.watch->count()) / 1000);
  });
  if (!report) return std::unexpected(std::move(report.error()));
  return std::move(*report);
}

int run(const Options& options) {
  auto first_look = look();
  if (!first_look) return complain(first_look.error());
  const auto pids = selected(options, *first_look);
  if (!pids) return complain(pids.error());
  const auto seen = watch(options, *pids);
  if (!seen) complain(seen.error());
  auto world = options.watch ? look() : std::move(first_look);
  if (!world) return complain(world.error());
  diagnose::Scene scene(*world, std::chrono::steady_clock::now() +
                                    (options.ask ? time_budget_asking : time_budget));
  capture::kernel_locks::KernelLocks locks;
  scene.find_lock_owners_with(locks);
  if (options.all) return explain_all(options, *pids, scene);
  diagnose::ChainOptions chain{.stacks = options.stacks, .ask_servers = options.ask};
  if (seen && *seen) chain.watched = &**seen;
  const int status = explain(options, *pids, scene, chain);
  if (!seen) return exit_not_permitted;  // the rest has been told all the same
  if (*seen) {
    const std::string text = options.format == Format::json ? present::watch_json(**seen)
                                                            : present::watch_text(**seen);
    std::fwrite(text.data(), 1, text.size(), stdout);
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
