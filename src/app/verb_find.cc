#include "app/verb_find.h"

#include <getopt.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "app/file_listing.h"
#include "present/tables/json_line.h"
#include "present/tables/table.h"
#include "present/tables/terminal_text.h"
#include "resolve/process_pattern.h"
#include "resolve/world.h"

namespace syscope::app {
namespace {

using resolve::World;

constexpr const char* usage =
    "usage: syscope find [--json] REGEX\n"
    "Processes whose full command line matches the POSIX extended regular expression.\n\n"
    "  --json   one object per line\n"
    "  -t       process numbers only\n";

enum class Format { table, json, pids };

int complain(const Error& error) {
  std::fprintf(stderr, "syscope find: %s\n", error.text().c_str());
  return error.cause == Cause::not_permitted ? exit_not_permitted : exit_usage;
}

std::uint64_t elapsed_ms(const capture::proc::ProcessInfo& info) {
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const std::uint64_t started = info.start_time * 1000 / ticks;
  const std::uint64_t now = capture::proc::boot_clock_ms();
  return now > started ? now - started : 0;
}

// [[days-]hours:]minutes:seconds, as ps(1) writes it.
void append_elapsed(TextBuffer& text, std::uint64_t milliseconds) {
  const std::uint64_t seconds = milliseconds / 1000;
  const std::uint64_t days = seconds / 86400;
  if (days != 0) {
    text.append_decimal(days);
    text.append('-');
  }
  if (seconds >= 3600) {
    text.append_padded(seconds / 3600 % 24, 2);
    text.append(':');
  }
  text.append_padded(seconds / 60 % 60, 2);
  text.append(':');
  text.append_padded(seconds % 60, 2);
}

void write_json(World& world, const resolve::Process& process, TextBuffer& text) {
  const capture::proc::ProcessInfo& info = process.info;
  present::JsonLine json(text);
  json.open_object();
  json.field("pid", static_cast<std::uint64_t>(info.pid));
  json.field("ppid", static_cast<std::uint64_t>(info.parent));
  json.field("elapsed_ms", elapsed_ms(info));
  json.field("state", std::string_view(&info.state, 1));
  json.field("user", world.user_name(info.user));
  json.field("uid", std::uint64_t{info.user});
  if (!world.container(info.pid).empty()) json.field("container", world.container(info.pid));
  json.field("threads", std::uint64_t{info.threads});
  json.field("command", info.comm);
  json.field("command_line", world.command_line(info.pid));
  json.close_object();
  json.end_line();
}

void add_row(World& world, const resolve::Process& process, present::Table& table) {
  const capture::proc::ProcessInfo& info = process.info;
  table.cell().append_signed(info.pid);
  table.end_cell();
  append_elapsed(table.cell(), elapsed_ms(info));
  table.end_cell();
  present::append_harmless(table.cell(), world.user_name(info.user));
  table.end_cell();
  present::append_harmless(table.cell(), world.container(info.pid));
  table.end_cell();
  present::append_harmless(table.cell(), world.command_line(info.pid));
  table.end_cell();
}

int show(World& world, const resolve::ProcessPattern& pattern, Format format) {
  static constexpr present::Column columns[] = {
      {"PID", true}, {"ELAPSED", true}, {"USER"}, {"CONTAINER", false, true}, {"COMMAND"}};
  present::Table table(columns);
  present::Output output = standard_output();
  TextBuffer& text = output.text();
  bool found = false;
  for (const pid_t pid : resolve::matching_processes(world, pattern)) {
    const auto process = world.process(pid);
    if (!process) continue;
    found = true;
    if (format == Format::json) {
      write_json(world, **process, text);
    } else if (format == Format::pids) {
      text.append_signed(pid);
      text.append('\n');
    } else {
      add_row(world, **process, table);
    }
  }
  if (!table.empty()) table.write(output);
  output.flush();
  return found ? exit_ok : exit_nothing_found;
}

}  // namespace

int verb_find(std::span<char*> arguments) {
  static constexpr option long_options[] = {{"json", no_argument, nullptr, 'j'},
                                            {"help", no_argument, nullptr, 'h'},
                                            {nullptr, 0, nullptr, 0}};
  Format format = Format::table;
  const int count = static_cast<int>(arguments.size());
  ::optind = 0;  // glibc's way to start anew
  ::opterr = 0;
  for (int letter = 0;
       (letter = ::getopt_long(count, arguments.data(), "tjh", long_options, nullptr)) != -1;) {
    switch (letter) {
      case 'j': format = Format::json; break;
      case 't': format = Format::pids; break;
      case 'h': std::fputs(usage, stdout); return exit_ok;
      default: std::fputs(usage, stderr); return exit_usage;
    }
  }
  if (::optind + 1 != count) {
    std::fputs(usage, stderr);
    return exit_usage;
  }
  const auto pattern =
      resolve::ProcessPattern::compile(arguments[static_cast<std::size_t>(::optind)]);
  if (!pattern) return complain(pattern.error());
  auto root = capture::proc::Root::open();
  if (!root) return complain(root.error());
  World world(std::move(*root));
  return show(world, *pattern, format);
}

}  // namespace syscope::app
