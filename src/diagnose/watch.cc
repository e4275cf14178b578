#include "diagnose/watch.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <tuple>

#include "capture/proc/process.h"
#include "capture/proc/root.h"
#include "diagnose/calls.h"
#include "diagnose/sockets.h"
#include "diagnose/transfer.h"
#include "event/view.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most_talks = 4096;
constexpr std::size_t most_labels = 100'000;
constexpr std::size_t most_wakers = 64;
constexpr std::size_t shown_connections = 12;
constexpr std::size_t shown_threads = 12;
constexpr std::size_t shown_waits = 6;
constexpr std::size_t shown_wakers = 3;
constexpr std::size_t shown_unanswered = 4;
constexpr std::size_t shown_slowest = 3;

double seconds(std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1e9; }

struct CpuUse {
  std::uint64_t ran = 0, queued = 0;
};

// "RAN QUEUED SLICES", the first two in ns.
std::optional<CpuUse> cpu_use(resolve::World& world, ThreadId id) {
  std::string text;
  const capture::proc::RelativePath path(id.pid, "task", id.tid, "schedstat");
  if (capture::proc::read_file(world.root().fd(), path.text(), text) != 0) return {};
  char* end = nullptr;
  CpuUse use;
  use.ran = std::strtoull(text.c_str(), &end, 10);
  use.queued = std::strtoull(end, nullptr, 10);
  return use;
}

std::string address(const sc_socket& socket, const sc_u8 (&bytes)[16], std::uint16_t port) {
  capture::proc::SocketAddress to;
  std::ranges::copy(bytes, to.bytes.begin());
  to.port = port;
  return resolve::address_text(socket.family, to);
}

// What a server is reached at: empty where that is not known.
std::string server_of(const sc_socket& socket, const std::string& label, bool serves) {
  if (socket.family == AF_UNIX) return serves ? label : std::string();
  if (socket.family != AF_INET && socket.family != AF_INET6) return {};
  return serves ? address(socket, socket.local, socket.local_port)
                : address(socket, socket.remote, socket.remote_port);
}

std::string label_of(const event::File& file) {
  const sc_socket& socket = file.socket;
  switch (file.fixed.file_class) {
    case SC_FILE_PATH: return file.text;
    case SC_FILE_PIPE: return fmt::format("pipe:[{}]", file.fixed.inode);
    case SC_FILE_ANON: return file.text;
    default: break;
  }
  if (socket.family == AF_UNIX) {
    return file.text.empty() ? std::string("unix socket")
                             : "unix socket " + printable_name(file.text);
  }
  if (socket.family != AF_INET && socket.family != AF_INET6) return "socket";
  const bool datagrams = socket.type == SOCK_DGRAM;
  std::string text =
      (datagrams ? "UDP " : "TCP ") + address(socket, socket.local, socket.local_port);
  if (socket.remote_port != 0) text += " -> " + address(socket, socket.remote, socket.remote_port);
  return text;
}

std::string label_of(const resolve::OpenFile& file) {
  using resolve::FileClass;
  if (file.file_class == FileClass::pipe) return fmt::format("pipe:[{}]", file.inode);
  const resolve::SocketInfo* const socket = file.socket;
  if (socket == nullptr) return file.name;
  if (file.file_class != FileClass::tcp && file.file_class != FileClass::udp) {
    return std::string(resolve::class_name(file.file_class)) + " socket";
  }
  std::string text = (file.file_class == FileClass::udp ? "UDP " : "TCP ") +
                     resolve::address_text(socket->family, socket->local);
  if (socket->remote.port != 0)
    text += " -> " + resolve::address_text(socket->family, socket->remote);
  return text;
}

bool is_poll(std::uint32_t call) {
  switch (call) {
    case SYS_poll:
    case SYS_ppoll:
    case SYS_select:
    case SYS_pselect6:
    case SYS_epoll_wait:
    case SYS_epoll_pwait:
    case SYS_epoll_pwait2: return true;
    default: return false;
  }
}

