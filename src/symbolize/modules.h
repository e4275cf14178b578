// The files mapped into a process, as libdwfl knows them.
#pragma once

#include <elfutils/libdwfl.h>
#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/proc/maps.h"
#include "capture/proc/root.h"

namespace syscope::symbolize {

class Modules {
 public:
  // Tells libdwfl of every mapped file; opens none of them yet.
  [[nodiscard]] static Result<std::unique_ptr<Modules>> report(const capture::proc::Root& root,
                                                               pid_t pid);
  Modules(const Modules&) = delete;
  Modules& operator=(const Modules&) = delete;
  ~Modules();

  // Whether the mapped files are still those that were reported.
  [[nodiscard]] bool is_current() const;

  [[nodiscard]] Dwfl* dwfl() const { return dwfl_; }
  // The mapping that an address lies in; null when there is none.
  [[nodiscard]] const capture::proc::Mapping* mapping_at(std::uint64_t address) const;
  [[nodiscard]] bool is_code(std::uint64_t address) const;

  // A mapped file: all of its neighbouring mappings together.
  struct File {
    const Modules* owner;
    const capture::proc::Mapping* first;
    std::uint64_t end;
    bool may_hang;
    bool slow_debug = false;  // its separate debug information takes long to unpack
  };
  // The file of a module of dwfl().
  [[nodiscard]] static const File& file_of(Dwfl_Module* module);

 private:
  Modules(const capture::proc::Root& root, pid_t pid) : root_(root), pid_(pid) {}
  void collect_files();
  static int find_file(Dwfl_Module* module, void** data, const char* name, Dwarf_Addr base,
                       char** file_name, Elf** elf);
  [[nodiscard]] int open_file(const File& file) const;

  const capture::proc::Root& root_;
  pid_t pid_;
  Dwfl* dwfl_ = nullptr;
  std::vector<capture::proc::Mapping> mappings_;
  std::vector<File> files_;
};

}  // namespace syscope::symbolize
