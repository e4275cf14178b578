#include "present/watch_report.h"

#include <fmt/format.h>

#include <iterator>

#include "base/text_buffer.h"
#include "present/tables/json_line.h"
#include "present/wait_tree.h"

namespace syscope::present {
namespace {

using diagnose::ConnectionTime;
using diagnose::RequestTime;
using diagnose::ThreadTime;
using diagnose::WaitShare;

constexpr std::size_t longest_request = 160;
constexpr double worth_a_line = 0.0005;  // seconds: less shows as 0.000

// Line feeds in a statement are blanks to its server.
std::string request_text(const RequestTime& request) {
  if (request.text.empty()) return "a request of a protocol that is not known";
  std::string text = request.text.substr(0, longest_request);
  for (char& c : text) {
    if (c == '\n' || c == '\r' || c == '\t') c = ' ';
  }
  if (request.text.size() > longest_request) text += "...";
  return harmless(text);
}

std::string who_text(const diagnose::ThreadId& who, std::string_view comm) {
  std::string text = fmt::format("{} {}", harmless(comm), who.pid);
  if (who.tid != 0 && who.tid != who.pid) text += fmt::format(", thread {}", who.tid);
  return text;
}

std::string_view times(std::uint64_t count) { return count == 1 ? "once" : "times"; }

std::string counted(std::uint64_t count) {
  return count == 1 ? std::string(times(1)) : fmt::format("{} {}", count, times(count));
}

void append_connection(const ConnectionTime& connection, std::string& out) {
  auto to = std::back_inserter(out);
  if (connection.connections == 1) {
    fmt::format_to(to, "{} {} fd {}  {}", harmless(connection.comm), connection.pid, connection.fd,
                   harmless(connection.object));
  } else {
    fmt::format_to(to, "{} {}  {} connections {} {}", harmless(connection.comm), connection.pid,
                   connection.connections, connection.serves ? "of clients to" : "to",
                   harmless(connection.server));
  }
  if (!connection.peer.empty()) fmt::format_to(to, " ({})", harmless(connection.peer));
  fmt::format_to(to, "\n    {}: {} {}{}",
                 connection.protocol.empty() ? "unknown protocol" : connection.protocol,
                 connection.requests, connection.serves ? "served request" : "request",
                 connection.requests == 1 ? "" : "s");
  if (connection.answers > 0) {
    fmt::format_to(
        to, ", {} answered in {:.3f} s together",
        connection.answers == connection.requests ? "all" : std::to_string(connection.answers),
        connection.seconds);
  }
  out += '\n';
  for (const RequestTime& each : connection.unanswered) {
    fmt::format_to(to, "    no answer for {:.3f} s: {}", each.seconds, request_text(each));
    if (each.tries > 1) fmt::format_to(to, " (asked {} times)", each.tries);
    out += '\n';
  }
  for (const RequestTime& each : connection.slowest) {
    if (each.text.empty() && connection.slowest.size() == 1 && connection.answers == 1) continue;
    fmt::format_to(to, "    {:.3f} s: {}", each.seconds, request_text(each));
    if (!each.outcome.empty()) fmt::format_to(to, " -> {}", harmless(each.outcome));
    out += '\n';
  }
}

void append_wait(const WaitShare& wait, std::string& out) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "    {:.3f} s in {}", wait.seconds, wait.call);
  if (wait.fd >= 0) fmt::format_to(to, "({})", wait.fd);
  if (!wait.object.empty()) fmt::format_to(to, " {}", harmless(wait.object));
  if (!wait.peer.empty()) fmt::format_to(to, " ({})", harmless(wait.peer));
  if (wait.now) out += ", now too";
  if (wait.count > 1)
    fmt::format_to(to, "; {} times, {:.3f} s the longest", wait.count, wait.longest);
  std::string_view separator = "; woken by ";
  for (const diagnose::WokenBy& waker : wait.woken_by) {
    fmt::format_to(to, "{}{} {}", separator, who_text(waker.who, waker.comm), counted(waker.count));
    separator = " and ";
  }
  out += '\n';
}

// Of the kind that every server has many of: parked, and nobody wanted it.
bool slept_through(const ThreadTime& thread) {
  return thread.running + thread.starved < worth_a_line && thread.waits.size() == 1 &&
         thread.waits[0].now && thread.waits[0].count == 1 && thread.waits[0].call == "futex";
}

void append_thread(const ThreadTime& thread, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "{}: {:.3f} s running, {:.3f} s waiting for a CPU, {:.3f} s blocked{}\n",
                 who_text(thread.who, thread.comm), thread.running, thread.starved, thread.blocked,
                 thread.ended ? fmt::format(", ended after {:.3f} s", thread.seconds) : "");
  for (const WaitShare& wait : thread.waits) {
    if (wait.seconds >= worth_a_line || wait.now) append_wait(wait, out);
  }
}

