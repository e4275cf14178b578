#include "diagnose/chain.h"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>

#include "diagnose/calls.h"
#include "diagnose/native_stack.h"
#include "diagnose/rule.h"
#include "diagnose/server.h"

namespace syscope::diagnose {
namespace {

// Builds the tree depth first. The path from the root is kept to see cycles; a thread that stands
// elsewhere in the tree already is named again but not followed again.
class Chain {
 public:
  // `findings` keeps what was examined, for the next chain of the same scene.
  Chain(Scene& scene, const ChainOptions& options, std::map<ThreadId, Finding>& findings,
        Diagnosis& diagnosis)
      : scene_(scene),
        stacks_(scene),
        options_(options),
        findings_(findings),
        diagnosis_(diagnosis) {}

  Node thread_node(const ThreadState& thread, const Holder& holder);
  Node process_node(pid_t pid, const Holder& holder);

 private:
  struct Step {
    ThreadId who;
    bool certain;  // nobody else than the next step can end this wait
  };
  struct Examined {
    const ThreadState* thread;
    Finding finding;
  };

  // Without `follow` the holders are named, no more.
  Node resource_node(const ThreadState& thread, const Finding& finding, bool follow);
  void add_asked(Node& node, const ThreadState& thread, const Finding& finding);
  Node holder_node(const Holder& holder);
  std::optional<Node> server_node(const ThreadState& client, const Finding& finding,
                                  const Holder& holder);
  Node blocker_node(const ServerSession& blocker);
  std::optional<Node> cycle_node(const ThreadState& thread, const Holder& holder);
  const Finding& finding_of(const ThreadState& thread);
  std::vector<Examined> examine_all(pid_t pid);
  std::string kind_of(const Examined& each);
  void summarise(Node& node, const std::vector<Examined>& all);
  void add_idle(Node& node, const std::vector<Examined>& all);
  void end_of_chain(const ThreadState& thread);
  bool exhausted() { return ++nodes_ > options_.nodes || scene_.out_of_time(); }
  Node named(const ThreadState& thread, const Holder& holder);

