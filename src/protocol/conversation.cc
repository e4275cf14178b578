#include "protocol/conversation.h"

#include <algorithm>

namespace syscope::protocol {
namespace {

constexpr std::size_t most_turn_bytes = 16 << 10;
constexpr std::size_t most_pending = 256;
constexpr std::size_t most_slowest = 3;
constexpr std::size_t most_text = 1000;

}  // namespace

void Conversation::say(bool out, Bytes captured, std::size_t total, std::uint64_t time) {
  if (total == 0) return;
  if (kind_ == Kind::datagrams) return say_datagram(captured, time);
  if (!any_turn_ || out != out_turn_) {
    any_turn_ = true;
    out_turn_ = out;
    gap_ = false;
    turn_.clear();
    counted_in_turn_ = 0;
    first_of_turn_ = pending_.size();
  }
  if (!gap_ && turn_.size() < most_turn_bytes) {
    turn_.insert(turn_.end(), captured.begin(), captured.end());
  }
  gap_ = gap_ || captured.size() < total;
  if (protocol_ == nullptr) learn_protocol(out);
  // What nobody knows the protocol of: whoever spoke first asks.
  if (side_ == Side::unknown) side_ = out ? Side::client : Side::server;
  if (out == (side_ == Side::client)) return read_requests(time);

  for (Exchange& each : pending_) {
    each.answered = std::max(time, each.asked);
    answering_.push_back(std::move(each));
  }
  pending_.clear();
  if (answering_.empty() || protocol_ == nullptr) return;
  std::string outcome = protocol_->answer(turn_, memory_);
  if (!outcome.empty()) answering_.front().outcome = outcome.substr(0, most_text);
}

void Conversation::learn_protocol(bool out) {
  if (side_ != Side::unknown && out != (side_ == Side::client)) return;
  protocol_ = recognise(turn_, port_);
  if (protocol_ != nullptr && side_ == Side::unknown) side_ = out ? Side::client : Side::server;
}

// The whole turn once more: the last request may have been incomplete.
void Conversation::read_requests(std::uint64_t time) {
  if (turn_.empty() || pending_.size() >= most_pending) return;
  settle();
  std::vector<Request> found;
  if (protocol_ != nullptr) {
    if (auto parsed = protocol_->requests(turn_, memory_)) found = std::move(*parsed);
  }
  if (found.empty()) {
    // More of a message that began before, or a protocol that is not known.
    if (protocol_ != nullptr || pending_.size() > first_of_turn_ || counted_in_turn_ > 0) return;
    found.emplace_back();
  }
  first_of_turn_ = std::min(first_of_turn_, pending_.size());
  std::size_t at = first_of_turn_;
  std::uint64_t number = 0;
  for (Request& request : found) {
    ++number;
    if (number > counted_in_turn_) ++requests_;
    if (!request.expects_answer) continue;
    if (at == most_pending) break;
    if (at == pending_.size()) pending_.emplace_back().asked = time;
    pending_[at].text = request.text.substr(0, most_text);
    ++at;
  }
  pending_.resize(at);  // what looked like a request may turn out to expect nothing
  counted_in_turn_ = std::max(counted_in_turn_, number);
}

void Conversation::say_datagram(Bytes captured, std::uint64_t time) {
  if (const auto id = dns_answer_id(captured)) {
    const auto asked = std::ranges::find(pending_, *id, &Exchange::id);
    if (asked == pending_.end()) return;
    asked->answered = std::max(time, asked->asked);
    asked->outcome = dns.answer(captured, memory_);
    count(std::move(*asked));
    pending_.erase(asked);
    return;
  }
  const Protocol* const spoken = recognise_datagram(captured);
  if (spoken == nullptr) return;
  protocol_ = spoken;
  const auto found = spoken->requests(captured, memory_);
  if (!found) return;
  for (const Request& request : *found) {
    const auto before = std::ranges::find_if(pending_, [&](const Exchange& each) {
      return each.id == request.id && each.text == request.text;
    });
    if (before != pending_.end()) {
      ++before->tries;
      continue;
    }
    ++requests_;
    if (pending_.size() < most_pending) {
      Exchange& asked = pending_.emplace_back();
      asked.text = request.text;
      asked.asked = time;
      asked.id = request.id;
    }
  }
}

void Conversation::settle() {
  for (Exchange& each : answering_) count(std::move(each));
  answering_.clear();
}

void Conversation::count(Exchange exchange) {
  ++answers_;
  time_ += exchange.duration();
  const auto same = std::ranges::find(slowest_, exchange.text, &Exchange::text);
  if (same != slowest_.end()) {
    if (same->duration() >= exchange.duration()) return;
    slowest_.erase(same);
  }
  const auto place = std::ranges::find_if(
      slowest_, [&](const Exchange& each) { return each.duration() < exchange.duration(); });
  slowest_.insert(place, std::move(exchange));
  if (slowest_.size() > most_slowest) slowest_.pop_back();
}

}  // namespace syscope::protocol