bool is_sleep(std::uint32_t call) { return call == SYS_nanosleep || call == SYS_clock_nanosleep; }

// Whether time, not somebody, ended the call.
bool timed_out(const sc_call& call) {
  return is_sleep(call.nr) || (is_poll(call.nr) && call.ret == 0) ||
         (call.nr == SYS_futex && call.ret == -ETIMEDOUT);
}

bool takes_in(std::uint32_t call) {
  switch (call) {
    case SYS_read:
    case SYS_readv:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_accept:
    case SYS_accept4: return true;
    default: return false;
  }
}

std::string call_name(std::uint32_t number) {
  const BlockingCall* const call = blocking_call(number);
  return call != nullptr ? std::string(call->name) : fmt::format("call {}", number);
}

RequestTime request_time(const protocol::Exchange& exchange, std::uint64_t end) {
  return {exchange.text, seconds(std::max(end, exchange.asked) - exchange.asked), exchange.outcome,
          exchange.tries};
}

// Connections of one process to one server, or of its clients to it: one line for those that owe
// nothing.
void merge_alike(std::vector<ConnectionTime>& list) {
  using Kind = std::tuple<pid_t, bool, std::string_view, std::string>;
  std::map<Kind, std::size_t> first;
  std::vector<ConnectionTime> merged;
  for (ConnectionTime& each : list) {
    const auto [known, fresh] =
        each.server.empty() || !each.unanswered.empty()
            ? std::pair(first.end(), true)
            : first.try_emplace({each.pid, each.serves, each.protocol, each.server}, merged.size());
    if (fresh) {
      merged.push_back(std::move(each));
      continue;
    }
    ConnectionTime& to = merged[known->second];
    ++to.connections;
    to.requests += each.requests;
    to.answers += each.answers;
    to.seconds += each.seconds;
    std::ranges::move(each.slowest, std::back_inserter(to.slowest));
  }
  for (ConnectionTime& each : merged) {
    if (each.connections == 1) continue;
    std::ranges::stable_sort(each.slowest, std::ranges::greater(), &RequestTime::seconds);
    std::vector<RequestTime> kept;
    for (RequestTime& request : each.slowest) {
      const bool known = std::ranges::find(kept, request.text, &RequestTime::text) != kept.end();
      if (!known && kept.size() < shown_slowest) kept.push_back(std::move(request));
    }
    each.slowest = std::move(kept);
  }
  list = std::move(merged);
}

}  // namespace

Watch::Watch(resolve::World& world, const std::vector<pid_t>& pids, std::uint64_t now)
    : start_(now) {
  for (const pid_t pid : pids) {
    for (const auto& socket : socket_table(pid, world).sockets) {
      if (socket.protocol == IPPROTO_TCP && socket.state == tcp_listen) {
        listening_.insert(socket.local.port);
      }
    }
    for (const pid_t tid : capture::proc::list_threads(world.root(), pid)) {
      Thread& thread = threads_[{pid, tid}];
      thread.from = now;
      if (const auto info = capture::proc::read_thread(world.root(), pid, tid))
        thread.comm = info->comm;
      if (const auto use = cpu_use(world, {pid, tid})) {
        thread.ran = use->ran;
        thread.queued = use->queued;
      }
    }
  }
}

Watch::Thread& Watch::thread_of(const sc_head& head) {
  const auto [at, fresh] =
      threads_.try_emplace(ThreadId{static_cast<pid_t>(head.pid), static_cast<pid_t>(head.tid)});
  if (fresh) at->second.from = std::max(head.time, start_);
  return at->second;
}

