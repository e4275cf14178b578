#include "diagnose/python_stack.h"

#include <elf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "capture/proc/maps.h"
#include "diagnose/python_layout.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most_frames = 64;
constexpr std::size_t most_threads = 4096;
constexpr std::size_t most_interpreters = 64;
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

// "3.12" of "/usr/bin/python3.12" and "/usr/lib/libpython3.12.so.1.0" as 0x030c; 0 for other files.
std::uint32_t version_in_name(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  if (path.starts_with("lib")) path.remove_prefix(3);
  if (!path.starts_with("python3.")) return 0;
  path.remove_prefix(8);
  std::uint32_t minor = 0;
  const auto end = std::from_chars(path.data(), path.data() + path.size(), minor);
  return end.ec == std::errc() && minor < 256 ? 0x0300 | minor : 0;
}

struct Interpreter {
  std::uint32_t version = 0;  // 0x030b
  std::uint64_t runtime = 0;  // the address of _PyRuntime; 0 when it was not found
};

bool lies_on_file_server(pid_t pid, const capture::proc::Mapping& mapping, Scene& scene) {
  return std::ranges::any_of(scene.world().mounts(pid), [&](const capture::proc::Mount& mount) {
    return mount.device == mapping.device && mount.may_hang();
  });
}

// The interpreter that a process runs, by the name of its program or a library; nothing when none.
std::optional<Interpreter> interpreter_of(pid_t pid, Scene& scene) {
  const auto mappings = capture::proc::read_mappings(scene.root(), pid);
  if (!mappings) return {};
  std::optional<Interpreter> found;
  std::string last;
  for (const capture::proc::Mapping& mapping : *mappings) {
    const std::uint32_t version = version_in_name(mapping.path);
    if (version == 0 || mapping.offset != 0 || mapping.path == last) continue;
    last = mapping.path;
    if (!found) found = {version, 0};
    if (lies_on_file_server(pid, mapping, scene)) continue;
    const Fd fd = capture::proc::open_mapped_file(scene.root(), pid, mapping);
    if (!fd) continue;
    const auto symbol = dynamic_symbol(fd.get(), "_PyRuntime");
    const auto bias = load_bias(fd.get(), mapping.start);
    if (symbol && bias) return Interpreter{version, *symbol + *bias};
  }
  return found;
}

// What it says about itself, or what is known of its version.
std::optional<PythonLayout> layout_of(pid_t pid, const Interpreter& interpreter, Scene& scene) {
  std::array<std::uint64_t, PythonDebugOffsets::words> words;
  if (!scene.read_memory(pid, interpreter.runtime, std::as_writable_bytes(std::span(words)))) return {};
  if (PythonDebugOffsets::version(words) != 0) return PythonDebugOffsets::layout(words);
  return python_layout(interpreter.version);
}

std::uint64_t pointer_at(pid_t pid, std::uint64_t address, Scene& scene) {
  return scene.read_object<std::uint64_t>(pid, address).value_or(0);
}

std::string bytes_at(pid_t pid, std::uint64_t address, std::uint64_t size, Scene& scene) {
  std::string text(std::min(size, most_text), '\0');
  const auto into = std::as_writable_bytes(std::span(text.data(), text.size()));
  return scene.read_memory(pid, address, into) ? text : std::string();
}

// The frames of one thread.
class Walk {
 public:
  Walk(ThreadId id, const PythonLayout& layout, Scene& scene)
      : id_(id), layout_(layout), scene_(scene) {}

  std::vector<PythonFrame> frames(std::uint64_t runtime) const;

 private:
  std::uint64_t pointer(std::uint64_t address) const { return pointer_at(id_.pid, address, scene_); }
  std::uint64_t thread_in(std::uint64_t interpreter, std::uint64_t native_id) const;
  std::uint64_t thread_state(std::uint64_t runtime) const;
  std::string string(std::uint64_t object) const;
  bool is_own(std::uint64_t frame) const;
  std::string text_of(std::uint64_t frame) const;

  ThreadId id_;
  const PythonLayout& layout_;
  Scene& scene_;
};

// A Python string, if it is ASCII, as names and most paths are.
std::string Walk::string(std::uint64_t object) const {
  const auto state = scene_.read_object<std::uint32_t>(id_.pid, object + layout_.string_state);
  const std::uint32_t wanted = layout_.string_compact_ascii;
  if (!state || (*state & wanted) != wanted) return "?";
  return bytes_at(id_.pid, object + layout_.string_ascii_data, pointer(object + layout_.string_length),
                  scene_);
}