  Scene& scene_;
  Stacks stacks_;
  const ChainOptions& options_;
  std::map<ThreadId, Finding>& findings_;
  Diagnosis& diagnosis_;
  std::vector<Step> path_;
  std::set<ThreadId> seen_;
  std::set<pid_t> seen_processes_;
  using FutexWait = std::pair<pid_t, std::array<std::uint64_t, 3>>;
  std::map<FutexWait, Finding> futexes_;
  unsigned nodes_ = 0;
};

Node note_node(std::string text) {
  Node node;
  node.kind = Node::Kind::note;
  node.text = std::move(text);
  return node;
}

Node more_alike(std::size_t count) {
  return note_node(fmt::format("{} more thread{} for the same", count, count == 1 ? " waits" : "s wait"));
}

std::string state_text(const ThreadState& thread, const Finding& finding,
                       std::optional<double> seconds) {
  const std::string call = thread.call_text();
  if (finding.rule == "CPU") return finding.resource;
  std::string text;
  if (finding.rule == "zombie") {
    text = "has ended";
  } else if (finding.rule == "stopped") {
    text = "is stopped";
  } else if (finding.rule == "freezer") {
    text = "is frozen";
  } else if (!call.empty()) {
    text = "has been in " + call;
  } else {
    text = "is blocked";
  }
  if (seconds) text += fmt::format(" for {:.1f} s", *seconds);
  return text;
}

const Finding& Chain::finding_of(const ThreadState& thread) {
  const auto found = findings_.find(thread.id);
  if (found != findings_.end()) return found->second;
  // Thousands of threads that wait on one futex wait for the same.
  if (!thread.is_in(SYS_futex) || thread.info.state != 'S') {
    return findings_.emplace(thread.id, examine(thread, scene_)).first->second;
  }
  const FutexWait wait{thread.id.pid, {thread.argument(0), thread.argument(1), thread.argument(2)}};
  auto known = futexes_.find(wait);
  if (known == futexes_.end()) {
    known = futexes_.emplace(wait, examine(thread, scene_)).first;
  }
  const bool is_holder = std::ranges::any_of(
      known->second.holders, [&](const Holder& holder) { return holder.who == thread.id; });
  return findings_.emplace(thread.id, is_holder ? examine(thread, scene_) : known->second).first->second;
}

Node Chain::named(const ThreadState& thread, const Holder& holder) {
  Node node;
  node.kind = Node::Kind::thread;
  node.who = thread.id;
  node.comm = thread.info.comm;
  node.role = holder.role;
  return node;
}

// The thread is on the path already: everybody from there on waits for everybody.
std::optional<Node> Chain::cycle_node(const ThreadState& thread, const Holder& holder) {
  const auto start = std::ranges::find(path_, thread.id, &Step::who);
  if (start == path_.end()) return {};
  Node node = named(thread, holder);
  node.closes_cycle = true;
  const bool certain = std::all_of(start, path_.end(), [](const Step& step) { return step.certain; });
  node.certainty = certain ? Certainty::certain : Certainty::likely;
  std::vector<ThreadId> members;
  for (auto step = start; step != path_.end(); ++step) members.push_back(step->who);
  node.text = members.size() == 1 ? "deadlock: it waits for itself"
                                  : fmt::format("deadlock of {}: the circle closes here",
                                                members.size());
  diagnosis_.deadlocks.push_back(std::move(members));
  return node;
}

void Chain::end_of_chain(const ThreadState& thread) {
  if (path_.size() < 2) return;
  const Culprit culprit{thread.id, thread.info.comm};
  if (std::ranges::find(diagnosis_.culprits, culprit) == diagnosis_.culprits.end()) {
    diagnosis_.culprits.push_back(culprit);
  }
}

Node Chain::thread_node(const ThreadState& thread, const Holder& holder) {
  if (auto cycle = cycle_node(thread, holder)) return std::move(*cycle);
  Node node = named(thread, holder);
  const Finding& finding = finding_of(thread);
  node.rule = finding.rule;
  node.standing = finding.standing;
  node.certainty = finding.certainty;
  if (finding.standing != Standing::running) node.seconds = scene_.seconds(thread.id);
  node.text = state_text(thread, finding, node.seconds);
  if (!seen_.insert(thread.id).second) {
    node.text += " (it stands above)";
    return node;
  }
  if (exhausted() || path_.size() >= options_.depth) {
    node.text += "; the search ended here";
    node.children.push_back(resource_node(thread, finding, false));  // what is known by now
    diagnosis_.out_of_time = true;
    return node;
  }
  const bool only_way = finding.holders.size() == 1 && finding.any_of.empty() &&
                        finding.certainty == Certainty::certain;
  if (options_.stacks) {
    node.children = stacks_.frames(thread);
  }
  path_.push_back({thread.id, only_way});
  Node resource = resource_node(thread, finding, true);
  if (finding.rule == "CPU") {  // what the thread's own line says already
    node.evidence = std::move(resource.evidence);
    std::ranges::move(resource.children, std::back_inserter(node.children));
  } else {
    node.children.push_back(std::move(resource));
  }
  if (finding.holders.empty()) end_of_chain(thread);
  path_.pop_back();
  return node;
}

Node Chain::resource_node(const ThreadState& thread, const Finding& finding, bool follow) {
  Node node;
  node.kind = Node::Kind::resource;
  node.text = finding.resource;
  node.rule = finding.rule;
  node.standing = finding.standing;
  node.certainty = finding.certainty;
  node.evidence = finding.evidence;
  for (const std::string& note : finding.notes) node.children.push_back(note_node(note));
  add_asked(node, thread, finding);
  std::size_t followed = 0;
  for (const Holder& holder : finding.holders) {
    if (followed++ == options_.holders) {
      node.children.push_back(
          note_node(fmt::format("and {} more", finding.holders.size() - options_.holders)));
      break;
    }
    if (!follow) {
      const ThreadState* other =
          scene_.thread({holder.who.pid, holder.who.tid != 0 ? holder.who.tid : holder.who.pid});
      if (other != nullptr) node.children.push_back(named(*other, holder));
      continue;
    }
    auto server = server_node(thread, finding, holder);
    node.children.push_back(server ? std::move(*server) : holder_node(holder));
  }
  std::size_t idle = 0;
  for (const Finding& each : finding.any_of) {
    // One of many: who is idle here tells nothing as long as somebody owes an answer.
    if (each.standing == Standing::idle && finding.standing == Standing::blocked) {
      ++idle;
      continue;
    }
    if (node.children.size() >= options_.threads) {
      ++idle;
      continue;
    }
    node.children.push_back(resource_node(thread, each, follow && each.standing != Standing::idle));
  }
  if (idle > 0) node.children.push_back(note_node(fmt::format("and {} more descriptors", idle)));
  if (!finding.advice.empty() && path_.size() == 1) diagnosis_.verdict.push_back(finding.advice);
  return node;
}

// What was seen being asked over the descriptor, and not being answered.
void Chain::add_asked(Node& node, const ThreadState& thread, const Finding& finding) {
  if (options_.watched == nullptr && finding.rule == "DNS") {
    node.children.push_back(note_node("the name that it asks for is seen with --watch 10s"));
  }
  if (options_.watched == nullptr || finding.fd < 0) return;
  for (const ConnectionTime& each : options_.watched->connections) {
    if (each.pid != thread.id.pid || each.fd != finding.fd || each.serves) continue;
    for (const RequestTime& request : each.unanswered) {
      if (request.text.empty()) continue;
      Node asked = note_node(fmt::format("asked {:.1f} s ago{}: {}", request.seconds,
                                         request.tries > 1 ? fmt::format(", {} times", request.tries)
                                                           : std::string(),
                                         request.text));
      asked.kind = Node::Kind::statement;
      node.children.push_back(std::move(asked));
    }
  }
}

std::vector<Chain::Examined> Chain::examine_all(pid_t pid) {
  std::vector<Examined> all;
  // Some of the time is for following what the threads wait for.
  const auto now = std::chrono::steady_clock::now();
  const auto until = now + (scene_.deadline() - now) * 6 / 10;
  for (const pid_t tid : scene_.threads(pid)) {
    if (std::chrono::steady_clock::now() > until) {
      diagnosis_.out_of_time = true;
      break;
    }
    const ThreadState* thread = scene_.thread({pid, tid});
    if (thread != nullptr) all.push_back({thread, finding_of(*thread)});
  }
  return all;
}

// A holder that is a process: its only thread, or those that have to do with the descriptor, or those
// that are not idle.
Node Chain::holder_node(const Holder& holder) {
  const pid_t pid = holder.who.pid;
  if (pid == ::getpid()) return note_node(fmt::format("this program {}", holder.role));
  if (!holder.follow) {
    const ThreadState* thread = scene_.thread({pid, pid});
    if (thread == nullptr) return note_node(fmt::format("process {} has just gone", pid));
    end_of_chain(*thread);
    return named(*thread, holder);
  }
  if (holder.who.tid != 0) {
    if (const ThreadState* thread = scene_.thread(holder.who)) return thread_node(*thread, holder);
    return note_node(fmt::format("thread {} {}, and has just gone", holder.who.tid, holder.role));
  }
  const auto& tids = scene_.threads(pid);
  if (tids.size() == 1) {
    if (const ThreadState* thread = scene_.thread({pid, tids[0]})) return thread_node(*thread, holder);
  }
  if (tids.empty()) {
    return note_node(fmt::format("process {} {}, and has just gone", pid, holder.role));
  }
  if (holder.fd >= 0) {
    for (const pid_t tid : tids) {
      const ThreadState* thread = scene_.thread({pid, tid});
      if (thread == nullptr || thread->call() < 0) continue;
      const BlockingCall* call = blocking_call(thread->call());
      if (call != nullptr && call->first == FirstArgument::descriptor &&
          static_cast<int>(thread->argument(0)) == holder.fd) {
        return thread_node(*thread, holder);
      }
    }
  }
  return process_node(pid, holder);
}

Node Chain::process_node(pid_t pid, const Holder& holder) {
  Node node;
  node.kind = Node::Kind::process;
  node.who = {pid, 0};
  node.comm = scene_.name_of(pid);
  node.role = holder.role;
  if (!seen_processes_.insert(pid).second) {
    node.text = "(it stands above)";
    // A second way to a process on the path closes a circle, if not surely one of the same threads.
    for (std::size_t at = 0; at < path_.size(); ++at) path_[at].certain = false;
    return node;
  }
  if (exhausted()) {
    diagnosis_.out_of_time = true;
    node.text = "; the search ended here";
    return node;
  }
  const auto all = examine_all(pid);
  summarise(node, all);
  return node;
}

// What tells threads apart: what they wait for and, where stacks are shown, from which code.
std::string Chain::kind_of(const Examined& each) {
  std::string kind = each.finding.resource;
  if (!options_.stacks || scene_.out_of_time()) return kind;
  for (const Node& frame : stacks_.frames(*each.thread)) kind += "\n" + frame.text;
  return kind;
}

// What the threads of a process do, those that matter first.
void Chain::summarise(Node& node, const std::vector<Examined>& all) {
  const auto count = [&](Standing standing) {
    return std::ranges::count_if(
        all, [&](const Examined& each) { return each.finding.standing == standing; });
  };
  const auto blocked = count(Standing::blocked), running = count(Standing::running);
  const std::size_t threads = scene_.threads(node.who.pid).size();
  node.text = fmt::format("has {} threads{}: {} blocked, {} running, {} idle", threads,
                          all.size() < threads
                              ? fmt::format(", of which {} could be looked at in the time", all.size())
                              : std::string(),
                          blocked, running, count(Standing::idle));
  node.standing = blocked > 0   ? Standing::blocked
                  : running > 0 ? Standing::running
                                : Standing::idle;
  // Threads that wait for the same thing are told once.
  std::map<std::string, unsigned> same;
  std::map<ThreadId, std::string> kinds;
  for (const Examined& each : all) {
    if (each.finding.standing != Standing::blocked) continue;
    ++same[kinds.emplace(each.thread->id, kind_of(each)).first->second];
  }
  for (const Examined& each : all) {
    if (each.finding.standing == Standing::idle) continue;
    if (node.children.size() >= options_.threads) {
      node.children.push_back(note_node("and more"));
      break;
    }
    const bool is_blocked = each.finding.standing == Standing::blocked;
    unsigned& alike = same[kinds[each.thread->id]];
    if (is_blocked && alike == 0) continue;
    Node child = thread_node(*each.thread, {});
    if (is_blocked && alike > 1 && !child.children.empty()) {
      child.children.push_back(more_alike(alike - 1));
    }
    if (is_blocked) alike = 0;
    node.children.push_back(std::move(child));
  }
  add_idle(node, all);
}

// Idle threads, grouped by what they wait for. Shown in full when there is nothing else to show.
void Chain::add_idle(Node& node, const std::vector<Examined>& all) {
  std::vector<std::pair<std::string, std::vector<const Examined*>>> groups;
  const bool all_idle = node.standing == Standing::idle && path_.empty();
  for (const Examined& each : all) {
    if (each.finding.standing != Standing::idle) continue;
    const std::string kind = all_idle ? kind_of(each) : each.finding.resource;
    const auto group = std::ranges::find(groups, kind, [](const auto& entry) { return entry.first; });
    if (group == groups.end()) {
      groups.push_back({kind, {&each}});
    } else {
      group->second.push_back(&each);
    }
  }
  std::size_t shown = 0;
  for (const auto& [kind, members] : groups) {
    if (++shown > options_.threads) {
      node.children.push_back(note_node(fmt::format("and {} more kinds of idle threads",
                                                    groups.size() - options_.threads)));
      return;
    }
    if (all_idle) {
      Node child = thread_node(*members.front()->thread, {});
      if (members.size() > 1) {
        child.children.push_back(more_alike(members.size() - 1));
      }
      node.children.push_back(std::move(child));
    } else {
      node.children.push_back(note_node(fmt::format("{} idle {} for {}", members.size(),
                                                    members.size() == 1 ? "thread waits"
                                                                        : "threads wait",
                                                    members.front()->finding.resource)));
    }
  }
}

// A connection of the server whose lock the statement waits for, and the process behind it.
Node Chain::blocker_node(const ServerSession& blocker) {
  Node node;
  node.kind = Node::Kind::statement;
  node.text = "the lock is held by " + blocker.description;
  if (!blocker.statement.empty()) {
    node.children.push_back(note_node(
        fmt::format("its {} statement: {}", blocker.executing ? "current" : "last", blocker.statement)));
  }
  if (blocker.client != 0) {
    diagnosis_.culprits.push_back({{blocker.client, 0}, scene_.name_of(blocker.client)});
    node.children.push_back(holder_node({{blocker.client, 0}, "is the client of that connection"}));
    diagnosis_.verdict.push_back(fmt::format(
        "The statement waits for a lock of another connection, whose client is {} {}.",
        scene_.name_of(blocker.client), blocker.client));
  } else {
    diagnosis_.verdict.push_back("The statement waits for a lock of another connection.");
  }
  if (!blocker.advice.empty()) diagnosis_.verdict.push_back(blocker.advice);
  return node;
}

// A database at the other end: what it does for this connection, instead of what its threads wait for.
std::optional<Node> Chain::server_node(const ThreadState& client, const Finding& finding,
                                       const Holder& holder) {
  if (!finding.connection) return {};
  const ServerAnswer answer = consult_server(
      {*finding.connection, client.id.pid, holder.who.pid, holder.fd, {}}, options_.ask_servers, scene_);
  if (!answer.ours) {
    const bool may_ask = !options_.ask_servers &&
                         product_of(holder.who.pid, scene_) != ServerProduct::none;
    if (answer.problem.empty() && !may_ask) return {};
    Node node = holder_node(holder);
    if (may_ask) {
      node.children.insert(node.children.begin(),
                           note_node("--ask asks it what it executes for this connection"));
      return node;
    }
    node.children.insert(node.children.begin(),
                         note_node("the server could not be asked: " + answer.problem));
    return node;
  }
  const ServerSession& session = *answer.ours;
  Node node;
  node.kind = Node::Kind::thread;
  node.who = {holder.who.pid, session.thread};
  node.comm = scene_.name_of(holder.who.pid);
  node.role = "serves it";
  node.text = session.description;
  node.standing = session.executing ? Standing::blocked : Standing::idle;
  if (!session.statement.empty()) {
    Node statement = note_node(
        fmt::format("{}statement: {}", session.executing ? "" : "last ", session.statement));
    statement.kind = Node::Kind::statement;
    node.children.push_back(std::move(statement));
  }
  if (!answer.problem.empty()) node.children.push_back(note_node(answer.problem));
  for (const ServerSession& blocker : answer.blockers) node.children.push_back(blocker_node(blocker));
  if (!answer.blockers.empty()) return node;
  diagnosis_.culprits.push_back({node.who, node.comm});
  if (session.executing && !session.waits_for_lock && !session.statement.empty()) {
    diagnosis_.verdict.push_back("The server is still executing this statement. The client and the "
                                 "network are waiting as they should.");
  } else if (!session.executing) {
    diagnosis_.verdict.push_back("The server executes nothing for this connection.");
  }
  if (!session.advice.empty()) diagnosis_.verdict.push_back(session.advice);
  return node;
}

std::string named_text(const Culprit& culprit) {
  if (culprit.who.tid == 0 || culprit.who.tid == culprit.who.pid) {
    return fmt::format("{} {}", culprit.comm, culprit.who.pid);
  }
  return fmt::format("thread {} of {} {}", culprit.who.tid, culprit.comm, culprit.who.pid);
}

// Whether the thread asked about, or the main one of the process, waits for what has no owner.
bool waits_without_owner(const Node& root) {
  const bool is_main = root.kind == Node::Kind::process && !root.children.empty() &&
                       root.children[0].who.tid == root.who.pid;
  return (is_main ? root.children[0] : root).rule == "futex";
}

void add_verdict(Diagnosis& diagnosis, const ChainOptions& options, Scene& scene) {
  std::vector<std::string> sentences;
  for (const auto& deadlock : diagnosis.deadlocks) {
    std::string members;
    for (const ThreadId& who : deadlock) {
      const ThreadState* thread = scene.thread(who);
      if (!members.empty()) members += ", ";
      members += named_text({who, thread != nullptr ? thread->info.comm : ""});
    }
    sentences.push_back(deadlock.size() == 1
                            ? fmt::format("This is a deadlock: {} waits for itself.", members)
                            : fmt::format("This is a deadlock of {}: {}. None of them can go on.",
                                          deadlock.size(), members));
  }
  if (diagnosis.deadlocks.empty() && diagnosis.standing == Standing::idle &&
      diagnosis.culprits.empty()) {
    if (!waits_without_owner(diagnosis.root)) {
      sentences.push_back("Nobody owes it anything: it waits for work, time or a human.");
    } else if (!options.stacks) {
      sentences.push_back("Another of its threads is to wake it, if it is not idle: -k shows the code that waits.");
    }
  }
  // What a server said is worth more than where its threads stand.
  if (diagnosis.deadlocks.empty() && diagnosis.verdict.empty()) {
    for (const Culprit& culprit : diagnosis.culprits) {
      const ThreadState* thread =
          scene.thread({culprit.who.pid, culprit.who.tid == 0 ? culprit.who.pid : culprit.who.tid});
      if (thread == nullptr) continue;
      const std::string call = thread->call_text();
      sentences.push_back(fmt::format(
          "The chain ends at {}, which {}.", named_text(culprit),
          thread->info.state == 'R' ? "runs" : call.empty() ? "is blocked itself" : "is in " + call));
    }
  }
  if (diagnosis.out_of_time) sentences.push_back("The search was cut short: there may be more.");
  diagnosis.verdict.insert(diagnosis.verdict.begin(), sentences.begin(), sentences.end());
}

Result<Diagnosis> follow(ThreadId id, Scene& scene, const ChainOptions& options,
                         std::map<ThreadId, Finding>& findings) {
  Diagnosis diagnosis;
  Chain chain(scene, options, findings, diagnosis);
  const auto& threads = scene.threads(id.pid);
  if (threads.empty()) {
    return fail(Cause::not_found, "no such process", std::to_string(id.pid),
                "syscope find REGEX lists processes");
  }
  if (id.tid != 0 || threads.size() == 1) {
    const ThreadState* thread = scene.thread({id.pid, id.tid != 0 ? id.tid : threads[0]});
    if (thread == nullptr) {
      return fail(Cause::not_found, "no such thread", std::to_string(id.tid != 0 ? id.tid : id.pid));
    }
    diagnosis.root = chain.thread_node(*thread, {});
  } else {
    diagnosis.root = chain.process_node(id.pid, {});
  }
  diagnosis.standing = diagnosis.root.standing;
  diagnosis.out_of_time = diagnosis.out_of_time || scene.out_of_time();
  add_verdict(diagnosis, options, scene);
  return diagnosis;
}

}  // namespace

Result<Diagnosis> diagnose(ThreadId id, Scene& scene, const ChainOptions& options) {
  std::map<ThreadId, Finding> findings;
  return follow(id, scene, options, findings);
}

std::vector<BlockedThread> all_blocked(std::span<const pid_t> pids, double seconds, Scene& scene,
                                       const ChainOptions& options) {
  std::vector<BlockedThread> found;
  std::map<ThreadId, Finding> findings;
  for (const pid_t pid : pids) {
    if (pid == ::getpid()) continue;
    for (const pid_t tid : scene.threads(pid)) {
      if (scene.out_of_time()) return found;
      const ThreadState* thread = scene.thread({pid, tid});
      if (thread == nullptr || thread->info.is_kernel_thread() || thread->info.state == 'R') continue;
      const auto waited = scene.seconds(thread->id);
      if (waited && *waited < seconds) continue;
      auto known = findings.find(thread->id);
      if (known == findings.end()) {
        known = findings.emplace(thread->id, examine(*thread, scene)).first;
      }
      const Finding& finding = known->second;
      if (finding.standing != Standing::blocked) continue;
      auto diagnosis = follow(thread->id, scene, options, findings);
      if (!diagnosis) continue;
      found.push_back({thread->id, thread->info.comm, waited.value_or(0), finding.resource,
                       std::move(diagnosis->culprits)});
    }
  }
  std::ranges::stable_sort(found, std::ranges::greater(), &BlockedThread::seconds);
  return found;
}

}  // namespace syscope::diagnose
