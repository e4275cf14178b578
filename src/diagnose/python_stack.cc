#include "diagnose/python_stack.h"

#include <elf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "base/fd.h"
#include "capture/proc/maps.h"

namespace syscope::diagnose {
namespace {

// Offsets of CPython 3.11 on 64-bit machines, from its headers (Include/internal, Include/cpython).
namespace python311 {
constexpr std::uint64_t runtime_interpreters = 40;  // _PyRuntimeState.interpreters.head
constexpr std::uint64_t interpreter_threads = 16;   // PyInterpreterState.threads.head
constexpr std::uint64_t thread_next = 8;            // PyThreadState
constexpr std::uint64_t thread_cframe = 56;
constexpr std::uint64_t thread_native_id = 160;
constexpr std::uint64_t cframe_frame = 8;           // _PyCFrame.current_frame
constexpr std::uint64_t frame_code = 32;            // _PyInterpreterFrame
constexpr std::uint64_t frame_previous = 48;
constexpr std::uint64_t frame_instruction = 56;
constexpr std::uint64_t frame_is_entry = 68;
constexpr std::uint64_t code_first_line = 72;       // PyCodeObject
constexpr std::uint64_t code_file = 112;
constexpr std::uint64_t code_name = 120;
constexpr std::uint64_t code_lines = 136;
constexpr std::uint64_t code_instructions = 184;
constexpr std::uint64_t object_size = 16;           // ob_size; length of a string
constexpr std::uint64_t bytes_data = 32;
constexpr std::uint64_t string_state = 32;
constexpr std::uint64_t string_ascii_data = 48;
constexpr std::uint32_t string_compact_ascii = 0x60;  // both bits of the state
}  // namespace python311

constexpr std::size_t most_frames = 64;
constexpr std::size_t most_threads = 4096;
constexpr std::uint64_t most_text = 1 << 16;

template <class T>
std::optional<T> read_at(int fd, std::uint64_t offset) {
  T value;
  if (::pread(fd, &value, sizeof value, static_cast<off_t>(offset)) != sizeof value) return {};
  return value;
}

// The value of a symbol in .dynsym, or nothing. elf(5).
std::optional<std::uint64_t> dynamic_symbol(int fd, std::string_view name) {
  const auto header = read_at<Elf64_Ehdr>(fd, 0);
  if (!header || std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
      header->e_ident[EI_CLASS] != ELFCLASS64) {
    return {};
  }
  for (unsigned i = 0; i < header->e_shnum; ++i) {
    const auto section = read_at<Elf64_Shdr>(fd, header->e_shoff + i * sizeof(Elf64_Shdr));
    if (!section || section->sh_type != SHT_DYNSYM) continue;
    const auto names =
        read_at<Elf64_Shdr>(fd, header->e_shoff + section->sh_link * sizeof(Elf64_Shdr));
    if (!names || section->sh_size > (64u << 20)) return {};
    std::vector<Elf64_Sym> symbols(section->sh_size / sizeof(Elf64_Sym));
    const auto size = static_cast<ssize_t>(symbols.size() * sizeof(Elf64_Sym));
    if (::pread(fd, symbols.data(), static_cast<std::size_t>(size),
                static_cast<off_t>(section->sh_offset)) != size) {
      return {};
    }
    std::string text(name.size() + 1, '\0');
    for (const Elf64_Sym& symbol : symbols) {
      if (symbol.st_value == 0 || ELF64_ST_TYPE(symbol.st_info) != STT_OBJECT) continue;
      if (::pread(fd, text.data(), text.size(),
                  static_cast<off_t>(names->sh_offset + symbol.st_name)) !=
          static_cast<ssize_t>(text.size())) {
        continue;
      }
      if (text.back() == '\0' && text.starts_with(name)) return symbol.st_value;
    }
  }
  return {};
}

// What must be added to the addresses of an ELF file that is mapped from `start` on.
std::optional<std::uint64_t> load_bias(int fd, std::uint64_t start) {
  const auto header = read_at<Elf64_Ehdr>(fd, 0);
  if (!header) return {};
  if (header->e_type == ET_EXEC) return 0;
  for (unsigned i = 0; i < header->e_phnum; ++i) {
    const auto segment = read_at<Elf64_Phdr>(fd, header->e_phoff + i * sizeof(Elf64_Phdr));
    if (segment && segment->p_type == PT_LOAD) return start - (segment->p_vaddr & ~0xfffull);
  }
  return {};
}

std::optional<std::uint64_t> runtime_address(pid_t pid, Scene& scene) {
  const auto mappings = capture::proc::read_mappings(scene.root(), pid);
  if (!mappings) return {};
  std::string last;
  for (const capture::proc::Mapping& mapping : *mappings) {
    const std::size_t slash = mapping.path.rfind('/');
    const std::string_view file =
        std::string_view(mapping.path).substr(slash == std::string::npos ? 0 : slash + 1);
    const bool is_python = file.starts_with("python3.11") || file.starts_with("libpython3.11.so");
    if (!is_python || mapping.offset != 0 || mapping.path == last) continue;
    last = mapping.path;
    const std::string inside = fmt::format("{}/root{}", pid, mapping.path);
    const Fd fd(::openat(scene.root().fd(), inside.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!fd) continue;
    const auto symbol = dynamic_symbol(fd.get(), "_PyRuntime");
    const auto bias = load_bias(fd.get(), mapping.start);
    if (symbol && bias) return *symbol + *bias;
  }
  return {};
}

std::uint64_t pointer_at(pid_t pid, std::uint64_t address, Scene& scene) {
  return scene.read_object<std::uint64_t>(pid, address).value_or(0);
}

std::string bytes_at(pid_t pid, std::uint64_t address, std::uint64_t size, Scene& scene) {
  std::string text(std::min(size, most_text), '\0');
  const auto into = std::as_writable_bytes(std::span(text.data(), text.size()));
  return scene.read_memory(pid, address, into) ? text : std::string();
}

// A Python string, if it is ASCII, as names and most paths are.
std::string string_at(pid_t pid, std::uint64_t object, Scene& scene) {
  using namespace python311;
  const auto state = scene.read_object<std::uint32_t>(pid, object + string_state);
  if (!state || (*state & string_compact_ascii) != string_compact_ascii) return "?";
  return bytes_at(pid, object + string_ascii_data, pointer_at(pid, object + object_size, scene), scene);
}

std::uint64_t thread_state_of(ThreadId id, std::uint64_t runtime, Scene& scene) {
  using namespace python311;
  const std::uint64_t interpreter = pointer_at(id.pid, runtime + runtime_interpreters, scene);
  if (interpreter == 0) return 0;
  // Inside of a PID namespace the interpreter knows the thread by another number.
  const std::string numbers = scene.status_field(id, "NSpid");
  const std::size_t last = numbers.find_last_of(" \t");
  const auto wanted =
      std::strtoull(numbers.c_str() + (last == numbers.npos ? 0 : last + 1), nullptr, 10);
  std::uint64_t thread = pointer_at(id.pid, interpreter + interpreter_threads, scene);
  for (std::size_t count = 0; thread != 0 && count < most_threads; ++count) {
    if (pointer_at(id.pid, thread + thread_native_id, scene) == wanted) return thread;
    thread = pointer_at(id.pid, thread + thread_next, scene);
  }
  return 0;
}

std::string frame_text(pid_t pid, std::uint64_t frame, Scene& scene) {
  using namespace python311;
  const std::uint64_t code = pointer_at(pid, frame + frame_code, scene);
  if (code == 0) return {};
  const std::uint64_t lines = pointer_at(pid, code + code_lines, scene);
  const std::string table =
      bytes_at(pid, lines + bytes_data, pointer_at(pid, lines + object_size, scene), scene);
  const std::uint64_t at = pointer_at(pid, frame + frame_instruction, scene);
  const std::uint64_t start = code + code_instructions;
  const int first = scene.read_object<int>(pid, code + code_first_line).value_or(0);
  const int line = at < start ? first : line_of_instruction(table, first, (at - start) / 2);
  std::string file = string_at(pid, pointer_at(pid, code + code_file, scene), scene);
  if (const std::size_t slash = file.rfind('/'); slash != file.npos) file.erase(0, slash + 1);
  return fmt::format("{}:{} in {}", file, line,
                     string_at(pid, pointer_at(pid, code + code_name, scene), scene));
}

// Numbers of six bits per byte, least significant first; bit 6 says that more follows.
std::uint32_t take_number(std::string_view& table) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; !table.empty() && shift < 30; shift += 6) {
    const auto byte = static_cast<std::uint8_t>(table[0]);
    table.remove_prefix(1);
    value |= static_cast<std::uint32_t>(byte & 63) << shift;
    if ((byte & 64) == 0) break;
  }
  return value;
}

int take_signed(std::string_view& table) {
  const std::uint32_t value = take_number(table);
  const int magnitude = static_cast<int>(value >> 1);
  return (value & 1) != 0 ? -magnitude : magnitude;
}

}  // namespace