std::uint64_t Walk::thread_in(std::uint64_t interpreter, std::uint64_t native_id) const {
  std::uint64_t thread = pointer(interpreter + layout_.interpreter_threads);
  for (std::size_t count = 0; thread != 0 && count < most_threads; ++count) {
    if (pointer(thread + layout_.thread_native_id) == native_id) return thread;
    thread = pointer(thread + layout_.thread_next);
  }
  return 0;
}

std::uint64_t Walk::thread_state(std::uint64_t runtime) const {
  // Inside of a PID namespace the interpreter knows the thread by another number.
  const std::string numbers = scene_.status_field(id_, "NSpid");
  const std::size_t last = numbers.find_last_of(" \t");
  const auto native_id =
      std::strtoull(numbers.c_str() + (last == numbers.npos ? 0 : last + 1), nullptr, 10);
  std::uint64_t interpreter = pointer(runtime + layout_.runtime_interpreters);
  for (std::size_t count = 0; interpreter != 0 && count < most_interpreters; ++count) {
    if (const std::uint64_t thread = thread_in(interpreter, native_id); thread != 0) return thread;
    interpreter = pointer(interpreter + layout_.interpreter_next);
  }
  return 0;
}

// Whether the interpreter made this frame for itself, to come back to C: enum _frameowner, in which 0 to
// 2 are functions of Python.
bool Walk::is_own(std::uint64_t frame) const {
  if (!layout_.has_own_frames()) return false;
  return scene_.read_object<std::uint8_t>(id_.pid, frame + layout_.frame_owner).value_or(0) > 2;
}

std::string Walk::text_of(std::uint64_t frame) const {
  // The lowest bits of the pointer are a tag since 3.14.
  const std::uint64_t code = pointer(frame + layout_.frame_code) & ~std::uint64_t{7};
  if (code == 0) return {};
  const std::uint64_t lines = pointer(code + layout_.code_lines);
  const std::string table = bytes_at(id_.pid, lines + layout_.bytes_data,
                                     pointer(lines + layout_.bytes_size), scene_);
  const std::uint64_t at = pointer(frame + layout_.frame_instruction);
  const std::uint64_t start = code + layout_.code_instructions;
  const int first = scene_.read_object<int>(id_.pid, code + layout_.code_first_line).value_or(0);
  const int line = at < start ? first : line_of_instruction(table, first, (at - start) / 2);
  std::string file = string(pointer(code + layout_.code_file));
  if (const std::size_t slash = file.rfind('/'); slash != file.npos) file.erase(0, slash + 1);
  return fmt::format("{}:{} in {}", file, line, string(pointer(code + layout_.code_name)));
}

std::vector<PythonFrame> Walk::frames(std::uint64_t runtime) const {
  std::vector<PythonFrame> frames;
  const std::uint64_t thread = thread_state(runtime);
  if (thread == 0) return frames;
  std::uint64_t frame = pointer(thread + layout_.thread_frame);
  if (layout_.cframe_frame) frame = pointer(frame + *layout_.cframe_frame);
  for (std::size_t seen = 0; frame != 0 && seen < most_frames && !scene_.out_of_time(); ++seen) {
    if (is_own(frame)) {
      if (!frames.empty()) frames.back().is_entry = true;
    } else {
      std::string text = text_of(frame);
      if (text.empty()) break;
      const bool is_entry =
          !layout_.has_own_frames() &&
          scene_.read_object<std::uint8_t>(id_.pid, frame + layout_.frame_is_entry).value_or(0) != 0;
      frames.push_back({std::move(text), is_entry});
    }
    frame = pointer(frame + layout_.frame_previous);
  }
  return frames;
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

PythonStack python_stack(ThreadId id, Scene& scene) {
  const auto interpreter = interpreter_of(id.pid, scene);
  if (!interpreter) return {};
  const std::string name = fmt::format("3.{}", interpreter->version & 0xff);
  if (interpreter->runtime == 0) {
    return {{}, "Python " + name + ": its lines are not known: the program does not name _PyRuntime"};
  }
  const auto layout = layout_of(id.pid, *interpreter, scene);
  if (!layout) {
    return {{}, "Python " + name +
                    ": its lines are not known, only those of 3.11 to 3.14 with a global lock"};
  }
  return {Walk(id, *layout, scene).frames(interpreter->runtime), {}};
}

std::vector<PythonFrame> python_frames(ThreadId id, std::uint64_t runtime, const PythonLayout& layout,
                                       Scene& scene) {
  return Walk(id, layout, scene).frames(runtime);
}

}  // namespace syscope::diagnose