void Watch::take(Bytes record) {
  const sc_head& head = event::head(record);
  switch (head.kind) {
    case SC_ENTER: return take_enter(record);
    case SC_CALL: return take_call(record);
    case SC_FILE: return learn(record);
    case SC_WAKE:
      if (const auto* wake = event::as<sc_wake>(record)) take_wake(*wake);
      return;
    case SC_TASK:
    case SC_EXEC: {
      Thread& thread = thread_of(head);
      const char* const comm =
          head.kind == SC_TASK
              ? (event::as<sc_task>(record) ? event::as<sc_task>(record)->comm : "")
              : (event::as<sc_exec>(record) ? event::as<sc_exec>(record)->comm : "");
      thread.comm.assign(comm, ::strnlen(comm, *comm == 0 ? 0 : 16));
      return;
    }
    case SC_EXIT: {
      Thread& thread = thread_of(head);
      flush(thread);
      thread.open.valid = false;
      thread.to = head.time;
      return;
    }
    case SC_LOST:
      if (const auto* lost = event::as<sc_lost>(record)) lost_ += lost->count;
      return;
    default: return;
  }
}

void Watch::learn(Bytes record) {
  const event::File* const file = files_.learn(record);
  if (file == nullptr) return;
  const std::uint64_t id = file->fixed.id;
  if (labels_.size() >= most_labels && !labels_.contains(id)) return;
  Label& label = labels_[id];
  label.text = label_of(*file);
  label.inode = file->fixed.inode;
  label.socket = file->socket;
}

Watch::Key Watch::key_of(Bytes record, const sc_call& call) {
  Key key{.call = call.nr};
  const BlockingCall* const known = blocking_call(call.nr);
  const bool on_descriptor = known != nullptr && known->first == FirstArgument::descriptor;
  if (const auto polled = polled_descriptor(record)) {
    key.fd = *polled;
  } else if (on_descriptor) {
    key.fd = static_cast<int>(call.args[0]);
  }
  if (key.fd < 0) return key;
  const event::File* const file = files_.find(record, key.fd, event::FileTime::exit_or_entry);
  const std::pair place(call.head.pid, key.fd);
  if (file != nullptr) {
    key.file = file->fixed.id;
    if (latest_.size() < most_labels || latest_.contains(place)) latest_[place] = key.file;
  } else if (const auto known = latest_.find(place); known != latest_.end()) {
    key.file = known->second;
  }
  return key;
}

void Watch::take_enter(Bytes record) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr || call->head.abi != SC_ABI_X86_64) return;
  Thread& thread = thread_of(call->head);
  thread.open = {key_of(record, *call), std::max(call->head.time, start_), true};
}

void Watch::take_wake(const sc_wake& wake) {
  Thread& thread = thread_of(wake.head);
  thread.woken_by = {};
  if (wake.waker_pid == 0) return;  // the idle task: an interrupt
  thread.woken_by.who = {static_cast<pid_t>(wake.waker_pid), static_cast<pid_t>(wake.waker_tid)};
  thread.woken_by.comm.assign(wake.waker_comm, ::strnlen(wake.waker_comm, sizeof wake.waker_comm));
}

void Watch::charge(Thread& thread, const Key& key, std::uint64_t time) {
  Sum& sum = thread.waits[key];
  sum.time += time;
  sum.longest = std::max(sum.longest, time);
  ++sum.count;
  const WokenBy& waker = thread.woken_by;
  if (waker.who.pid == 0) return;
  const auto id = std::uint64_t{static_cast<std::uint32_t>(waker.who.pid)} << 32 |
                  static_cast<std::uint32_t>(waker.who.tid);
  if (sum.woken_by.size() < most_wakers || sum.woken_by.contains(id)) {
    WokenBy& counted = sum.woken_by[id];
    counted.who = waker.who;
    counted.comm = waker.comm;
    ++counted.count;
  }
}

void Watch::flush(Thread& thread) {
  if (thread.uncharged.valid) charge(thread, thread.uncharged.key, thread.uncharged.time);
  thread.uncharged.valid = false;
  thread.woken_by = {};
}

