#include "present/hex_dump.h"

#include <algorithm>
#include <string_view>

#include "decode/memory.h"

namespace syscope::present {
namespace {

enum class Shape : std::uint8_t { buffer, vector, message, messages };

struct Transfer {
  std::string_view call;
  bool reads;
  Shape shape;
};

constexpr Transfer transfers[] = {
    {"read", true, Shape::buffer},
    {"pread64", true, Shape::buffer},
    {"recv", true, Shape::buffer},
    {"recvfrom", true, Shape::buffer},
    {"mq_timedreceive", true, Shape::buffer},
    {"mq_timedreceive_time64", true, Shape::buffer},
    {"readv", true, Shape::vector},
    {"preadv", true, Shape::vector},
    {"preadv2", true, Shape::vector},
    {"recvmsg", true, Shape::message},
    {"recvmmsg", true, Shape::messages},
    {"recvmmsg_time64", true, Shape::messages},
    {"write", false, Shape::buffer},
    {"pwrite64", false, Shape::buffer},
    {"send", false, Shape::buffer},
    {"sendto", false, Shape::buffer},
    {"mq_timedsend", false, Shape::buffer},
    {"mq_timedsend_time64", false, Shape::buffer},
    {"writev", false, Shape::vector},
    {"pwritev", false, Shape::vector},
    {"pwritev2", false, Shape::vector},
    {"vmsplice", false, Shape::vector},
    {"sendmsg", false, Shape::message},
    {"sendmmsg", false, Shape::messages},
};

constexpr std::size_t columns = 16;  // bytes on a line

// How many hexadecimal digits all offsets have where the last byte has this one.
unsigned offset_digits(std::uint64_t last) {
  unsigned digits = 5;
  while (digits < 16 && last >> 4 * digits != 0) ++digits;
  return digits;
}

void append_line(std::size_t offset, unsigned digits, Bytes bytes, TextBuffer& out) {
  out.append(" | ");
  out.append_padded(offset, digits, 16);
  out.append("  ");
  for (std::size_t i = 0; i < columns; ++i) {
    if (i == columns / 2) out.append(' ');
    if (i < bytes.size()) {
      out.append_padded(static_cast<std::uint8_t>(bytes[i]), 2, 16);
      out.append(' ');
    } else {
      out.append("   ");
    }
  }
  out.append(' ');
  for (std::size_t i = 0; i < columns; ++i) {
    const char c = i < bytes.size() ? static_cast<char>(bytes[i]) : ' ';
    out.append(c >= ' ' && c <= '~' ? c : '.');
  }
  out.append(" |\n");
}

// The memory of one call, dumped.
class Dump {
 public:
  Dump(const decode::DecodedCall& call, bool reads, TextBuffer& out)
      : memory_(Bytes(reinterpret_cast<const std::byte*>(call.record), call.record->head.size)),
        phase_(reads ? decode::Phase::exit : decode::Phase::entry),
        word_(word_size(call.abi)),
        tid_(call.record->head.tid),
        out_(out) {}

  void buffer(std::uint64_t address, std::uint64_t size) {
    if (size == 0) return;
    const Bytes bytes = find(address, size, phase_);
    const unsigned digits = offset_digits(size - 1);
    for (std::size_t at = 0; at < bytes.size(); at += columns) {
      append_line(at, digits, bytes.subspan(at, std::min(columns, bytes.size() - at)), out_);
    }
    if (bytes.empty() || bytes.size() == size) return;
    const std::uint64_t missing = size - bytes.size();
    out_.append(" | <Cannot fetch ");
    out_.append_decimal(missing);
    out_.append(missing == 1 ? " byte from pid " : " bytes from pid ");
    out_.append_decimal(tid_);
    out_.append(" @");
    out_.append_hex(address + bytes.size());
    out_.append(">\n");
  }

