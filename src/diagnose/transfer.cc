#include "diagnose/transfer.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <algorithm>

#include "event/view.h"

namespace syscope::diagnose {
namespace {

constexpr std::size_t most_vectors = 1024;
constexpr std::size_t most_messages = 64;

struct Shape {
  enum class Kind : std::uint8_t { none, buffer, vectors, message, messages } kind = Kind::none;
  bool out = false;
};

Shape shape_of(std::uint32_t nr) {
  using enum Shape::Kind;
  switch (nr) {
    case SYS_read:
    case SYS_recvfrom: return {buffer, false};
    case SYS_write:
    case SYS_sendto: return {buffer, true};
    case SYS_readv: return {vectors, false};
    case SYS_writev: return {vectors, true};
    case SYS_recvmsg: return {message, false};
    case SYS_sendmsg: return {message, true};
    case SYS_recvmmsg: return {messages, false};
    case SYS_sendmmsg: return {messages, true};
    default: return {};
  }
}

// The memory of a record, by address.
class Image {
 public:
  explicit Image(Bytes record) : record_(record) {}

  // What the block that begins at `address` holds, preferably of that phase; empty where there is
  // none.
  [[nodiscard]] Bytes at(std::uint64_t address, std::uint8_t phase) const {
    Bytes other;
    for (event::Blocks blocks(record_); const auto block = blocks.next();) {
      if (block->kind != SC_MEMORY || block->address != address) continue;
      if ((block->flags & phase) != 0) return block->bytes;
      other = block->bytes;
    }
    return other;
  }

 private:
  Bytes record_;
};

// Gathers the parts of one message until a part was not captured whole.
class Gatherer {
 public:
  Gatherer(const Image& image, bool out, std::size_t total)
      : image_(image), phase_(out ? SC_AT_ENTRY : SC_AT_EXIT), left_(total) {}

  void add(std::uint64_t address, std::size_t size) {
    size = std::min(size, left_);
    left_ -= size;
    if (cut_ || size == 0) return;
    const Bytes found = image_.at(address, phase_);
    const Bytes taken = found.first(std::min(found.size(), size));
    bytes.insert(bytes.end(), taken.begin(), taken.end());
    cut_ = taken.size() < size;
  }
  void add_vectors(Bytes table) {
    const std::size_t count = std::min(table.size() / sizeof(iovec), most_vectors);
    for (std::size_t i = 0; i < count && left_ > 0; ++i) {
      const auto part = load<iovec>(table.data() + i * sizeof(iovec));
      add(reinterpret_cast<std::uint64_t>(part.iov_base), part.iov_len);
    }
  }
  void add_message(const msghdr& message) {
    const Bytes table = image_.at(reinterpret_cast<std::uint64_t>(message.msg_iov), SC_AT_ENTRY);
    add_vectors(table.first(std::min(table.size(), message.msg_iovlen * sizeof(iovec))));
  }

  std::vector<std::byte> bytes;

 private:
  const Image& image_;
  std::uint8_t phase_;
  std::size_t left_;
  bool cut_ = false;
};

}  // namespace

std::vector<Transfer> transfers_in(Bytes record) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr || call->head.abi != SC_ABI_X86_64 || call->ret <= 0) return {};
  if ((call->head.flags & (SC_NO_RETURN | SC_NO_ENTRY)) != 0) return {};
  const Shape shape = shape_of(call->nr);
  if (shape.kind == Shape::Kind::none) return {};
  const Image image(record);
  const int fd = static_cast<int>(call->args[0]);
  const auto total = static_cast<std::size_t>(call->ret);
  std::vector<Transfer> found;
  const auto one = [&](std::size_t size, auto gather) {
    Gatherer gatherer(image, shape.out, size);
    gather(gatherer);
    found.push_back({fd, shape.out, std::move(gatherer.bytes), size});
  };
  const Bytes table = image.at(call->args[1], SC_AT_ENTRY);
  switch (shape.kind) {
    case Shape::Kind::buffer:
      one(total, [&](Gatherer& to) { to.add(call->args[1], total); });
      break;
    case Shape::Kind::vectors: one(total, [&](Gatherer& to) { to.add_vectors(table); }); break;
    case Shape::Kind::message:
      if (table.size() < sizeof(msghdr)) break;
      one(total, [&](Gatherer& to) { to.add_message(load<msghdr>(table.data())); });
      break;
    case Shape::Kind::messages: {
      // Their lengths stand in the table as it was at the exit; where only the entry was captured,
      // a message is as long as its parts.
      const Bytes after = image.at(call->args[1], SC_AT_EXIT);
      const std::size_t count = std::min({total, after.size() / sizeof(mmsghdr), most_messages});
      for (std::size_t i = 0; i < count; ++i) {
        const auto message = load<mmsghdr>(after.data() + i * sizeof(mmsghdr));
        const std::size_t size = message.msg_len != 0 ? message.msg_len : SIZE_MAX;
        one(size, [&](Gatherer& to) { to.add_message(message.msg_hdr); });
        if (size == SIZE_MAX) found.back().total = found.back().bytes.size();
      }
      break;
    }
    case Shape::Kind::none: break;
  }
  return found;
}

std::optional<int> polled_descriptor(Bytes record) {
  const auto* const call = event::as<sc_call>(record);
  if (call == nullptr || call->head.abi != SC_ABI_X86_64) return {};
  if (call->nr != SYS_poll && call->nr != SYS_ppoll) return {};
  const Image image(record);
  const std::uint64_t count = call->args[1];
  const Bytes after = image.at(call->args[0], SC_AT_EXIT);
  if (count == 1 && after.size() >= sizeof(pollfd)) return load<pollfd>(after.data()).fd;
  if (call->head.kind != SC_CALL || call->ret <= 0) return {};
  for (std::size_t i = 0; i < count && (i + 1) * sizeof(pollfd) <= after.size(); ++i) {
    const auto polled = load<pollfd>(after.data() + i * sizeof(pollfd));
    if (polled.revents != 0) return polled.fd;
  }
  return {};
}

}  // namespace syscope::diagnose