void Watch::take_call(Bytes record) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr || call->head.abi != SC_ABI_X86_64) return;
  Thread& thread = thread_of(call->head);
  thread.open.valid = false;
  const Key key = key_of(record, *call);
  // What poll had waited for shows in what is read next.
  if (thread.uncharged.valid) {
    const WokenBy newer = thread.woken_by;
    if (takes_in(call->nr) && key.fd >= 0) {
      thread.uncharged.key.then = call->nr;
      thread.uncharged.key.fd = key.fd;
      thread.uncharged.key.file = key.file;
    }
    flush(thread);
    thread.woken_by = newer;
  }
  const std::uint64_t end = call->head.time + call->duration;
  const std::uint64_t within = end - std::min(end, std::max(call->head.time, start_));
  const std::uint64_t blocked = std::min(within, call->blocked);
  if (timed_out(*call)) thread.woken_by = {};
  if (blocked > 0) {
    if (is_poll(call->nr) &&
        key.fd == (call->nr == SYS_poll || call->nr == SYS_ppoll
                       ? -1
                       : static_cast<int>(call->args[0])) &&
        call->ret > 0) {
      thread.uncharged = {key, blocked, true};
      return;  // who woke it is charged with it
    }
    charge(thread, key, blocked);
  }
  thread.woken_by = {};
  if ((call->nr == SYS_accept || call->nr == SYS_accept4) && call->ret >= 0) {
    const event::File* const file =
        files_.find(record, static_cast<int>(call->ret), event::FileTime::exit);
    if (file != nullptr) labels_[file->fixed.id].accepted = true;
    return;
  }
  for (const Transfer& transfer : transfers_in(record)) {
    const event::File* const file =
        files_.find(record, transfer.fd, event::FileTime::exit_or_entry);
    if (file == nullptr || file->fixed.file_class != SC_FILE_SOCKET) continue;
    Talk* const talk = talk_of(call->head.pid, transfer.fd, *file);
    if (talk == nullptr) continue;
    if (transfer.out) {
      talk->conversation->sent(transfer.bytes, transfer.total, call->head.time);
    } else {
      talk->conversation->received(transfer.bytes, transfer.total, end);
    }
  }
}

protocol::Side Watch::side_of(const event::File& file) const {
  using protocol::Side;
  const auto label = labels_.find(file.fixed.id);
  if (label != labels_.end() && label->second.accepted) return Side::server;
  const sc_socket& socket = file.socket;
  if (socket.family == AF_UNIX) return file.text.empty() ? Side::unknown : Side::server;
  if (socket.local_port == 0) return Side::unknown;
  return listening_.contains(socket.local_port) ? Side::server : Side::client;
}

Watch::Talk* Watch::talk_of(std::uint32_t pid, int fd, const event::File& file) {
  const auto key = std::pair(pid, file.fixed.id);
  const auto known = talks_.find(key);
  if (known != talks_.end()) return &known->second;
  if (talks_.size() >= most_talks) {
    ++untold_connections_;
    return nullptr;
  }
  using Kind = protocol::Conversation::Kind;
  const bool inet = file.socket.family == AF_INET || file.socket.family == AF_INET6;
  if (!inet && file.socket.family != AF_UNIX) return nullptr;
  const bool datagrams = file.socket.type == SOCK_DGRAM;
  if (datagrams && !inet) return nullptr;
  const protocol::Side side = side_of(file);
  const std::uint16_t port =
      side == protocol::Side::server ? file.socket.local_port : file.socket.remote_port;
  Talk& talk = talks_[key];
  talk.fd = fd;
  talk.file = file.fixed.id;
  talk.conversation = std::make_unique<protocol::Conversation>(
      datagrams ? Kind::datagrams : Kind::stream, side, port);
  return &talk;
}

