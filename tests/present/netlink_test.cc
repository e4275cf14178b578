// Netlink messages from record to text, with the real catalog: above all where their lengths lie.
#include <gtest/gtest.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <string>

#include "decode/decode.h"
#include "present/value_text.h"
#include "tests/decode/record_builder.h"

namespace syscope::present {
namespace {

constexpr std::uint32_t nr_sendto = 44;
constexpr std::uint64_t place = 0x1000;
constexpr std::string_view head = "{nlmsg_len=";

std::string attribute(unsigned type, std::string_view data, int length = -1) {
  const nlattr header = {static_cast<std::uint16_t>(length < 0 ? 4 + data.size() : length),
                         static_cast<std::uint16_t>(type)};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes += data;
  bytes.resize((bytes.size() + 3) & ~std::size_t{3});
  return bytes;
}

std::string link_message(std::string_view attributes, int length = -1) {
  const std::size_t size = sizeof(nlmsghdr) + sizeof(ifinfomsg) + attributes.size();
  const nlmsghdr header = {static_cast<std::uint32_t>(length < 0 ? size : length), RTM_GETLINK,
                           NLM_F_REQUEST, 1, 2};
  const ifinfomsg link = {AF_UNSPEC, 0, 0, 0, 0, 0};
  std::string bytes(reinterpret_cast<const char*>(&header), sizeof header);
  bytes.append(reinterpret_cast<const char*>(&link), sizeof link);
  return bytes.append(attributes);
}

// The second argument of sendto(2) with these bytes, of which the record holds `known`.
std::string text_of(std::string_view bytes, std::size_t known = ~std::size_t{0},
                    std::uint64_t protocol = NETLINK_ROUTE, const decode::Options& options = {}) {
  const bool whole = known >= bytes.size();
  RecordBuilder builder(nr_sendto);
  builder.args({3, place, bytes.size(), 0, 0, 0}).netlink(3, protocol);
  builder.memory(place, bytes.substr(0, known), SC_AT_ENTRY | (whole ? 0u : unsigned{SC_FAULT}));
  decode::Tape tape;
  const auto decoded = decode::decode_call(builder.record(), options, tape);
  TextBuffer out;
  if (decoded.arguments_end > 1) ValueWriter(TextStyle{}).write(tape, 1, out);
  return std::string(out.view());
}

// What stands behind the header of the message and that of the link.
std::string attributes_of(std::string_view attributes, std::size_t known = ~std::size_t{0},
                          const decode::Options& options = {}) {
  const std::string text = text_of(link_message(attributes), known, NETLINK_ROUTE, options);
  const std::size_t at = text.find("ifi_change=0}");
  if (at == std::string::npos) return text;
  const std::string rest = text.substr(at + 13);
  return rest == "]" ? rest : rest.substr(2, rest.size() - 3);
}

TEST(Netlink, OtherSocketsHaveBytes) {
  RecordBuilder builder(nr_sendto);
  builder.args({3, place, 4, 0, 0, 0}).memory(place, "abcd", SC_AT_ENTRY);
  decode::Tape tape;
  (void)decode::decode_call(builder.record(), {}, tape);
  TextBuffer out;
  ValueWriter(TextStyle{}).write(tape, 1, out);
  EXPECT_EQ(out.view(), "\"abcd\"");
}

TEST(Netlink, AMessageShorterThanItsHeaderIsBytes) {
  EXPECT_EQ(text_of(""), "\"\"");
  EXPECT_EQ(text_of("abc"), R"("\x61\x62\x63")");
}

TEST(Netlink, ALengthOfZeroEndsTheMessages) {
  std::string two = link_message("", 0) + link_message("");
  EXPECT_EQ(text_of(two).find(head, 1), std::string::npos);
}

TEST(Netlink, MessagesStandInAList) {
  const std::string text = text_of(link_message("") + link_message(""));
  EXPECT_TRUE(text.starts_with("[[{nlmsg_len=32, nlmsg_type=RTM_GETLINK, "
                               "nlmsg_flags=NLM_F_REQUEST, nlmsg_seq=1, nlmsg_pid=2}, {ifi_family="))
      << text;
  EXPECT_TRUE(text.ends_with("ifi_change=0}]]")) << text;
}

TEST(Netlink, AHeaderThatIsCutTellsItsFamily) {
  EXPECT_TRUE(text_of(link_message("").substr(0, 20)).ends_with("{ifi_family=AF_UNSPEC, ...}]"));
  EXPECT_TRUE(text_of(link_message(""), 20).ends_with("{ifi_family=AF_UNSPEC, 0x1011}]"));
  EXPECT_EQ(text_of(link_message(""), 7), "0x1000");
}

TEST(Netlink, OneAttributeNeedsNoList) {
  EXPECT_EQ(attributes_of(attribute(IFLA_IFNAME, std::string("lo\0", 3))),
            R"([{nla_len=7, nla_type=IFLA_IFNAME}, "lo"])");
  EXPECT_EQ(attributes_of(attribute(IFLA_MTU, "")), "{nla_len=4, nla_type=IFLA_MTU}");
}

TEST(Netlink, WhatATypeDoesNotFitIsBytes) {
  EXPECT_EQ(attributes_of(attribute(IFLA_MTU, "abc")),
            R"([{nla_len=7, nla_type=IFLA_MTU}, "\x61\x62\x63"])");
  EXPECT_EQ(attributes_of(attribute(4000, "abcd")),
            R"([{nla_len=8, nla_type=0xfa0 /* IFLA_??? */}, "\x61\x62\x63\x64"])");
}

TEST(Netlink, LengthsThatLie) {
  const std::string good = attribute(IFLA_MTU, std::string("\1\0\0\0", 4));
  // Too short for its own header: nothing can follow.
  EXPECT_EQ(attributes_of(attribute(IFLA_MTU, "", 3) + good), "{nla_len=3, nla_type=IFLA_MTU}");
  // Beyond the end of the message.
  EXPECT_EQ(attributes_of(attribute(IFLA_MTU, std::string("\1\0\0\0", 4), 60000)),
            "[{nla_len=60000, nla_type=IFLA_MTU}, 1]");
  // Bytes that are left over.
  EXPECT_EQ(attributes_of(good + "ab"),
            R"([[{nla_len=8, nla_type=IFLA_MTU}, 1], "\x61\x62"])");
}

TEST(Netlink, MemoryThatEndsWithinAttributes) {
  const std::string good = attribute(IFLA_MTU, std::string("\1\0\0\0", 4));
  EXPECT_EQ(attributes_of(good + good, 32 + 8),
            "[[{nla_len=8, nla_type=IFLA_MTU}, 1], ... /* 0x1028 */]");
  EXPECT_EQ(attributes_of(good, 32 + 6), "[{nla_len=8, nla_type=IFLA_MTU}, 0x1024]");
}

TEST(Netlink, FlagsOfTheTypeStandInFrontOfIt) {
  EXPECT_EQ(attributes_of(attribute(IFLA_LINKINFO | NLA_F_NESTED | NLA_F_NET_BYTEORDER, "")),
            "{nla_len=4, nla_type=NLA_F_NESTED|NLA_F_NET_BYTEORDER|IFLA_LINKINFO}");
}

TEST(Netlink, TheKindOfALinkTellsWhatItsDataIs) {
  const std::string data = attribute(IFLA_BR_STP_STATE, std::string("\1\0\0\0", 4));
  const auto info = [&](std::string_view kind) {
    return attributes_of(attribute(
        IFLA_LINKINFO, attribute(IFLA_INFO_KIND, kind) + attribute(IFLA_INFO_DATA, data)));
  };
  EXPECT_NE(info(std::string("bridge\0", 7)).find("[{nla_len=8, nla_type=IFLA_BR_STP_STATE}, 1]"),
            std::string::npos);
  EXPECT_EQ(info(std::string("dummy\0", 6)).find("IFLA_BR"), std::string::npos);
}

TEST(Netlink, ListsAreAbbreviated) {
  std::string many;
  for (int i = 0; i < 40; ++i) many += attribute(IFLA_UNSPEC, "");
  const std::string brief = attributes_of(many);
  EXPECT_TRUE(brief.ends_with("{nla_len=4, nla_type=IFLA_UNSPEC}, ...]")) << brief;
  const std::string all = attributes_of(many, ~std::size_t{0}, {.abbreviate = false});
  EXPECT_EQ(all.find("..."), std::string::npos);
}

TEST(Netlink, AnErrorRepeatsItsMessage) {
  struct {
    nlmsghdr outer = {0, NLMSG_ERROR, 0, 5, 6};
    std::int32_t error = -13;
    nlmsghdr inner = {sizeof(nlmsghdr), RTM_GETLINK, NLM_F_REQUEST, 5, 0};
  } message;
  message.outer.nlmsg_len = sizeof message;
  EXPECT_EQ(text_of({reinterpret_cast<const char*>(&message), sizeof message}),
            "[{nlmsg_len=36, nlmsg_type=NLMSG_ERROR, nlmsg_flags=0, nlmsg_seq=5, nlmsg_pid=6}, "
            "{error=-EACCES, msg={nlmsg_len=16, nlmsg_type=RTM_GETLINK, nlmsg_flags=NLM_F_REQUEST, "
            "nlmsg_seq=5, nlmsg_pid=0}}]");
}

TEST(Netlink, TypesOfNetfilterAreTwoNumbers) {
  const nlmsghdr header = {sizeof header, 0x0a00, 0, 0, 0};
  EXPECT_EQ(text_of({reinterpret_cast<const char*>(&header), sizeof header}, ~std::size_t{0},
                    NETLINK_NETFILTER),
            "{nlmsg_len=16, nlmsg_type=NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_NEWTABLE, nlmsg_flags=0, "
            "nlmsg_seq=0, nlmsg_pid=0}");
}

// Attributes that nest without end cannot exhaust the stack.
TEST(Netlink, NestingHasAnEnd) {
  std::string bytes;
  for (int i = 0; i < 200; ++i) bytes = attribute(RTA_MULTIPATH, "12345678" + bytes);
  const nlmsghdr header = {static_cast<std::uint32_t>(28 + bytes.size()), RTM_GETROUTE, 0, 0, 0};
  std::string message(reinterpret_cast<const char*>(&header), sizeof header);
  message += std::string("\2\0\0\0\0\0\0\0\0\0\0\0", 12) + bytes;
  EXPECT_FALSE(text_of(message).empty());
}

}  // namespace
}  // namespace syscope::present
