#include "app/verb_files.h"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "app/file_counts.h"
#include "app/file_growth.h"
#include "app/file_listing.h"
#include "app/files_options.h"
#include "capture/open_files/open_files.h"
#include "present/tables/file_fields.h"
#include "present/tables/file_json.h"
#include "present/tables/file_table.h"

namespace syscope::app {
namespace {

using capture::open_files::OpenFiles;
using resolve::World;
using present::Output;
using Format = FilesOptions::Format;

int complain(const Error& error) {
  std::fprintf(stderr, "syscope files: %s\n", error.text().c_str());
  switch (error.cause) {
    case Cause::not_found: return exit_nothing_found;
    case Cause::not_permitted: return exit_not_permitted;
    default: return exit_usage;
  }
}

using Source = std::unique_ptr<capture::proc::DescriptorSource>;

// A World for one look; where the source has something to say, it takes part.
Result<World> open_world(const Source& source) {
  auto root = capture::proc::Root::open();
  if (!root) return std::unexpected(std::move(root.error()));
  World world(std::move(*root));
  if (source) world.list_with(*source);
  return world;
}

// What `--engine` asks for. Null: /proc alone.
Result<Source> open_source(const World& world, FilesOptions::Engine engine) {
  if (engine == FilesOptions::Engine::proc) return nullptr;
  const bool always = engine == FilesOptions::Engine::bpf;
  auto source = OpenFiles::make(world.root(), always);
  if (!always) return source;
  if (!source)
    return fail(Cause::not_permitted, "cannot list the open files with eBPF", {},
                "run as root and outside of containers, or leave --engine=bpf out");
  if (auto loaded = source->load(); !loaded) return std::unexpected(std::move(loaded.error()));
  return source;
}

void wait_for(double seconds) {
  timespec left{static_cast<time_t>(seconds),
                static_cast<long>((seconds - std::floor(seconds)) * 1e9)};
  while (::nanosleep(&left, &left) != 0) {
  }
}

void write_pids(const FileListing& listing, TextBuffer& text) {
  std::set<pid_t> pids;
  for (const ListedFile& listed : listing.files) pids.insert(listed.pid);
  for (const pid_t pid : pids) {
    text.append_signed(pid);
    text.append('\n');
  }
}

FileRows rows_of(World& world, const FilesOptions& options, bool peers) {
  return FileRows(world, {.peers = peers,
                          .socket_options = options.socket_options,
                          .numeric_users = options.numeric_users});
}

void write_table(World& world, const FileListing& listing, const FilesOptions& options,
                 Output& output) {
  if (listing.files.empty()) return;
  present::FileTable table(options.command_width);
  table.expect_rows(listing.files.size());
  FileRows rows = rows_of(world, options, true);
  for (const ListedFile& listed : listing.files) table.add(rows.of(listed));
  table.write(output);
}

void write_fields(World& world, const FileListing& listing, const FilesOptions& options,
                  TextBuffer& text) {
  present::FileFields fields(options.fields);
  FileRows rows = rows_of(world, options, false);
  for (const ListedFile& listed : listing.files) {
    const auto process = world.process(listed.pid);
    if (!process) continue;
    fields.write(rows.of(listed), (*process)->info.group,
                 (*process)->info.parent, text);
  }
}

void write_listing(World& world, const FileListing& listing, const FilesOptions& options,
                   Output& output) {
  TextBuffer& text = output.text();
  if (!options.count_by.empty())
    return write_counts(world, listing, options.count_by, options.format == Format::json, text);
  switch (options.format) {
    case Format::table: return write_table(world, listing, options, output);
    case Format::fields: return write_fields(world, listing, options, text);
    case Format::pids: return write_pids(listing, text);
    case Format::json: {
      FileRows rows = rows_of(world, options, true);
      constexpr std::size_t enough = 1 << 16;  // to write it out: the whole may be large
      for (const ListedFile& listed : listing.files) {
        present::write_file_json(rows.of(listed), text);
        if (text.size() > enough) output.flush();
      }
      return;
    }
  }
}

// What the listing could not show, on stderr.
void write_notes(const FileListing& listing, const FilesOptions& options) {
  for (const pid_t pid : listing.gone)
    std::fprintf(stderr, "syscope files: no such process: %d: syscope find REGEX lists processes\n", static_cast<int>(pid));
  if (listing.hidden != 0 && (options.selection.narrows_files() || options.format == Format::pids))
    std::fprintf(stderr,
                 "syscope files: %zu processes cannot be looked into: run as root, or grant "
                 "CAP_SYS_PTRACE\n",
                 listing.hidden);
}

int status_of(const FileListing& listing) {
  // A working directory that may not be read is a row, but no answer.
  for (const ListedFile& listed : listing.files)
    if (listed.file != nullptr &&
        (listed.file->role == resolve::Role::descriptor || !listed.file->name.empty()))
      return exit_ok;
  return listing.hidden != 0 ? exit_not_permitted : exit_nothing_found;
}

// Takes over what the watched code opens until the time is up.
void wait_and_collect(double seconds, std::optional<OpeningCode>& code) {
  constexpr double turn = 0.02;
  for (; code && seconds > turn; seconds -= turn) {
    wait_for(turn);
    code->collect();
  }
  wait_for(seconds);
  if (code) code->collect();
}

int show_growth(World& world, const Source& source, const FilesOptions& options) {
  const FileListing listing = list_files(world, options.selection);
  const FileCounts before = count_files(world, listing);
  std::set<pid_t> pids;
  for (const ListedFile& listed : listing.files) pids.insert(listed.pid);
  std::optional<OpeningCode> code;
  if (auto watched = OpeningCode::watch(world.root(), {pids.begin(), pids.end()}))
    code.emplace(std::move(*watched));
  else
    std::fprintf(stderr, "syscope files: %s\n", watched.error().text().c_str());
  wait_and_collect(options.growth_seconds, code);
  auto later = open_world(source);
  if (!later) return complain(later.error());
  const FileListing after = list_files(*later, options.selection);
  write_notes(after, options);
  if (after.files.empty()) return status_of(after);
  Output output = standard_output();
  const FileGrowth growth = compare(before, *later, after, code);
  const bool json = options.format == Format::json;
  write_growth(growth, options.growth_seconds, json, output.text());
  if (!grew(growth) && !json) output.text().append("nothing has grown\n");
  output.flush();
  return grew(growth) ? exit_ok : exit_nothing_found;
}

int show_repeatedly(World world, const Source& source, const FilesOptions& options) {
  int status = exit_nothing_found;
  Output output = standard_output();
  for (unsigned round = 1;; ++round) {
    const FileListing listing = list_files(world, options.selection);
    write_listing(world, listing, options, output);
    const bool again = options.repeat_seconds > 0 &&
                       (options.repeat_count == 0 || round < options.repeat_count) &&
                       !(options.repeat_until_empty && listing.files.empty());
    // lsof's mark between two looks; JSON lines need none.
    if (options.repeat_seconds > 0 && options.format != Format::json)
      output.text().append(options.format == Format::fields ? "m\n" : "=======\n");
    output.flush();
    if (output.error() != 0) return status;
    write_notes(listing, options);
    const int this_status = status_of(listing);
    if (round == 1 || this_status == exit_ok) status = this_status;
    if (!again) return status;
    wait_for(options.repeat_seconds);
    auto next = open_world(source);
    if (!next) return complain(next.error());
    world = std::move(*next);
  }
}

}  // namespace

int verb_files(std::span<char*> arguments) {
  auto world = open_world(nullptr);
  if (!world) return complain(world.error());
  const auto options = parse_files_options(arguments, *world);
  if (!options) return complain(options.error());
  if (options->help) {
    std::fputs(files_usage(), stdout);
    return exit_ok;
  }
  const auto source = open_source(*world, options->engine);
  if (!source) return complain(source.error());
  if (*source) world->list_with(**source);
  if (options->growth_seconds > 0) return show_growth(*world, *source, *options);
  return show_repeatedly(std::move(*world), *source, *options);
}

}  // namespace syscope::app