// Who has the other end now; for a connection that is gone, who listens there.
std::string Watch::peer_of(pid_t pid, int fd, std::uint64_t file, resolve::World& world) {
  const auto [known, fresh] = peers_.try_emplace({pid, file});
  if (!fresh) return known->second;
  const auto label = labels_.find(file);
  if (label == labels_.end()) return {};
  std::string& text = known->second;
  const auto add = [&](const std::string& comm, pid_t who) {
    const std::string each = fmt::format("{} {}", comm, who);
    if (text.find(each) != text.npos || text.size() > 100) return;
    text += (text.empty() ? "" : ", ") + each;
  };
  const resolve::OpenFile* const open = world.file(pid, fd);
  if (open != nullptr && open->inode == label->second.inode) {
    for (const resolve::Peer& peer : world.peers(pid, fd).peers) {
      if (peer.relation == resolve::Peer::Relation::other_end && peer.pid != pid) {
        add(peer.comm, peer.pid);
      }
    }
    return text;
  }
  const sc_socket& socket = label->second.socket;
  const bool loopback =
      (socket.family == AF_INET && socket.remote[0] == 127) ||
      (socket.remote_port != 0 && std::ranges::equal(socket.local, socket.remote));
  if (!loopback) return text;
  for (const auto& other : socket_table(pid, world).sockets) {
    if (other.local.port != socket.remote_port || other.remote.port != 0 || other.inode == 0)
      continue;
    const bool datagrams = socket.type == SOCK_DGRAM;
    if (datagrams != (other.protocol == IPPROTO_UDP)) continue;
    for (const resolve::OpenFile* holder : world.holders(
             datagrams ? resolve::FileClass::udp : resolve::FileClass::tcp, other.inode)) {
      if (const auto process = world.process(holder->pid)) add((*process)->info.comm, holder->pid);
    }
  }
  return text;
}

// The call that was in flight as the watch began has no file: later calls on its descriptor tell.
void Watch::merge_unidentified(Thread& thread) {
  for (auto at = thread.waits.begin(); at != thread.waits.end();) {
    const Key key = at->first;
    const auto same = std::ranges::find_if(thread.waits, [&](const auto& other) {
      return other.first.file != 0 && other.first.call == key.call && other.first.fd == key.fd &&
             other.first.then == key.then;
    });
    if (key.file != 0 || key.fd < 0 || same == thread.waits.end()) {
      ++at;
      continue;
    }
    Sum& to = same->second;
    to.time += at->second.time;
    to.longest = std::max(to.longest, at->second.longest);
    to.count += at->second.count;
    for (const auto& [number, waker] : at->second.woken_by) {
      WokenBy& known = to.woken_by[number];
      known.who = waker.who;
      known.comm = waker.comm;
      known.count += waker.count;
    }
    at = thread.waits.erase(at);
  }
}

ThreadTime Watch::time_of(ThreadId id, Thread& thread, resolve::World& world, std::uint64_t now) {
  flush(thread);
  ThreadTime result;
  result.who = id;
  result.comm = thread.comm;
  result.ended = thread.to != 0;
  const std::uint64_t end = thread.to != 0 ? thread.to : now;
  result.seconds = seconds(end - std::min(end, thread.from));
  Key open{};
  if (thread.open.valid && thread.to == 0) {
    open = thread.open.key;
    thread.woken_by = {};
    charge(thread, open, end - std::min(end, thread.open.time));
    thread.open.time = end;
  }
  merge_unidentified(thread);
  for (const auto& [key, sum] : thread.waits) {
    WaitShare share;
    share.call = call_name(key.call);
    share.fd = key.fd;
    if (key.then != UINT32_MAX) share.call += ", then " + call_name(key.then);
    share.seconds = seconds(sum.time);
    share.longest = seconds(sum.longest);
    share.count = sum.count;
    share.now = thread.open.valid && key.call == open.call && key.fd == open.fd &&
                (key.file == open.file || open.file == 0);
    result.blocked += share.seconds;
    const auto label = labels_.find(key.file);
    bool by_network = false;
    if (key.file != 0 && label != labels_.end()) {
      share.object = label->second.text;
      share.peer = peer_of(id.pid, key.fd, key.file, world);
      by_network =
          label->second.socket.family == AF_INET || label->second.socket.family == AF_INET6;
    } else if (key.fd >= 0) {
      const resolve::OpenFile* const file = world.file(id.pid, key.fd);
      if (file != nullptr) share.object = label_of(*file);
    }
    for (const auto& [number, waker] : sum.woken_by) {
      // A packet arrives in an interrupt, in the midst of anybody: only the peer is believed.
      const bool is_peer = share.peer.find(fmt::format(" {}", waker.who.pid)) != share.peer.npos;
      if ((by_network && !is_peer) || waker.who.pid == ::getpid()) continue;
      share.woken_by.push_back(waker);
    }
    std::ranges::stable_sort(share.woken_by, std::ranges::greater(), &WokenBy::count);
    if (share.woken_by.size() > shown_wakers) share.woken_by.resize(shown_wakers);
    result.waits.push_back(std::move(share));
  }
  std::ranges::stable_sort(result.waits, std::ranges::greater(), &WaitShare::seconds);
  if (result.waits.size() > shown_waits) result.waits.resize(shown_waits);
  if (const auto use = cpu_use(world, id); use && thread.to == 0) {
    result.running = seconds(use->ran - std::min(use->ran, thread.ran));
    result.starved = seconds(use->queued - std::min(use->queued, thread.queued));
  } else {
    result.running = std::max(0.0, result.seconds - result.blocked);
  }
  return result;
}

