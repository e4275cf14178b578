#include "protocol/protocol.h"

#include <gtest/gtest.h>

#include "protocol/conversation.h"

namespace syscope::protocol {
namespace {

using namespace std::string_literals;

std::string mysql_packet(char sequence, const std::string& payload) {
  const auto size = payload.size();
  return std::string{static_cast<char>(size & 0xff), static_cast<char>(size >> 8 & 0xff),
                     static_cast<char>(size >> 16), sequence} +
         payload;
}

std::string postgresql_message(char type, const std::string& body) {
  const auto size = body.size() + 4;
  return std::string{type, static_cast<char>(size >> 24), static_cast<char>(size >> 16 & 0xff),
                     static_cast<char>(size >> 8 & 0xff), static_cast<char>(size & 0xff)} +
         body;
}

const std::string dns_name = "\7example\3org\0"s;

std::string dns_question(const std::string& id, char type) {
  return id + "\1\0\0\1\0\0\0\0\0\0"s + dns_name + "\0"s + type + "\0\1"s;
}

// Requests of one turn, joined by bars; "-" where the protocol is not recognised.
std::string requests_in(const std::string& turn, std::uint16_t port = 0) {
  const Protocol* protocol = recognise(as_bytes(turn), port);
  if (protocol == nullptr) return "-";
  Memory memory;
  std::string all(protocol->name);
  const auto found = protocol->requests(as_bytes(turn), memory);
  for (const Request& each : found.value()) all += "|" + each.text;
  return all;
}

TEST(Protocol, RecognisesRequestsByTheirBytes) {
  EXPECT_EQ(requests_in(mysql_packet(0, "\3SELECT SLEEP(180)")), "MySQL|SELECT SLEEP(180)");
  EXPECT_EQ(requests_in(mysql_packet(0, "\3\0\1SELECT 1"s)), "MySQL|SELECT 1");
  EXPECT_EQ(requests_in(mysql_packet(0, "\x16SELECT ?")), "MySQL|PREPARE: SELECT ?");
  EXPECT_EQ(requests_in(postgresql_message('Q', "select 42\0"s)), "PostgreSQL|select 42");
  EXPECT_EQ(requests_in("*2\r\n$3\r\nget\r\n$3\r\nfoo\r\n*1\r\n$4\r\nPING\r\n"),
            "Redis|get foo|PING");
  EXPECT_EQ(requests_in("PING\r\n", 6379), "Redis|PING");
  EXPECT_EQ(requests_in("GET /slow?a=1 HTTP/1.1\r\nhost: example.org\r\n\r\n"),
            "HTTP|GET /slow?a=1 (example.org)");
  EXPECT_EQ(requests_in("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET GET /b HTTP/1.0\r\n\r\n"),
            "HTTP|POST /a|GET /b");
  EXPECT_EQ(requests_in("\x16\3\1\2\0\1"s), "TLS|handshake");
  EXPECT_EQ(requests_in("\0\x1d"s + dns_question("ab", 1), 53), "DNS|A example.org");
}

TEST(Protocol, TakesNothingElseForARequest) {
  for (const std::string& bytes :
       {""s, "\0"s, "hello\n"s, "GET lost\n"s, mysql_packet(1, "\0\0\0"s),
        mysql_packet(0, "\xff\1"s), postgresql_message('T', "\0\1"s),
        postgresql_message('E', "SERROR\0"s), "+OK\r\n"s, "*1\r\n:5\r\n"s,
        "HTTP/1.1 200 OK\r\n\r\n"s, "\4\0\0\0\3\0\0\0"s, std::string(300, '\xff')}) {
    EXPECT_EQ(requests_in(bytes), "-") << testing::PrintToString(bytes);
  }
}

TEST(Protocol, ShowsWhatTheCaptureLeftOfARequest) {
  EXPECT_EQ(requests_in("\xff\1\0\0\3SELECT 'aaa"s), "MySQL|SELECT 'aaa");
  EXPECT_EQ(requests_in("Q\0\0\2\0select 'a"s), "PostgreSQL|select 'a");
  EXPECT_EQ(requests_in("*3\r\n$3\r\nset\r\n$3\r\nfoo\r\n$9000\r\nxx"), "Redis|set foo xx");
  EXPECT_EQ(requests_in("GET /aaaa"), "HTTP|GET /aaaa...");
}

TEST(Protocol, ExtendedPostgreSqlIsToldByTheTextOfItsStatement) {
  Memory memory;
  const std::string parse = postgresql_message('P', "P_0\0select $1 + 1;\0\0\0"s);
  const std::string execute = postgresql_message('B', "\0P_0\0\0\0\0\0\0\0"s) +
                              postgresql_message('D', "P\0"s) +
                              postgresql_message('E', "\0\0\0\0\0"s) + postgresql_message('S', "");
  auto found = postgresql.requests(as_bytes(parse + postgresql_message('S', "")), memory);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front().text, "PREPARE: select $1 + 1;");
  found = postgresql.requests(as_bytes(execute), memory);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front().text, "select $1 + 1;");
  Memory late;
  found = postgresql.requests(as_bytes(execute), late);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front().text, "statement P_0, prepared before");
}

