// What the kernel lays out behind a head that it has filled: texts of statmount(2), contexts of
// lsm_get_self_attr(2), the critical section of rseq(2).
#include <algorithm>

#include "catalog/find.h"
#include "decode/hooks/table.h"

namespace syscope::decode {

using catalog::Notation;

namespace {

constexpr std::size_t mount_head = 512;   // struct statmount of linux/mount.h
constexpr std::size_t context_head = 32;  // struct lsm_ctx of linux/lsm.h

// The texts of a struct statmount; empty if not all of them are there.
std::string_view mount_texts_of(const HookInput& input) {
  const Bytes whole = input.scope.here;
  if (whole.size() <= mount_head) return {};
  const std::size_t size = load<std::uint32_t>(whole.data());
  if (size <= mount_head || size > input.scope.available || size > whole.size()) return {};
  return as_chars(whole.subspan(mount_head, size - mount_head));
}

// The text at the start of `texts`, which is shortened by it. Without a NUL it goes on where its
// last byte stands.
void take_text(Decoder& decoder, std::string_view name, std::string_view& texts) {
  const std::size_t nul = texts.find('\0');
  const std::size_t end = std::min(nul, texts.size() - 1);
  decoder.add_string(name, as_bytes(texts.substr(0, end)), nul == std::string_view::npos);
  texts.remove_prefix(std::min(end + 1, texts.size()));
}

// What a field of four bytes says: an offset into the texts.
std::string_view texts_at(const HookInput& input) {
  const std::string_view texts = mount_texts_of(input);
  const std::uint64_t offset = load_unsigned(input.place.bytes.data(), 4);
  return offset < texts.size() ? texts.substr(offset) : std::string_view{};
}

void add_offset(const HookInput& input) {
  input.decoder.add_number(input.name, load_unsigned(input.place.bytes.data(), 4), Notation::hex,
                           4);
}

std::uint64_t word_of(Bytes bytes, std::size_t index) {
  return load<std::uint64_t>(bytes.data() + 8 * index);
}

// By its name, or as a number without a comment.
void add_module(Decoder& decoder, std::uint64_t id) {
  static const catalog::Index modules = catalog::find_set("lsm_id");
  bool is_known = false;
  if (modules != catalog::nothing) {
    const catalog::Set& set = catalog::sets()[modules];
    const auto members = catalog::members().subspan(set.first_member, set.member_count);
    is_known = std::ranges::find(members, id, &catalog::Member::value) != members.end();
  }
  decoder.add_number("id", id, is_known ? Notation::symbol : Notation::hex, 8, false,
                     is_known ? modules : catalog::nothing);
}

// One context, of which no more than `size` bytes may be there, and no more than it says.
void add_context(Decoder& decoder, std::string_view name, const Place& place, std::uint64_t size) {
  const Bytes bytes = place.bytes;
  const std::uint32_t at = decoder.open(ValueKind::structure, name);
  add_module(decoder, word_of(bytes, 0));
  decoder.add_number("flags", word_of(bytes, 1), Notation::hex, 8);
  decoder.add_number("len", word_of(bytes, 2), Notation::dec, 8);
  decoder.add_number("ctx_len", word_of(bytes, 3), Notation::dec, 8);
  const std::uint64_t most =
      std::max<std::uint64_t>(std::min(word_of(bytes, 2), size), context_head);
  const std::uint64_t length = std::min(word_of(bytes, 3), most - context_head);
  const std::uint64_t limit = std::min<std::uint64_t>(length, decoder.options().string_limit + 1u);
  if (length != 0 && bytes.size() - context_head < limit && !place.cut) {
    decoder.add_address("ctx", place.address + context_head);
  } else if (length != 0) {
    const std::uint32_t context = decoder.tape().size();
    decoder.add_limited("ctx",
                        bytes.subspan(context_head)
                            .first(std::min<std::size_t>(length, bytes.size() - context_head)),
                        bytes.size() - context_head < length);
    decoder.tape()[context].notation = Notation::hex;
  }
  decoder.close(at);
}

// {id=LSM_ID_SELINUX}: all that is asked for.
void add_request(const HookInput& input) {
  Decoder& decoder = input.decoder;
  constexpr std::uint64_t single = 1;  // LSM_FLAG_SINGLE
  const bool asks = (decoder.argument(3) & single) != 0;
  if (!asks || input.place.bytes.size() < context_head) {
    return decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  const std::uint32_t at = decoder.open(ValueKind::structure, input.name);
  add_module(decoder, word_of(input.place.bytes, 0));
  decoder.close(at);
}

}  // namespace

// A text of statmount(2), whatever -s says; its offset if it is not there.
void mount_text(const HookInput& input) {
  if (input.place.bytes.size() < 4) return input.decoder.add_ellipsis();
  std::string_view texts = texts_at(input);
  if (texts.empty()) return add_offset(input);
  take_text(input.decoder, input.name, texts);
}

// As many texts of statmount(2), one behind the other, as the field before says.
void mount_texts(const HookInput& input) {
  if (input.place.bytes.size() < 4) return input.decoder.add_ellipsis();
  const std::uint64_t at = input.place.address - input.scope.at;
  std::string_view texts = texts_at(input);
  if (texts.empty() || at < 4 || at > input.scope.here.size()) return add_offset(input);
  const auto count = load<std::uint32_t>(input.scope.here.data() + at - 4);
  Decoder& decoder = input.decoder;
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  for (std::uint32_t i = 0; i < count && !decoder.exhausted(); ++i) {
    if (texts.empty()) {
      decoder.add_word({}, "???");
      decoder.tape()[decoder.tape().size() - 1].width = 0;
      break;
    }
    take_text(decoder, {}, texts);
  }
  decoder.close(array);
}

// What lsm_set_self_attr(2) is given.
void lsm_context(const HookInput& input) {
  if (input.place.bytes.size() < context_head) {
    return input.decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  add_context(input.decoder, input.name, input.place, input.size);
}

// Of lsm_get_self_attr(2): at entry what is asked for, at exit a list of contexts. There is room
// for a head more than the call was told of, so that a request is there that it was not.
void lsm_contexts(const HookInput& input) {
  if (input.scope.phase == Phase::entry) return add_request(input);
  Decoder& decoder = input.decoder;
  const std::uint64_t size = input.size >= context_head ? input.size - context_head : 0;
  const Bytes bytes =
      input.place.bytes.first(std::min<std::size_t>(size, input.place.bytes.size()));
  if (!decoder.succeeded() || bytes.size() < context_head) {
    return decoder.add_address(input.name, input.place.address);
  }
  const std::uint32_t array = decoder.open(ValueKind::array, input.name);
  for (std::uint64_t at = 0; at < size && !decoder.exhausted();) {
    const std::uint64_t left = size - at;
    if (left < context_head || at > bytes.size() || bytes.size() - at < context_head) {
      decoder.add_end_of_memory(input.place.address + at);
      break;
    }
    const Bytes here = bytes.subspan(at);
    const std::uint64_t length = word_of(here, 2);
    add_context(decoder, {}, {here, input.place.address + at, input.place.cut}, left);
    if (length < context_head || length > left) break;
    at += length;
  }
  decoder.close(array);
}

// The section that a thread is in, with its address: {...} /* 0x7f... */
void critical_section(const HookInput& input) {
  static const catalog::Index flags = catalog::find_set("rseq_cs_flags");
  Decoder& decoder = input.decoder;
  const Bytes bytes = input.place.bytes;
  constexpr std::size_t section = 32;  // struct rseq_cs of linux/rseq.h
  if (bytes.size() < section) {
    return decoder.add_missing(input.name, input.place.address, MissingReason::fault);
  }
  const std::uint32_t at = decoder.open(ValueKind::structure, input.name);
  decoder.add_number("version", load<std::uint32_t>(bytes.data()), Notation::dec, 4);
  decoder.add_number("flags", load<std::uint32_t>(bytes.data() + 4), Notation::bits, 4, false,
                     flags);
  decoder.add_number("start_ip", word_of(bytes, 1), Notation::hex, 8);
  decoder.add_number("post_commit_offset", word_of(bytes, 2), Notation::hex, 8);
  decoder.add_number("abort_ip", word_of(bytes, 3), Notation::hex, 8);
  decoder.close(at);
  decoder.tape()[at].comment = decoder.address_text(input.place.address);
}

}  // namespace syscope::decode