void write_seconds(JsonLine& json, std::string_view name, double seconds) {
  json.key(name);
  json.literal(fmt::format("{:.6f}", seconds));
}

template <class Range, class Write>
void write_list(JsonLine& json, std::string_view name, const Range& range, Write write) {
  json.key(name);
  json.open_array();
  for (const auto& element : range) {
    json.open_object();
    write(element);
    json.close_object();
  }
  json.close_array();
}

void write_who(JsonLine& json, const diagnose::ThreadId& who, std::string_view comm) {
  json.field("pid", static_cast<std::uint64_t>(who.pid));
  if (who.tid != 0) json.field("tid", static_cast<std::uint64_t>(who.tid));
  json.field("comm", comm);
}

void write_descriptor(JsonLine& json, int fd, const std::string& object, const std::string& peer) {
  if (fd >= 0) json.field("fd", static_cast<std::uint64_t>(fd));
  if (!object.empty()) json.field("object", object);
  if (!peer.empty()) json.field("peer", peer);
}

void write_request(JsonLine& json, const RequestTime& request) {
  json.field("text", request.text);
  write_seconds(json, "seconds", request.seconds);
  if (!request.outcome.empty()) json.field("outcome", request.outcome);
  if (request.tries > 1) json.field("tries", request.tries);
}

void write_connection(JsonLine& json, const ConnectionTime& connection) {
  write_who(json, {connection.pid, 0}, connection.comm);
  write_descriptor(json, connection.fd, connection.object, connection.peer);
  if (!connection.protocol.empty()) json.field("protocol", connection.protocol);
  json.field("side", connection.serves ? "server" : "client");
  if (!connection.server.empty()) json.field("server", connection.server);
  json.field("connections", connection.connections);
  json.field("requests", connection.requests);
  json.field("answers", connection.answers);
  write_seconds(json, "seconds", connection.seconds);
  write_list(json, "slowest", connection.slowest,
             [&](const RequestTime& each) { write_request(json, each); });
  write_list(json, "unanswered", connection.unanswered,
             [&](const RequestTime& each) { write_request(json, each); });
}

void write_thread(JsonLine& json, const ThreadTime& thread) {
  write_who(json, thread.who, thread.comm);
  write_seconds(json, "seconds", thread.seconds);
  write_seconds(json, "running", thread.running);
  write_seconds(json, "starved", thread.starved);
  write_seconds(json, "blocked", thread.blocked);
  json.key("ended");
  json.boolean(thread.ended);
  write_list(json, "waits", thread.waits, [&](const WaitShare& wait) {
    json.field("call", wait.call);
    write_descriptor(json, wait.fd, wait.object, wait.peer);
    write_seconds(json, "seconds", wait.seconds);
    write_seconds(json, "longest", wait.longest);
    json.field("count", wait.count);
    json.key("now");
    json.boolean(wait.now);
    write_list(json, "woken_by", wait.woken_by, [&](const diagnose::WokenBy& waker) {
      write_who(json, waker.who, waker.comm);
      json.field("count", waker.count);
    });
  });
}

}  // namespace

std::string watch_text(const diagnose::WatchReport& report) {
  std::string out = fmt::format("Seen within {:.1f} s:\n", report.seconds);
  for (const ConnectionTime& each : report.connections) append_connection(each, out);
  if (report.more_connections > 0)
    out += fmt::format("and {} more connections\n", report.more_connections);
  std::size_t asleep = 0;
  for (const ThreadTime& each : report.threads) {
    if (report.threads.size() > 1 && slept_through(each)) {
      ++asleep;
    } else {
      append_thread(each, out);
    }
  }
  if (asleep > 0) {
    out += fmt::format("{} thread{} slept in futex all the time\n", asleep, asleep == 1 ? "" : "s");
  }
  if (report.more_threads > 0) out += fmt::format("and {} more threads\n", report.more_threads);
  if (report.lost > 0)
    out += fmt::format("{} calls were lost: the figures are too low\n", report.lost);
  return out;
}

std::string watch_json(const diagnose::WatchReport& report) {
  TextBuffer text;
  JsonLine json(text);
  json.open_object();
  json.field("schema", "syscope.why.watch/1");
  write_seconds(json, "seconds", report.seconds);
  json.field("lost", report.lost);
  write_list(json, "connections", report.connections,
             [&](const ConnectionTime& each) { write_connection(json, each); });
  json.field("more_connections", report.more_connections);
  write_list(json, "threads", report.threads,
             [&](const ThreadTime& each) { write_thread(json, each); });
  json.field("more_threads", report.more_threads);
  json.close_object();
  json.end_line();
  return std::string(text.view());
}

}  // namespace syscope::present
