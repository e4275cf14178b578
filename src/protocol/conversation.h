// One connection: who asked what, when the answer came, and what is unanswered.
//
// Requests and answers are told apart by whose turn it is: what the client says until the server
// speaks is one turn. That needs no framing of answers, and holds from the middle of a connection
// on. Where a client sends several requests before it listens, the first byte back counts as the
// answer to all of them, except for DNS, whose messages have numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "protocol/protocol.h"

namespace syscope::protocol {

// Which end the watched process is.
enum class Side : std::uint8_t { unknown, client, server };

struct Exchange {
  std::string text;            // raw; empty where the protocol is not known
  std::uint64_t asked = 0;     // ns
  std::uint64_t answered = 0;  // ns, the first byte; 0: not yet
  std::string outcome;         // what the answer says, where it says anything in few words; raw
  unsigned tries = 1;          // how often it was asked (DNS)
  std::uint32_t id = 0;
  [[nodiscard]] std::uint64_t duration() const { return answered - asked; }
};

class Conversation {
 public:
  enum class Kind : std::uint8_t { stream, datagrams };
  // `side` is unknown where only the bytes can tell. `port`: the server's, 0 for none.
  Conversation(Kind kind, Side side, std::uint16_t port) : kind_(kind), side_(side), port_(port) {}

  // The watched process sent or received `total` bytes, of which `captured` are the first.
  void sent(Bytes captured, std::size_t total, std::uint64_t time) {
    say(true, captured, total, time);
  }
  void received(Bytes captured, std::size_t total, std::uint64_t time) {
    say(false, captured, total, time);
  }
  // Answers in progress are complete.
  void finish() { settle(); }

  [[nodiscard]] const Protocol* protocol() const { return protocol_; }
  [[nodiscard]] Side side() const { return side_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t answers() const { return answers_; }
  // Sum of the durations of all answered requests, ns.
  [[nodiscard]] std::uint64_t time() const { return time_; }
  // The longest ones with different texts, the slowest first.
  [[nodiscard]] const std::vector<Exchange>& slowest() const { return slowest_; }
  // Asked and not answered, the oldest first.
  [[nodiscard]] const std::vector<Exchange>& pending() const { return pending_; }

 private:
  void say(bool out, Bytes captured, std::size_t total, std::uint64_t time);
  void say_datagram(Bytes captured, std::uint64_t time);
  void learn_protocol(bool out);
  void read_requests(std::uint64_t time);
  void settle();
  void count(Exchange exchange);

  const Kind kind_;
  Side side_;
  const std::uint16_t port_;
  const Protocol* protocol_ = nullptr;
  Memory memory_;

  bool any_turn_ = false;
  bool out_turn_ = false;          // the watched process speaks
  bool gap_ = false;               // bytes of this turn are missing: what follows cannot be framed
  std::vector<std::byte> turn_;    // what has been said in it
  std::size_t first_of_turn_ = 0;  // among pending_
  std::uint64_t counted_in_turn_ = 0;

  std::vector<Exchange> pending_;
  std::vector<Exchange> answering_;  // the answer has begun
  std::vector<Exchange> slowest_;
  std::uint64_t requests_ = 0;
  std::uint64_t answers_ = 0;
  std::uint64_t time_ = 0;
};

}  // namespace syscope::protocol