int line_of_instruction(std::string_view table, int first_line, std::uint64_t index) {
  int line = first_line;
  std::uint64_t at = 0;
  while (!table.empty()) {
    const auto head = static_cast<std::uint8_t>(table[0]);
    table.remove_prefix(1);
    const unsigned code = head >> 3 & 15;
    switch (code) {
      case 15: break;                                  // no location
      case 14:                                         // long form: line, end line, columns
      case 13: line += take_signed(table); break;      // no columns
      case 12:
      case 11:
      case 10: line += static_cast<int>(code) - 10; break;
      default: break;                                  // the same line
    }
    at += (head & 7) + 1u;
    if (index < at) return code == 15 ? 0 : line;
    // The rest of the entry: only the bytes that start entries have bit 7.
    while (!table.empty() && (static_cast<std::uint8_t>(table[0]) & 0x80) == 0) table.remove_prefix(1);
  }
  return 0;
}

std::string unknown_python(pid_t pid, Scene& scene) {
  const auto mappings = capture::proc::read_mappings(scene.root(), pid);
  if (!mappings) return {};
  for (const capture::proc::Mapping& mapping : *mappings) {
    std::string_view file = mapping.path;
    file.remove_prefix(file.rfind('/') + 1);
    if (file.starts_with("lib")) file.remove_prefix(3);
    if (!file.starts_with("python3.")) continue;
    file.remove_prefix(6);
    const std::size_t end = std::min(file.find_first_not_of("0123456789", 2), file.size());
    if (end > 2) return file.substr(0, end) == "3.11" ? "" : std::string(file.substr(0, end));
  }
  return {};
}

std::vector<PythonFrame> python_stack(ThreadId id, Scene& scene) {
  using namespace python311;
  std::vector<PythonFrame> frames;
  const auto runtime = runtime_address(id.pid, scene);
  if (!runtime) return frames;
  const std::uint64_t thread = thread_state_of(id, *runtime, scene);
  if (thread == 0) return frames;
  const std::uint64_t cframe = pointer_at(id.pid, thread + thread_cframe, scene);
  std::uint64_t frame = pointer_at(id.pid, cframe + cframe_frame, scene);
  while (frame != 0 && frames.size() < most_frames && !scene.out_of_time()) {
    std::string text = frame_text(id.pid, frame, scene);
    if (text.empty()) break;
    const auto entry = scene.read_object<std::uint8_t>(id.pid, frame + frame_is_entry);
    frames.push_back({std::move(text), entry.value_or(0) != 0});
    frame = pointer_at(id.pid, frame + frame_previous, scene);
  }
  return frames;
}

}  // namespace syscope::diagnose