TEST(Protocol, AnswersTellTheirErrors) {
  Memory memory;
  EXPECT_EQ(mysql.answer(as_bytes(mysql_packet(1, "\xff\x28\4#42000No such table"s)), memory),
            "ERROR 1064: No such table");
  EXPECT_EQ(
      postgresql.answer(as_bytes(postgresql_message('E', "SERROR\0C42P01\0Mno such relation\0\0"s)),
                        memory),
      "ERROR 42P01: no such relation");
  EXPECT_EQ(redis.answer(as_bytes("-ERR unknown command\r\n"), memory), "ERR unknown command");
  EXPECT_EQ(http.answer(as_bytes("HTTP/1.1 502 Bad Gateway\r\n"), memory), "502 Bad Gateway");
  const std::string address = "ab\x81\x80\0\1\0\1\0\0\0\0"s + dns_name + "\0\1\0\1"s +
                              "\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\2"s;
  EXPECT_EQ(dns.answer(as_bytes(address), memory), "127.0.0.2");
  EXPECT_EQ(dns.answer(as_bytes("ab\x81\x83\0\1\0\0\0\0\0\0"s + dns_name + "\0\1\0\1"s), memory),
            "NXDOMAIN");
}

void send(Conversation& to, const std::string& text, std::uint64_t time) {
  to.sent(as_bytes(text), text.size(), time);
}
void receive(Conversation& to, const std::string& text, std::uint64_t time) {
  to.received(as_bytes(text), text.size(), time);
}

TEST(Conversation, MeasuresEachRequestAndKeepsTheSlowest) {
  Conversation talk(Conversation::Kind::stream, Side::unknown, 0);
  for (std::uint64_t i = 1; i <= 5; ++i) {
    const std::uint64_t start = i * 1000;
    send(talk, mysql_packet(0, "\3SELECT " + std::to_string(i)), start);
    receive(talk, mysql_packet(1, "\1"), start + i);
    receive(talk, mysql_packet(2, "rows"), start + 100);
  }
  send(talk, mysql_packet(0, "\3SELECT 6"), 9000);
  EXPECT_EQ(talk.protocol(), &mysql);
  EXPECT_EQ(talk.side(), Side::client);
  EXPECT_EQ(talk.requests(), 6u);
  EXPECT_EQ(talk.answers(), 5u);
  EXPECT_EQ(talk.time(), 15u);
  ASSERT_EQ(talk.slowest().size(), 3u);
  EXPECT_EQ(talk.slowest()[0].text, "SELECT 5");
  EXPECT_EQ(talk.slowest()[0].duration(), 5u);
  ASSERT_EQ(talk.pending().size(), 1u);
  EXPECT_EQ(talk.pending()[0].text, "SELECT 6");
  EXPECT_EQ(talk.pending()[0].asked, 9000u);
}