  // `left`: how many bytes of the buffers count.
  void vector(std::uint64_t address, std::uint64_t count, std::uint64_t left) {
    const Bytes entries = find(address, std::min(count, most_entries) * 2 * word_, phase_at_entry);
    if (entries.size() < count * 2 * word_) return;
    for (std::size_t i = 0; i < count && left != 0; ++i) {
      const std::byte* const entry = entries.data() + i * 2 * word_;
      const std::uint64_t size = std::min(load_unsigned(entry + word_, word_), left);
      left -= size;
      if (size == 0) continue;
      out_.append(" * ");
      out_.append_decimal(size);
      out_.append(" bytes in buffer ");
      out_.append_decimal(i);
      out_.append('\n');
      buffer(load_unsigned(entry, word_), size);
    }
  }

  // struct msghdr, recvmsg(2): where its vector is, and how long.
  void message(std::uint64_t address, std::uint64_t left) {
    const Bytes header = find(address, message_size(), phase_at_entry);
    if (header.size() < 4 * word_) return;
    vector(vector_of(header), count_of(header), left);
  }

  void messages(std::uint64_t address, std::uint64_t count) {
    const std::uint64_t stride = message_size() + word_;  // an int behind it, and padding
    for (std::uint64_t i = 0; i < std::min(count, most_entries); ++i) {
      const std::uint64_t at = address + i * stride;
      const Bytes header = find(at, message_size(), phase_at_entry);
      const Bytes length = find(at + message_size(), 4, decode::Phase::exit);
      if (header.size() < 4 * word_ || length.size() < 4) return;
      out_.append(" = ");
      out_.append_decimal(count_of(header));
      out_.append(" buffers in vector ");
      out_.append_decimal(i);
      out_.append('\n');
      vector(vector_of(header), count_of(header), load_unsigned(length.data(), 4));
    }
  }

 private:
  static constexpr std::uint64_t most_entries = 1024;  // UIO_MAXIOV
  static constexpr decode::Phase phase_at_entry = decode::Phase::entry;

  [[nodiscard]] Bytes find(std::uint64_t address, std::uint64_t size, decode::Phase phase) {
    Bytes bytes = memory_.find(address, phase, size).bytes;
    if (bytes.empty() &&
        phase == decode::Phase::entry) {  // what did not change is read at the exit
      bytes = memory_.find(address, decode::Phase::exit, size).bytes;
    }
    return bytes.first(static_cast<std::size_t>(std::min<std::uint64_t>(bytes.size(), size)));
  }
  [[nodiscard]] std::uint64_t message_size() const { return 7 * word_; }
  [[nodiscard]] std::uint64_t vector_of(Bytes header) const {
    return load_unsigned(header.data() + 2 * word_, word_);
  }
  [[nodiscard]] std::uint64_t count_of(Bytes header) const {
    return load_unsigned(header.data() + 3 * word_, word_);
  }

  decode::Memory memory_;
  decode::Phase phase_;
  std::size_t word_;
  std::uint32_t tid_;
  TextBuffer& out_;
};

}  // namespace

void append_dump(const decode::DecodedCall& call, const DumpStyle& style, TextBuffer& out) {
  const sc_call& record = *call.record;
  if ((record.head.flags & (SC_NO_RETURN | SC_NO_ENTRY)) != 0) return;
  const auto* const found = std::ranges::find(transfers, call.name, &Transfer::call);
  if (found == std::end(transfers) || (found->reads && call.failed)) return;
  const auto& wanted = found->reads ? style.reads : style.writes;
  const auto descriptor = static_cast<std::int32_t>(record.args[0]);
  if (!wanted || descriptor < 0 || !wanted(descriptor)) return;
  const auto result = static_cast<std::uint64_t>(std::max<sc_s64>(record.ret, 0));
  Dump dump(call, found->reads, out);
  switch (found->shape) {
    case Shape::buffer: return dump.buffer(record.args[1], found->reads ? result : record.args[2]);
    case Shape::vector:
      return dump.vector(record.args[1], record.args[2], found->reads ? result : UINT64_MAX);
    case Shape::message: return dump.message(record.args[1], found->reads ? result : UINT64_MAX);
    case Shape::messages: return dump.messages(record.args[1], result);
  }
}

}  // namespace syscope::present
