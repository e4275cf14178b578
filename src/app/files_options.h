// The command line of `syscope files`.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/file_selection.h"
#include "base/result.h"
#include "resolve/world.h"

namespace syscope::app {

struct FilesOptions {
  enum class Format { table, json, fields, pids };
  enum class Engine { automatic, bpf, proc };  // where descriptors are listed from
  FileSelection selection;
  Format format = Format::table;
  Engine engine = Engine::automatic;
  std::string fields;                 // letters of -F
  std::size_t command_width = 15;     // 0: no limit
  bool numeric_users = false;         // -l
  bool socket_options = false;        // --socket-options, -T f
  double repeat_seconds = 0;          // -r; 0: once
  unsigned repeat_count = 0;          // of -r 1c5; 0: for ever
  bool repeat_until_empty = false;    // +r
  std::vector<std::string> count_by;  // --by
  double growth_seconds = 0;          // --growth
  bool help = false;
};

// Takes lsof's letters, `+` options included, and words of our own. `world` is asked about mounts.
[[nodiscard]] Result<FilesOptions> parse_files_options(std::span<char*> arguments,
                                                       resolve::World& world);

[[nodiscard]] const char* files_usage();

}  // namespace syscope::app