TEST(Conversation, PutsARequestTogetherThatIsReadInPieces) {
  Conversation talk(Conversation::Kind::stream, Side::server, 0);
  const std::string packet = mysql_packet(0, "\3SELECT 1");
  receive(talk, packet.substr(0, 4), 10);
  receive(talk, packet.substr(4), 11);
  ASSERT_EQ(talk.pending().size(), 1u);
  EXPECT_EQ(talk.pending()[0].text, "SELECT 1");
  send(talk, mysql_packet(1, "\xff\x28\4#42000Oh"s), 15);
  receive(talk, packet, 20);
  ASSERT_EQ(talk.slowest().size(), 1u);
  EXPECT_EQ(talk.slowest()[0].outcome, "ERROR 1064: Oh");
  EXPECT_EQ(talk.requests(), 2u);
}

TEST(Conversation, OwesNothingToAClientThatLeaves) {
  Conversation talk(Conversation::Kind::stream, Side::server, 0);
  const std::string quit = mysql_packet(0, "\1");
  receive(talk, quit.substr(0, 4), 10);
  receive(talk, quit.substr(4), 11);
  EXPECT_EQ(talk.requests(), 1u);
  EXPECT_TRUE(talk.pending().empty());
}

TEST(Conversation, RemembersWhatAPreparedStatementWas) {
  Conversation talk(Conversation::Kind::stream, Side::client, 3306);
  send(talk, mysql_packet(0, "\x16SELECT ?"), 1);
  receive(talk, mysql_packet(1, "\0\7\0\0\0\1\0\1\0\0\0\0"s), 2);
  send(talk, mysql_packet(0, "\x17\7\0\0\0\0\1\0\0\0"s), 3);
  ASSERT_EQ(talk.pending().size(), 1u);
  EXPECT_EQ(talk.pending()[0].text, "SELECT ?");
}

TEST(Conversation, CountsTurnsOfAProtocolThatNobodyKnows) {
  Conversation talk(Conversation::Kind::stream, Side::unknown, 0);
  send(talk, "hello", 1);
  send(talk, "there", 2);
  receive(talk, "hi", 10);
  send(talk, "again", 20);
  talk.finish();
  EXPECT_EQ(talk.protocol(), nullptr);
  EXPECT_EQ(talk.requests(), 2u);
  EXPECT_EQ(talk.answers(), 1u);
  EXPECT_EQ(talk.time(), 9u);
  EXPECT_EQ(talk.pending().size(), 1u);
}

TEST(Conversation, DnsAnswersComeInAnyOrderAndQuestionsAreRepeated) {
  Conversation talk(Conversation::Kind::datagrams, Side::unknown, 53);
  send(talk, dns_question("ab", 1), 1);
  send(talk, dns_question("cd", 28), 1);
  receive(talk, "cd\x81\x80\0\1\0\0\0\0\0\0"s + dns_name + "\0\x1c\0\1"s, 4);
  send(talk, dns_question("ab", 1), 5000);
  ASSERT_EQ(talk.pending().size(), 1u);
  EXPECT_EQ(talk.pending()[0].text, "A example.org");
  EXPECT_EQ(talk.pending()[0].tries, 2u);
  ASSERT_EQ(talk.slowest().size(), 1u);
  EXPECT_EQ(talk.slowest()[0].text, "AAAA example.org");
  EXPECT_EQ(talk.slowest()[0].outcome, "no such record");
}

TEST(Conversation, IsBounded) {
  Conversation talk(Conversation::Kind::stream, Side::client, 0);
  std::string many;
  for (int i = 0; i < 2000; ++i) many += "*1\r\n$4\r\nPING\r\n";
  for (std::uint64_t i = 0; i < 50; ++i) send(talk, many, i);
  EXPECT_LE(talk.pending().size(), 256u);
}

}  // namespace
}  // namespace syscope::protocol
