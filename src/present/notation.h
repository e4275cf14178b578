// Numbers and fixed byte strings in the notations of the catalog.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"
#include "base/text_buffer.h"
#include "decode/value.h"
#include "present/text_style.h"

namespace syscope::present {

// A number of the tape (ValueKind::number), as its notation, width, sign and set say.
void append_in_notation(const decode::Value& number, ConstantStyle style, TextBuffer& out);

// Requests of terminals and of sound devices have values in common: which of their names are written.
enum class RequestNames : std::uint8_t { all, terminal, sound };

// A request of ioctl(2): TCGETS, or _IOC(...) where it has no name.
void append_request(const decode::Value& request, RequestNames names, ConstantStyle style,
                    TextBuffer& out);

// NULL or 0x7f...
void append_address(std::uint64_t address, TextBuffer& out);

// INT, RTMIN, RT_1: a signal within a set; the number if it is none.
void append_signal_word(std::uint64_t signal, ConstantStyle style, TextBuffer& out);

// inet_pton(AF_INET6, "::1", &member), without the last argument if `member` is empty. Fewer than
// 16 bytes are quoted. inet_ntop(3)
void append_ip6(Bytes address, std::string_view member, ConstantStyle style, TextBuffer& out);

// inet_addr("127.0.0.1"); all of `address` is quoted where numbers are wanted. At least 4 bytes.
void append_ip4(Bytes address, ConstantStyle style, TextBuffer& out);

// aa:bb:cc:dd:ee:ff
void append_mac(Bytes address, ConstantStyle style, TextBuffer& out);

// S_IFREG|S_ISUID|0644. inode(7)
void append_file_mode(std::uint64_t mode, ConstantStyle style, TextBuffer& out);

// WIFEXITED(s) && WEXITSTATUS(s) == 0. wait(2)
void append_wait_status(std::uint32_t status, ConstantStyle style, TextBuffer& out);

}  // namespace syscope::present
