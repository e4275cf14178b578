// Builds SC_ENTER, SC_CALL and SC_SIGNAL records for tests, as an engine would write them.
#pragma once

#include <array>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "event/record.h"

namespace syscope {

class RecordBuilder {
 public:
  explicit RecordBuilder(std::uint32_t nr, sc_kind kind = SC_CALL, sc_abi abi = SC_ABI_X86_64) {
    call_.head.kind = kind;
    call_.head.abi = abi;
    call_.head.pid = call_.head.tid = 1;
    call_.nr = nr;
    call_.blocked = SC_UNKNOWN;
  }
  RecordBuilder& args(std::initializer_list<std::uint64_t> values) {
    std::copy(values.begin(), values.end(), call_.args);
    return *this;
  }
  RecordBuilder& ret(std::int64_t value) {
    call_.ret = value;
    return *this;
  }
  RecordBuilder& flags(unsigned value) {
    call_.head.flags = static_cast<sc_u8>(value);
    return *this;
  }
  // Memory at an address; `flags` of sc_block_flag.
  RecordBuilder& memory(std::uint64_t address, std::string_view bytes, unsigned flags) {
    const sc_block block{address, static_cast<sc_u32>(bytes.size()), SC_MEMORY,
                         static_cast<sc_u8>(flags), 0};
    append({reinterpret_cast<const char*>(&block), sizeof block});
    append(bytes);
    blocks_.resize((blocks_.size() + 7) & ~std::size_t{7});
    ++call_.blocks;
    return *this;
  }
  // A descriptor that is a netlink socket of this protocol.
  RecordBuilder& netlink(int descriptor, std::uint64_t protocol) {
    const sc_block block{static_cast<sc_u64>(descriptor), sizeof protocol, SC_NETLINK, SC_AT_ENTRY,
                         0};
    append({reinterpret_cast<const char*>(&block), sizeof block});
    append({reinterpret_cast<const char*>(&protocol), sizeof protocol});
    ++call_.blocks;
    return *this;
  }
  template <class T>
  RecordBuilder& object(std::uint64_t address, const T& value, unsigned flags) {
    return memory(address, {reinterpret_cast<const char*>(&value), sizeof value}, flags);
  }
  // The record; lives as long as the builder and until the next change.
  [[nodiscard]] Bytes record() {
    call_.head.size = static_cast<sc_u32>(sizeof call_ + blocks_.size());
    whole_.resize(call_.head.size / 8);
    std::memcpy(whole_.data(), &call_, sizeof call_);
    if (!blocks_.empty()) {
      std::memcpy(whole_.data() + sizeof call_ / 8, blocks_.data(), blocks_.size());
    }
    return std::as_bytes(std::span(whole_));
  }

 private:
  void append(std::string_view bytes) { blocks_.insert(blocks_.end(), bytes.begin(), bytes.end()); }

  sc_call call_{};
  std::vector<char> blocks_;
  std::vector<std::uint64_t> whole_;
};

class SignalBuilder {
 public:
  explicit SignalBuilder(int signo) {
    signal_.head.kind = SC_SIGNAL;
    signal_.head.size = sizeof signal_ + sizeof info_;
    signal_.signo = static_cast<sc_u32>(signo);
    signal_.info_size = sizeof info_;
    put(0, signo);
  }
  template <class T>
  SignalBuilder& put(std::size_t offset, T value) {
    std::memcpy(info_.data() + offset, &value, sizeof value);
    return *this;
  }
  [[nodiscard]] Bytes record() {
    std::memcpy(whole_.data(), &signal_, sizeof signal_);
    std::memcpy(whole_.data() + sizeof signal_ / 8, info_.data(), sizeof info_);
    return std::as_bytes(std::span(whole_));
  }

 private:
  sc_signal signal_{};
  std::array<char, 128> info_{};
  std::array<std::uint64_t, (sizeof(sc_signal) + 128) / 8> whole_{};
};

}  // namespace syscope
