#include "event/files.h"

#include <cstring>
#include <optional>

#include "event/view.h"

namespace syscope::event {
namespace {

// The next `size` bytes, and moves on behind their padding; nothing if they are not there.
std::optional<Bytes> take(Bytes& rest, std::size_t size) {
  if (size > rest.size()) return std::nullopt;
  const Bytes taken = rest.first(size);
  const std::size_t padded = (size + 7) & ~std::size_t{7};
  rest = rest.subspan(padded < rest.size() ? padded : rest.size());
  return taken;
}

// The id in an SC_FD block of that descriptor and time.
std::optional<std::uint64_t> id_in(Bytes call, std::int32_t descriptor, std::uint8_t time) {
  Blocks blocks(call);
  while (const auto block = blocks.next()) {
    if (block->kind != SC_FD || (block->flags & time) == 0 ||
        static_cast<std::int32_t>(block->address) != descriptor ||
        block->bytes.size() < sizeof(std::uint64_t)) {
      continue;
    }
    std::uint64_t id = 0;
    std::memcpy(&id, block->bytes.data(), sizeof id);
    return id;
  }
  return std::nullopt;
}

}  // namespace

std::string_view File::field(std::string_view name) const {
  std::string_view rest = info;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() < rest.size() ? line.size() + 1 : line.size());
    if (!line.starts_with(name) || !line.substr(name.size()).starts_with(':')) continue;
    const std::size_t start = line.find_first_not_of(" \t", name.size() + 1);
    return start == std::string_view::npos ? std::string_view() : line.substr(start);
  }
  return {};
}

void FileTable::make_room() {
  if (recent_.size() < most_) return;
  older_ = std::move(recent_);
  recent_.clear();
}

const File* FileTable::learn(Bytes record) {
  const auto* const fixed = as<sc_file>(record);
  if (fixed == nullptr) return nullptr;
  auto file = std::make_unique<File>();
  file->fixed = *fixed;
  Bytes rest = record.subspan(sizeof *fixed);
  const auto text = take(rest, fixed->text_size);
  const auto info = text ? take(rest, fixed->info_size) : std::nullopt;
  if (!info) return nullptr;
  file->text = as_chars(*text);
  file->info = as_chars(*info);
  if (fixed->file_class == SC_FILE_SOCKET) {
    const auto socket = take(rest, sizeof(sc_socket));
    if (!socket) return nullptr;
    std::memcpy(&file->socket, socket->data(), sizeof(sc_socket));
  }
  make_room();
  return (recent_[fixed->id] = std::move(file)).get();
}

const File* FileTable::find(std::uint64_t id) {
  if (const auto found = recent_.find(id); found != recent_.end()) return found->second.get();
  auto node = older_.extract(id);
  if (node.empty()) return nullptr;
  return recent_.insert(std::move(node)).position->second.get();
}

const File* FileTable::find(Bytes call, std::int32_t descriptor, FileTime time) {
  auto id = id_in(call, descriptor, time == FileTime::entry ? SC_AT_ENTRY : SC_AT_EXIT);
  if (!id && time == FileTime::exit_or_entry) id = id_in(call, descriptor, SC_AT_ENTRY);
  return id ? find(*id) : nullptr;
}

}  // namespace syscope::event
