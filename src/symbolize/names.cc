#include "symbolize/names.h"

#include <cxxabi.h>

#include <cstdlib>
#include <cstring>

namespace syscope::symbolize {
namespace {

std::string demangled(const char* symbol) {
  // "read@@GLIBC_2.2.5": the version is of no interest here.
  if (symbol[0] != '_' || symbol[1] != 'Z') return std::string(symbol, std::strcspn(symbol, "@"));
  int status = 0;
  char* text = abi::__cxa_demangle(symbol, nullptr, nullptr, &status);
  std::string name = status == 0 && text != nullptr ? text : symbol;
  std::free(text);
  return name;
}

}  // namespace

void name_frame(const Modules& modules, bool is_return, Frame& frame) {
  const std::uint64_t address = frame.pc - (is_return ? 1 : 0);
  Dwfl_Module* module = dwfl_addrmodule(modules.dwfl(), address);
  if (module == nullptr) {
    if (const auto* mapping = modules.mapping_at(address)) {
      frame.module = mapping->path;
      frame.module_offset = frame.pc - mapping->start;
    }
    return;
  }
  const Modules::File& file = Modules::file_of(module);
  frame.module = file.first->path;
  frame.module_offset = frame.pc - file.first->start;
  GElf_Off offset = 0;
  GElf_Sym symbol;
  const char* name =
      dwfl_module_addrinfo(module, address, &offset, &symbol, nullptr, nullptr, nullptr);
  if (name == nullptr) return;
  frame.function = demangled(name);
  frame.offset = offset + (frame.pc - address);
}

void name_source(const Modules& modules, bool is_return, Frame& frame) {
  const std::uint64_t address = frame.pc - (is_return ? 1 : 0);
  Dwfl_Module* module = dwfl_addrmodule(modules.dwfl(), address);
  if (module == nullptr || Modules::file_of(module).slow_debug) return;
  Dwfl_Line* line = dwfl_module_getsrc(module, address);
  if (line == nullptr) return;
  int number = 0;
  const char* source = dwfl_lineinfo(line, nullptr, &number, nullptr, nullptr, nullptr);
  if (source == nullptr || number == 0) return;
  frame.source = source;
  frame.line = number;
}

}  // namespace syscope::symbolize
