// Arbitrary bytes as what two ends of a connection say: a byte of size, one of direction, that
// many.
#include "protocol/conversation.h"
#include "tests/fuzz/driver.h"

using namespace syscope;
using protocol::Conversation;

namespace {

unsigned visit(const Conversation& talk) {
  unsigned sum = 0;
  for (const auto* list : {&talk.slowest(), &talk.pending()}) {
    if (list->size() > 256) __builtin_trap();
    for (const protocol::Exchange& each : *list) {
      for (const char c : each.text + each.outcome) sum += static_cast<unsigned char>(c);
    }
  }
  if (talk.answers() > talk.requests()) __builtin_trap();
  return sum;
}

std::string said(bool out, const std::string& text) {
  return std::string{static_cast<char>(text.size()), static_cast<char>(out)} + text;
}

}  // namespace

std::vector<std::string> fuzz_seeds() {
  using namespace std::string_literals;
  const std::string question = "ab\1\0\0\1\0\0\0\0\0\0\7example\3org\0\0\1\0\1"s;
  return {
      said(true, "\x11\0\0\0\3SELECT SLEEP(18)"s) + said(false, "\7\0\0\1\xff\x28\4#42000"s),
      said(true, "\x09\0\0\0\x16SELECT ?"s) + said(false, "\x0c\0\0\1\0\7\0\0\0\1\0\1\0\0\0\0"s) +
          said(true, "\x0a\0\0\0\x17\7\0\0\0\0\1\0\0\0"s),
      said(true, "Q\0\0\0\x0eselect 42\0"s) + said(false, "E\0\0\0\x12SERROR\0MNo.\0\0"s),
      said(
          true,
          "P\0\0\0\x14P\0select $1\0\0\0B\0\0\0\x0e\0P\0\0\0\0\0\0\0E\0\0\0\x09\0\0\0\0\0S\0\0\0\4"s),
      said(true, "\0\0\0\x17\0\3\0\0user\0me\0database\0x\0\0"s),
      said(true, "*2\r\n$3\r\nget\r\n$3\r\nfoo\r\n") + said(false, "-ERR no\r\n"),
      said(true, "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd") +
          said(false, "HTTP/1.1 200 OK\r\n\r\n"),
      said(true, "\x16\3\1\2\0\1"s),
      said(true, question) + said(false, "ab\x81\x80\0\1\0\1\0\0\0\0"s + question.substr(12) +
                                             "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\2"s),
  };
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  unsigned sum = 0;
  for (const auto kind : {Conversation::Kind::stream, Conversation::Kind::datagrams}) {
    for (const std::uint16_t port : {0, 53, 3306, 5432, 6379}) {
      Conversation talk(kind, protocol::Side::unknown, port);
      std::uint64_t time = 0;
      for (std::size_t at = 0; at + 2 <= size;) {
        const std::size_t length = std::min<std::size_t>(data[at], size - at - 2);
        const Bytes bytes{reinterpret_cast<const std::byte*>(data + at + 2), length};
        // Some of it was not captured where the direction says so.
        const std::size_t missing = (data[at + 1] & 6) == 6 ? 100 : 0;
        if ((data[at + 1] & 1) != 0) {
          talk.sent(bytes, length + missing, ++time);
        } else {
          talk.received(bytes, length + missing, ++time);
        }
        at += 2 + length;
      }
      talk.finish();
      sum += visit(talk);
    }
  }
  return sum == ~0u;
}
