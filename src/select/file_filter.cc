#include "select/file_filter.h"

#include <algorithm>

namespace syscope::select {

using catalog::Notation;
using decode::Value;
using decode::ValueKind;

namespace {

bool is_descriptor(const Value& value) {
  return value.kind == ValueKind::number &&
         (value.notation == Notation::fd || value.notation == Notation::dirfd);
}

}  // namespace

bool FileFilter::has_path(std::string_view path) const {
  return std::ranges::find(paths, path) != paths.end();
}

bool FileFilter::has_number(const Value& value) const {
  const auto number = static_cast<std::int32_t>(value.number);
  return descriptors && number >= 0 && is_descriptor(value) &&
         descriptors->has(static_cast<std::uint32_t>(number));
}

bool FileFilter::leads_to_path(const Value& value, Bytes call, event::FileTable& files) const {
  if (paths.empty()) return false;
  if (value.kind == ValueKind::string) {
    return value.is_path && !value.more && has_path(as_chars(value.bytes));
  }
  if (!is_descriptor(value)) return false;
  const event::File* const file =
      files.find(call, static_cast<std::int32_t>(value.number), event::FileTime::entry);
  return file != nullptr && file->fixed.file_class == SC_FILE_PATH && has_path(file->text);
}

bool FileFilter::matches(const decode::DecodedCall& call, const decode::Tape& tape,
                         event::FileTable& files) const {
  if (call.record == nullptr) return false;
  const Bytes record(reinterpret_cast<const std::byte*>(call.record), call.record->head.size);
  std::uint32_t end = 0;
  for (std::uint32_t i = 0; i < call.arguments_at_entry && end < call.arguments_end; ++i) {
    end = tape[end].end;
  }
  const std::uint32_t first_file = call.name == "fsconfig" ? 1 : 0;
  for (std::uint32_t at = 0; at < end; ++at) {
    if (has_number(tape[at])) return true;
    if (at >= first_file && leads_to_path(tape[at], record, files)) return true;
  }
  return false;
}

}  // namespace syscope::select
