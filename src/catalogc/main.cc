// catalogc: compiles the catalog to tables, or shows what it made of it.
#include <fcntl.h>
#include <fmt/format.h>
#include <getopt.h>

#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "catalogc/compile.h"
#include "catalogc/dump.h"
#include "catalogc/emitter.h"

namespace syscope::catalogc {
namespace {

constexpr const char* usage =
    "usage: catalogc --output FOLDER FILE.sys...   write the tables as C++\n"
    "       catalogc --check FILE.sys...           report errors only\n"
    "       catalogc --plans FILE.sys...           show what is captured for each call\n"
    "       catalogc --facts FILE.sys...           list what the kernel's headers can confirm\n"
    "       catalogc --list FILE.sys...            count calls, sets and structs\n";

Result<std::string> read_file(const std::string& path) {
  std::FILE* const file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return fail_errno(errno, "cannot read", path);
  std::string text;
  char chunk[65536];
  for (std::size_t size; (size = std::fread(chunk, 1, sizeof chunk, file)) > 0;) {
    text.append(chunk, size);
  }
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return fail(Cause::failed, "cannot read", path);
  return text;
}

// Leaves a file alone that holds the text already, so that nothing is compiled again.
Result<void> write_file(const std::string& path, const std::string& text) {
  if (const auto old = read_file(path); old && *old == text) return {};
  std::FILE* const file = std::fopen(path.c_str(), "we");
  if (file == nullptr) return fail_errno(errno, "cannot write", path);
  const bool written = std::fwrite(text.data(), 1, text.size(), file) == text.size();
  if (std::fclose(file) != 0 || !written) return fail(Cause::failed, "cannot write", path);
  return {};
}

Result<std::vector<Source>> read_sources(char** first, char** last) {
  std::vector<Source> sources;
  for (char** path = first; path != last; ++path) {
    auto text = read_file(*path);
    if (!text) return std::unexpected(text.error());
    sources.push_back({std::filesystem::path(*path).filename(), std::move(*text)});
  }
  return sources;
}

int complain(const Error& error) {
  std::fprintf(stderr, "catalogc: %s\n", error.text().c_str());
  return 1;
}

int write_tables(const Compiled& compiled, const std::string& folder) {
  std::error_code ignored;
  std::filesystem::create_directories(folder, ignored);
  for (const GeneratedFile& file : emit(compiled)) {
    if (const auto done = write_file(folder + "/" + file.name, file.text); !done) {
      return complain(done.error());
    }
  }
  return 0;
}

int run(int argc, char** argv) {
  enum Mode { none, output, check, plans, facts, list };
  static const option options[] = {
      {"output", required_argument, nullptr, output}, {"check", no_argument, nullptr, check},
      {"plans", no_argument, nullptr, plans},         {"facts", no_argument, nullptr, facts},
      {"list", no_argument, nullptr, list},           {}};
  int mode = none;
  std::string folder;
  for (int chosen; (chosen = getopt_long(argc, argv, "", options, nullptr)) != -1;) {
    if (chosen == '?') return std::fputs(usage, stderr), 2;
    mode = chosen;
    if (chosen == output) folder = optarg;
  }
  if (mode == none || optind == argc) return std::fputs(usage, stderr), 2;
  const auto sources = read_sources(argv + optind, argv + argc);
  if (!sources) return complain(sources.error());
  Diagnostics diagnostics(*sources);
  Program program;
  const Compiled compiled = compile(*sources, program, diagnostics);
  if (!diagnostics.empty()) {
    std::fputs(diagnostics.report().c_str(), stderr);
    return 1;
  }
  if (mode == output) return write_tables(compiled, folder);
  if (mode == plans) std::fputs(dump_plans(compiled).c_str(), stdout);
  if (mode == facts) std::fputs(dump_facts(compiled).c_str(), stdout);
  if (mode == list) std::fputs(dump_counts(compiled, program).c_str(), stdout);
  return 0;
}

}  // namespace
}  // namespace syscope::catalogc

int main(int argc, char** argv) { return syscope::catalogc::run(argc, argv); }
