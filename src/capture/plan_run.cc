#include "capture/plan_run.h"

#include <algorithm>
#include <cstring>

#include "event/view.h"

namespace syscope::capture {
namespace {

constexpr std::size_t page = 4096;        // no page is smaller: a fault never lies inside one
constexpr std::size_t first_piece = 256;  // of a string: most are shorter

bool failed(std::int64_t result) { return result < 0 && result >= -4095; }

std::uint64_t times(std::uint64_t units, std::uint32_t scale) {
  std::uint64_t product;
  return __builtin_mul_overflow(units, scale, &product) ? ~std::uint64_t{0} : product;
}

bool is_everything(const sc_ref& ref) { return ref.kind == SC_CONST && ref.offset == ~sc_u32{0}; }

std::uint64_t number_at(Bytes bytes, const sc_ref& ref) {
  if (bytes.size() < ref.width || bytes.size() - ref.width < ref.offset) return 0;
  return load_unsigned(bytes.data() + ref.offset, ref.width);
}

const sc_block& block_at(Bytes record, std::size_t offset) {
  return *reinterpret_cast<const sc_block*>(record.data() + offset);
}

std::size_t after(std::size_t offset, const sc_block& block) {
  return offset + sizeof(sc_block) + ((std::size_t{block.size} + 7) & ~std::size_t{7});
}

// How many bytes of a string or of a vector of words there are, its end included; 0: no end yet.
std::size_t ended_size(std::span<const std::byte> bytes, std::uint8_t verb, unsigned word_size) {
  if (verb == SC_STRING) {
    const void* const nul = std::memchr(bytes.data(), 0, bytes.size());
    return nul == nullptr
               ? 0
               : static_cast<std::size_t>(static_cast<const std::byte*>(nul) - bytes.data()) + 1;
  }
  for (std::size_t at = 0; at + word_size <= bytes.size(); at += word_size) {
    if (load_unsigned(bytes.data() + at, word_size) == 0) return at + word_size;
  }
  return 0;
}

// Whether the call's argument 0 is known to be a netlink socket.
bool is_of_netlink(Bytes record) {
  event::Blocks blocks(record);
  while (const auto block = blocks.next()) {
    if (block->kind == SC_NETLINK) return true;
  }
  return false;
}

}  // namespace

bool asks_for_netlink(std::span<const sc_op> plan) {
  return std::ranges::any_of(plan, [](const sc_op& op) { return (op.flags & SC_OF_NETLINK) != 0; });
}

void PlanRunner::run(pid_t tid, Abi abi, std::span<const sc_op> plan, sc_phase phase,
                     RecordBuffer& record, bool whole) {
  tid_ = tid;
  whole_ = whole;
  word_size_ = word_size(abi);
  plan_ = plan.first(std::min(plan.size(), most_ops));
  phase_ = phase;
  record_ = &record;
  short_strings_.clear();

  const bool skips_netlink = asks_for_netlink(plan_) && !is_of_netlink(record.finish());
  const bool call_failed = phase == SC_EXIT_PHASE && failed(record.call().ret);
  std::uint64_t waiting = 0;
  for (std::size_t i = 0; i < plan_.size(); ++i) {
    const bool skipped = (call_failed && (plan_[i].flags & SC_ON_SUCCESS) != 0) ||
                         (skips_netlink && (plan_[i].flags & SC_OF_NETLINK) != 0);
    if (plan_[i].phase == phase && !skipped) waiting |= std::uint64_t{1} << i;
  }
  while (waiting != 0) {
    std::uint64_t level = 0;
    for (std::size_t i = 0; i < plan_.size(); ++i) {
      const std::uint64_t bit = std::uint64_t{1} << i;
      if ((waiting & bit) == 0 || !ready(plan_[i], waiting)) continue;
      queue_op(static_cast<std::uint16_t>(i));
      level |= bit;
    }
    if (level == 0) return;  // ops that wait for each other: no plan of the catalog has any
    read_queued();
    waiting &= ~level;
  }
}

bool PlanRunner::ready(const sc_op& op, std::uint64_t waiting) const {
  const auto waits_for = [&](std::uint16_t other) {
    return other < most_ops && (waiting >> other & 1) != 0;
  };
  if (waits_for(op.parent)) return false;
  for (const sc_ref* ref : {&op.base, &op.length, &op.filled}) {
    if (ref->kind == SC_OF_OP && waits_for(ref->index)) return false;
  }
  return true;
}

void PlanRunner::queue_op(std::uint16_t number) {
  const sc_op& op = plan_[number];
  if (op.parent == SC_NO_PARENT) return queue(number, {}, nullptr);
  // The record may move while blocks are added: it is gone through by offset, up to what it holds
  // now.
  const std::size_t end = record_->bytes().size();
  std::size_t at = sizeof(sc_call);
  while (at + sizeof(sc_block) <= end) {
    const sc_block block = block_at(record_->bytes(), at);
    const std::size_t whole = std::max<std::size_t>(block.size, 1);
    // Of the longest of several structs that may stand there, less can be read: it is a shorter one.
    const std::size_t stride = op.stride != 0 ? std::min<std::size_t>(op.stride, whole) : whole;
    Share share;
    if (block.op == op.parent && block.kind == SC_MEMORY) {
      for (std::size_t element = 0; element + stride <= block.size; element += stride) {
        const Bytes bytes = record_->bytes().subspan(at + sizeof(sc_block) + element, stride);
        queue(number, {bytes, block.address + element},
              (op.flags & SC_SPREAD) != 0 ? &share : nullptr);
      }
    }
    at = after(at, block);
  }
}

void PlanRunner::queue(std::uint16_t number, Element element, Share* share) {
  const sc_op& op = plan_[number];
  const std::uint64_t address = value(op.base, element);
  const std::uint64_t limit = std::min<std::uint64_t>(cap(op), RecordBuffer::limit);
  const std::uint64_t wanted = op.verb == SC_READ ? bytes_wanted(op, element, share) : limit;
  if (address == 0 || wanted == 0) return;
  const auto most = static_cast<std::size_t>(std::min(wanted, limit));
  if (buffer_used_ + most > RecordBuffer::limit) {
    if (record_->memory_room() == 0) return;
    read_queued();
  }
  wants_.push_back({address, most, 0, buffer_used_, number, op.verb, wanted > limit, false, false});
  buffer_used_ += most;
}

void PlanRunner::read_queued() {
  if (buffer_.size() < buffer_used_) buffer_.resize(buffer_used_);
  const auto unfinished = [](const Want& want) { return !want.done; };
  while (std::ranges::any_of(wants_, unfinished)) continue_queued();
  for (const Want& want : wants_) append(want);
  wants_.clear();
  buffer_used_ = 0;
}

// The next piece of everything that is not complete yet.
void PlanRunner::continue_queued() {
  places_.clear();
  for (const Want& want : wants_) {
    if (want.done) continue;
    places_.push_back(
        {want.address + want.got, buffer_.data() + want.offset + want.got, next_chunk(want), 0});
  }
  memory_.read(tid_, places_);
  auto place = places_.begin();
  for (Want& want : wants_) {
    if (want.done) continue;
    advance(want, place->size, place->got);
    ++place;
  }
}

std::size_t PlanRunner::next_chunk(const Want& want) const {
  const std::size_t left = want.most - want.got;
  if (want.verb == SC_READ) return left;
  // A string may end just before memory that cannot be read: no piece crosses into the next page.
  const std::size_t to_page_end = page - (want.address + want.got) % page;
  return std::min({left, to_page_end, want.got == 0 ? first_piece : page});
}

void PlanRunner::advance(Want& want, std::size_t asked, std::size_t got) {
  want.got += got;
  if (want.verb != SC_READ) {
    const std::span bytes(buffer_.data() + want.offset, want.got);
    if (const std::size_t size = ended_size(bytes, want.verb, word_size_); size != 0) {
      want.got = size;
      want.done = true;
      return;
    }
    want.capped = true;  // unless more of it ends it
  }
  want.faulted = got < asked;
  want.done = want.faulted || want.got == want.most;
}

void PlanRunner::append(const Want& want) {
  const std::size_t room = record_->memory_room();
  if (room == 0) return;
  const std::size_t size = std::min(want.got, room);
  sc_block block = {};
  block.address = want.address;
  block.size = static_cast<sc_u32>(size);
  block.kind = SC_MEMORY;
  block.flags = phase_ == SC_ENTRY_PHASE ? SC_AT_ENTRY : SC_AT_EXIT;
  if (want.faulted) block.flags |= SC_FAULT;
  if (want.faulted && want.verb == SC_STRING && want.got != 0) {
    short_strings_.push_back({want.address, want.got, want.most});
  }
  if (size < want.got || (want.capped && !want.faulted && want.got == want.most)) {
    block.flags |= SC_CUT;
  }
  block.op = want.op;
  record_->append_block(block, {buffer_.data() + want.offset, size});
}

std::uint64_t PlanRunner::value(const sc_ref& ref, const Element& element) const {
  const sc_call& call = record_->call();
  switch (ref.kind) {
    case SC_CONST: return ref.offset;
    case SC_ARG: {
      const std::uint64_t argument = ref.index < 6 ? call.args[ref.index] : 0;
      return ref.width == 0 || ref.width >= 8
                 ? argument
                 : argument & ((std::uint64_t{1} << 8 * ref.width) - 1);
    }
    case SC_RET:
      return phase_ == SC_EXIT_PHASE && call.ret > 0 ? static_cast<std::uint64_t>(call.ret) : 0;
    case SC_FIELD: return number_at(element.bytes, ref);
    case SC_OF_OP: return number_at(first_block(ref.index), ref);
    case SC_PLACE: return element.address == 0 ? 0 : element.address + ref.offset;
    default: return 0;
  }
}

std::uint64_t PlanRunner::bytes_wanted(const sc_op& op, const Element& element,
                                       Share* share) const {
  const std::uint64_t length = times(value(op.length, element), op.scale);
  if (phase_ != SC_EXIT_PHASE || is_everything(op.filled)) return length;
  const std::uint64_t filled = times(value(op.filled, element), op.scale);
  if (share == nullptr) return std::min(length, filled);
  if (!share->known) *share = {filled, true};
  const std::uint64_t part = std::min(length, share->left);
  share->left -= part;
  return part;
}

std::uint64_t PlanRunner::cap(const sc_op& op) const {
  switch (op.cap_kind) {
    case SC_CAP_STRING: return whole_ ? RecordBuffer::limit : std::uint64_t{string_limit_} + 1;
    case SC_CAP_ELEMENTS:
      return abbreviate_ && !whole_ ? times(std::uint64_t{string_limit_} + 1, op.cap) : RecordBuffer::limit;
    default: return op.cap;
  }
}

Bytes PlanRunner::first_block(std::uint16_t op) const {
  const Bytes record = record_->bytes();
  std::size_t at = sizeof(sc_call);
  while (at + sizeof(sc_block) <= record.size()) {
    const sc_block& block = block_at(record, at);
    if (block.op == op && block.kind == SC_MEMORY) {
      return record.subspan(at + sizeof(sc_block), block.size);
    }
    at = after(at, block);
  }
  return {};
}

}  // namespace syscope::capture
