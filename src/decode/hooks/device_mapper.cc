// What stands behind the head of a request to the device mapper: struct dm_ioctl of
// linux/dm-ioctl.h tells where it begins and how far the buffer goes, and each record in it where
// the next one begins.
#include <optional>

#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

constexpr unsigned known_version = 4;  // DM_VERSION_MAJOR

// Offsets in struct dm_ioctl.
constexpr std::size_t minor_at = 4;
constexpr std::size_t size_at = 12;
constexpr std::size_t start_at = 16;
constexpr std::size_t count_at = 20;

// A request's buffer. Offsets are numbers of 32 bits, as they are in the request.
struct Buffer {
  Decoder& decoder;
  Phase phase;
  std::uint64_t address;
  std::uint32_t size;
  std::uint32_t start;
  Bytes head;

  explicit Buffer(const HookInput& input)
      : decoder(input.decoder),
        phase(input.scope.phase),
        address(input.scope.at),
        size(load<std::uint32_t>(input.scope.here.data() + size_at)),
        start(load<std::uint32_t>(input.scope.here.data() + start_at)),
        head(input.scope.here) {}

  // `count` bytes at an offset; if they are not there, that address is added in their place.
  [[nodiscard]] std::optional<Bytes> read(std::uint32_t offset, std::size_t count) const {
    const Captured captured = decoder.memory().find(address + offset, phase, count);
    if (captured.bytes.size() >= count) return captured.bytes.first(count);
    decoder.add_missing({}, address + offset, captured.reason());
    return std::nullopt;
  }

  void add_text(std::string_view name, std::uint32_t offset) const {
    decoder.text(address + offset, size - offset, decoder.options().string_limit, false, name,
                 phase);
  }

  void add_misplaced(std::string_view what) const {
    decoder.add({.kind = ValueKind::word,
                 .width = 0,
                 .bytes = as_bytes("???"),
                 .comment = decoder.tape().keep("misplaced " + std::string(what))});
  }
};

// Where one record after the other begins and ends: none begins before the one in front of it has
// ended, none goes beyond the buffer.
class Walk {
 public:
  Walk(const Buffer& buffer, std::uint32_t record) : buffer_(buffer), record_(record) {}

  // Whether a record may stand at `offset`.
  [[nodiscard]] bool enter(std::uint32_t offset) {
    const bool overlaps = is_behind_first_ && offset <= end_;
    is_behind_first_ = true;
    end_ = offset + record_;
    return !overlaps && end_ > offset && end_ <= buffer_.size;
  }
  // Where the fixed part of the record ends.
  [[nodiscard]] std::uint32_t end() const { return end_; }

 private:
  const Buffer& buffer_;
  std::uint32_t record_;
  std::uint32_t end_ = 0;
  bool is_behind_first_ = false;
};

bool is_abbreviated(const HookInput& input) {
  const bool abbreviated =
      input.decoder.options().abbreviate || input.scope.here.size() < count_at + 4;
  if (abbreviated) input.decoder.add_ellipsis();
  return abbreviated;
}

void add_words(Decoder& decoder, std::string_view name, Bytes words, std::string_view comment) {
  const std::uint32_t at = decoder.open(ValueKind::array, name);
  decoder.tape()[at].comment = comment;
  for (std::size_t i = 0; i + 4 <= words.size(); i += 4) {
    decoder.add_number({}, load_unsigned(words.data() + i, 4), Notation::dec, 4);
  }
  decoder.close(at);
}

// struct dm_target_spec; text follows it. Returns how far away the next one is.
std::uint32_t add_target(const Buffer& buffer, Bytes bytes, std::uint32_t text) {
  Decoder& decoder = buffer.decoder;
  const std::uint32_t at = decoder.open(ValueKind::structure, {});
  decoder.add_number("sector_start", load_unsigned(bytes.data(), 8), Notation::dec, 8);
  decoder.add_number("length", load_unsigned(bytes.data() + 8, 8), Notation::dec, 8);
  if (buffer.phase == Phase::exit) {
    decoder.add_number("status", load_unsigned(bytes.data() + 16, 4), Notation::dec, 4, true);
  }
  const Bytes type = bytes.subspan(24, 16);
  const std::size_t length = as_chars(type).find('\0');
  const bool ends = length != std::string_view::npos;
  decoder.add_string("target_type", type.first(ends ? length : type.size() - 1), !ends);
  buffer.add_text("string", text);
  decoder.close(at);
  return load<std::uint32_t>(bytes.data() + 20);
}

// The number of an event behind a name, at the next multiple of 8, since version 4.37.
void add_event(const Buffer& buffer, std::uint32_t name, std::uint64_t next) {
  constexpr unsigned first_minor = 37;
  if (load<std::uint32_t>(buffer.head.data() + minor_at) < first_minor) return;
  const Captured text = buffer.decoder.memory().find(buffer.address + name, buffer.phase, 1);
  const std::size_t length = as_chars(text.bytes).find('\0');
  if (length == std::string_view::npos) return;
  const std::uint64_t at = (buffer.address + name + length + 1 + 7) & ~std::uint64_t{7};
  if (at + 4 > buffer.address + next) return;
  const Captured event = buffer.decoder.memory().find(at, buffer.phase, 4);
  if (event.bytes.size() < 4) return;
  buffer.decoder.add_number("event_nr", load_unsigned(event.bytes.data(), 4), Notation::dec, 4);
}

}  // namespace

