#include "app/verb_doctor.h"

#include <getopt.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_buffer.h"
#include "capture/bpf/requirements.h"
#include "present/tables/json_line.h"

namespace syscope::app {
namespace {

using capture::bpf::Requirement;

constexpr const char* usage =
    "usage: syscope doctor [--json]\n"
    "Which engine traces here: what each needs, whether it is met, and what to do if not.\n\n"
    "  --json   one object per line\n";

struct Diagnosis {
  std::vector<Requirement> bpf;
  std::vector<Requirement> ptrace;
  std::optional<Error> bpf_failure;  // of loading its programs
  long load_ms = 0;
};

// ptrace(2), "Ptrace access mode checking"; Yama is in the kernel's admin guide.
std::vector<Requirement> ptrace_requirements() {
  std::ifstream file("/proc/sys/kernel/yama/ptrace_scope");
  int scope = 0;
  file >> scope;
  return {{"tracing of one's own processes (Yama)", scope < 3,
           "ptrace_scope is " + std::to_string(scope), "it cannot be changed before the next boot"}};
}

Diagnosis diagnose() {
  Diagnosis diagnosis;
  diagnosis.bpf = capture::bpf::requirements();
  diagnosis.ptrace = ptrace_requirements();
  const auto begin = std::chrono::steady_clock::now();
  if (auto loaded = capture::bpf::try_loading(); !loaded) diagnosis.bpf_failure = loaded.error();
  const auto spent = std::chrono::steady_clock::now() - begin;
  diagnosis.load_ms = std::chrono::duration_cast<std::chrono::milliseconds>(spent).count();
  return diagnosis;
}

bool all_met(const std::vector<Requirement>& requirements) {
  for (const Requirement& one : requirements) {
    if (!one.met) return false;
  }
  return true;
}

void write_text(const std::vector<Requirement>& requirements) {
  for (const Requirement& one : requirements) {
    std::printf("  %-3s  %s: %s\n", one.met ? "yes" : "NO", one.what.c_str(), one.found.c_str());
    if (!one.met) std::printf("       -> %s\n", one.todo.c_str());
  }
}

void write_text(const Diagnosis& diagnosis) {
  std::puts("eBPF engine:");
  write_text(diagnosis.bpf);
  if (diagnosis.bpf_failure) {
    std::printf("  NO   its programs load: %s\n", diagnosis.bpf_failure->text().c_str());
  } else {
    std::printf("  yes  its programs load: in %ld ms\n", diagnosis.load_ms);
  }
  std::puts("  Not needed: tracefs, bpffs, debugfs, kernel headers, a raised RLIMIT_MEMLOCK.");
  std::puts("ptrace engine:");
  write_text(diagnosis.ptrace);
  if (!diagnosis.bpf_failure) {
    std::puts("Here, `syscope trace` can use the eBPF engine: it works.");
  } else if (all_met(diagnosis.ptrace)) {
    std::puts("Here, `syscope trace` uses the ptrace engine: the eBPF engine does not work.");
  } else {
    std::puts("Here, nothing can be traced.");
  }
}

void write_json(std::string_view engine, const Requirement& requirement, TextBuffer& text) {
  present::JsonLine json(text);
  json.open_object();
  json.field("engine", engine);
  json.field("requirement", requirement.what);
  json.key("met");
  json.boolean(requirement.met);
  json.field("found", requirement.found);
  if (!requirement.met) json.field("todo", requirement.todo);
  json.close_object();
  json.end_line();
}

void write_json(const Diagnosis& diagnosis) {
  TextBuffer text;
  for (const Requirement& one : diagnosis.bpf) write_json("bpf", one, text);
  Requirement loads{"its programs load", !diagnosis.bpf_failure,
                    "in " + std::to_string(diagnosis.load_ms) + " ms", {}};
  if (diagnosis.bpf_failure) {
    loads.found = diagnosis.bpf_failure->what;
    loads.todo = diagnosis.bpf_failure->todo;
  }
  write_json("bpf", loads, text);
  for (const Requirement& one : diagnosis.ptrace) write_json("ptrace", one, text);
  std::fwrite(text.view().data(), 1, text.view().size(), stdout);
}

}  // namespace

int verb_doctor(std::span<char*> arguments) {
  constexpr option long_options[] = {
      {"json", no_argument, nullptr, 'j'}, {"help", no_argument, nullptr, 'h'}, {nullptr, 0, nullptr, 0}};
  bool json = false;
  ::optind = 1;
  int letter = 0;
  while ((letter = ::getopt_long(static_cast<int>(arguments.size()), arguments.data(), "h", long_options,
                                 nullptr)) != -1) {
    if (letter == 'h') {
      std::fputs(usage, stdout);
      return exit_ok;
    }
    if (letter != 'j') {
      std::fputs(usage, stderr);
      return exit_usage;
    }
    json = true;
  }
  const Diagnosis diagnosis = diagnose();
  if (json) write_json(diagnosis);
  else write_text(diagnosis);
  return !diagnosis.bpf_failure || all_met(diagnosis.ptrace) ? exit_ok : exit_not_permitted;
}

}  // namespace syscope::app