ConnectionTime Watch::connection_of(pid_t pid, Talk& talk, resolve::World& world,
                                    std::uint64_t now) {
  protocol::Conversation& conversation = *talk.conversation;
  conversation.finish();
  ConnectionTime result;
  result.pid = pid;
  result.fd = talk.fd;
  for (const auto& [id, thread] : threads_) {
    if (id.pid == pid) result.comm = thread.comm;
    if (id.pid == pid && id.tid == pid) break;
  }
  const auto label = labels_.find(talk.file);
  if (label != labels_.end()) {
    result.object = label->second.text;
    result.inode = label->second.inode;
  }
  result.peer = peer_of(pid, talk.fd, talk.file, world);
  if (conversation.protocol() != nullptr) result.protocol = conversation.protocol()->name;
  result.serves = conversation.side() == protocol::Side::server;
  if (label != labels_.end()) {
    result.server = server_of(label->second.socket, result.object, result.serves);
  }
  result.requests = conversation.requests();
  result.answers = conversation.answers();
  result.seconds = seconds(conversation.time());
  for (const protocol::Exchange& each : conversation.slowest()) {
    result.slowest.push_back(request_time(each, each.answered));
  }
  for (const protocol::Exchange& each : conversation.pending()) {
    if (result.unanswered.size() == shown_unanswered) break;
    result.unanswered.push_back(request_time(each, now));
  }
  return result;
}

WatchReport Watch::report(resolve::World& world, std::uint64_t now) {
  WatchReport report;
  report.seconds = seconds(now - start_);
  report.lost = lost_;
  peers_.clear();
  for (auto& [id, thread] : threads_) report.threads.push_back(time_of(id, thread, world, now));
  for (auto& [key, talk] : talks_) {
    if (talk.conversation->requests() == 0) continue;
    report.connections.push_back(connection_of(static_cast<pid_t>(key.first), talk, world, now));
  }
  merge_alike(report.connections);
  std::ranges::stable_sort(report.connections,
                           [](const ConnectionTime& a, const ConnectionTime& b) {
                             if (a.unanswered.empty() != b.unanswered.empty())
                               return b.unanswered.empty();
                             return a.seconds > b.seconds;
                           });
  // A thread that was only ever blocked in one call is the least interesting.
  std::ranges::stable_sort(report.threads, [](const ThreadTime& a, const ThreadTime& b) {
    return a.running + a.starved > b.running + b.starved;
  });
  const auto cut = [](auto& list, std::size_t most) {
    const std::size_t more = list.size() - std::min(list.size(), most);
    list.resize(list.size() - more);
    return more;
  };
  report.more_connections = cut(report.connections, shown_connections) + untold_connections_;
  report.more_threads = cut(report.threads, shown_threads);
  return report;
}

}  // namespace syscope::diagnose