void dm_version(const HookInput& input) {
  const Bytes words = input.place.bytes;
  if (words.size() < 12) return input.decoder.add_ellipsis();
  const bool is_known = load<std::uint32_t>(words.data()) == known_version;
  add_words(input.decoder, input.name, words.first(12),
            is_known ? std::string_view{} : "unsupported device mapper ABI version");
}

// As of the entry, each target tells how far behind it the next one is, as of the exit how far
// behind the first.
void dm_targets(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  Walk walk(buffer, 40);
  std::uint32_t offset = buffer.start;
  const auto count = load<std::uint32_t>(buffer.head.data() + count_at);
  for (std::uint32_t i = 0; i < count && !buffer.decoder.exhausted(); ++i) {
    if (!walk.enter(offset)) return buffer.add_misplaced("struct dm_target_spec");
    const auto bytes = buffer.read(offset, 40);
    if (!bytes) return;
    const std::uint32_t next = add_target(buffer, *bytes, walk.end());
    offset = (buffer.phase == Phase::entry ? offset : buffer.start) + next;
  }
}

// struct dm_target_deps: devices.
void dm_dependencies(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  Walk walk(buffer, 8);
  if (!walk.enter(buffer.start)) return buffer.add_misplaced("struct dm_target_deps");
  const auto bytes = buffer.read(buffer.start, 8);
  if (!bytes) return;
  const auto count = load<std::uint32_t>(bytes->data());
  if (count > (buffer.size - walk.end()) / 8) return buffer.add_misplaced("struct dm_target_deps");
  Decoder& decoder = input.decoder;
  const std::uint32_t at = decoder.open(ValueKind::structure, {});
  decoder.add_number("count", count, Notation::dec, 4);
  const std::uint32_t devices = decoder.open(ValueKind::array, "deps");
  for (std::uint32_t i = 0; i < count && !decoder.exhausted(); ++i) {
    const auto device = buffer.read(walk.end() + 8 * i, 8);
    if (!device) break;
    decoder.add_number({}, load_unsigned(device->data(), 8), Notation::dev, 8);
  }
  decoder.close(devices);
  decoder.close(at);
}

// struct dm_name_list: devices and their names.
void dm_names(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  Walk walk(buffer, 12);
  Decoder& decoder = input.decoder;
  for (std::uint32_t offset = buffer.start, next = 1; next != 0 && !decoder.exhausted();
       offset += next) {
    if (!walk.enter(offset)) return buffer.add_misplaced("struct dm_name_list");
    const auto bytes = buffer.read(offset, 12);
    if (!bytes) return;
    next = load<std::uint32_t>(bytes->data() + 8);
    const std::uint32_t at = decoder.open(ValueKind::structure, {});
    decoder.add_number("dev", load_unsigned(bytes->data(), 8), Notation::dev, 8);
    buffer.add_text("name", walk.end());
    add_event(buffer, walk.end(), std::uint64_t{offset} + next);
    decoder.close(at);
  }
}

// struct dm_target_versions: kinds of targets.
void dm_versions(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  Walk walk(buffer, 16);
  Decoder& decoder = input.decoder;
  for (std::uint32_t offset = buffer.start, next = 1; next != 0 && !decoder.exhausted();
       offset += next) {
    if (!walk.enter(offset)) return buffer.add_misplaced("struct dm_target_versions");
    const auto bytes = buffer.read(offset, 16);
    if (!bytes) return;
    next = load<std::uint32_t>(bytes->data());
    const std::uint32_t at = decoder.open(ValueKind::structure, {});
    buffer.add_text("name", walk.end());
    add_words(decoder, "version", bytes->subspan(4), {});
    decoder.close(at);
  }
}

// struct dm_target_msg.
void dm_message(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  Walk walk(buffer, 8);
  if (!walk.enter(buffer.start)) return buffer.add_misplaced("struct dm_target_msg");
  const auto bytes = buffer.read(buffer.start, 8);
  if (!bytes) return;
  const std::uint32_t at = input.decoder.open(ValueKind::structure, {});
  input.decoder.add_number("sector", load_unsigned(bytes->data(), 8), Notation::dec, 8);
  buffer.add_text("message", walk.end());
  input.decoder.close(at);
}

void dm_text(const HookInput& input) {
  if (is_abbreviated(input)) return;
  const Buffer buffer(input);
  if (buffer.start > buffer.size) return buffer.add_misplaced("string");
  const std::uint32_t at = input.decoder.open(ValueKind::structure, {});
  buffer.add_text("string", buffer.start);
  input.decoder.close(at);
}

}  // namespace syscope::decode
