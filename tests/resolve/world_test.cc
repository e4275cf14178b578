// The world of this very process: it knows what it has opened.
#include "resolve/world.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/fd.h"

namespace syscope::resolve {
namespace {

World make_world() {
  auto root = capture::proc::Root::open();
  return World(std::move(*root));
}

bool names_descriptor(const PeerSet& set, int number) {
  return std::any_of(set.peers.begin(), set.peers.end(), [&](const Peer& peer) {
    return peer.pid == ::getpid() && peer.number == number;
  });
}

TEST(World, PipeEndsFindEachOther) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd reader(ends[0]);
  const Fd writer(ends[1]);
  World world = make_world();
  const OpenFile* file = world.file(::getpid(), reader.get());
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(file->file_class, FileClass::pipe);
  EXPECT_EQ(file->access, Access::read);
  const PeerSet peers = world.peers(*file);
  ASSERT_EQ(peers.peers.size(), 1u);
  EXPECT_EQ(peers.peers[0].number, writer.get());
  EXPECT_EQ(peers.peers[0].access, Access::write);
  EXPECT_EQ(peers.note, "only this process holds the write end");
}

TEST(World, SaysThatNobodyReads) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  const Fd writer(ends[1]);
  ::close(ends[0]);
  World world = make_world();
  const PeerSet peers = world.peers(::getpid(), writer.get());
  EXPECT_TRUE(peers.peers.empty());
  if (!peers.partial) {
    EXPECT_EQ(peers.note, "nobody holds the read end");
  }
}

TEST(World, UnixPairFindsItsOtherEnd) {
  int pair[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
  const Fd one(pair[0]);
  const Fd other(pair[1]);
  World world = make_world();
  const PeerSet peers = world.peers(::getpid(), one.get());
  ASSERT_EQ(peers.peers.size(), 1u) << peers.note;
  EXPECT_EQ(peers.peers[0].number, other.get());
  EXPECT_EQ(peers.peers[0].file_class, FileClass::unix_socket);
}

struct Connection {
  Fd listener, client, server;
};

Connection connect_tcp(bool accept) {
  Connection c;
  c.listener = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  EXPECT_EQ(::bind(c.listener.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  EXPECT_EQ(::listen(c.listener.get(), 4), 0);
  EXPECT_EQ(::getsockname(c.listener.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
  c.client = Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_EQ(::connect(c.client.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
  if (accept) c.server = Fd(::accept4(c.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  return c;
}

TEST(World, TcpOnLoopbackFindsItsOtherEnd) {
  const Connection c = connect_tcp(true);
  World world = make_world();
  const PeerSet peers = world.peers(::getpid(), c.client.get());
  ASSERT_EQ(peers.peers.size(), 1u) << peers.note;
  EXPECT_EQ(peers.peers[0].number, c.server.get());
  const OpenFile* file = world.file(::getpid(), c.client.get());
  EXPECT_EQ(file->file_class, FileClass::tcp);
  ASSERT_NE(file->socket, nullptr);
  EXPECT_EQ(tcp_state_name(file->socket->state), "ESTABLISHED");
}

TEST(World, ConnectionThatNobodyAcceptedLeadsToTheListener) {
  const Connection c = connect_tcp(false);
  World world = make_world();
  const PeerSet peers = world.peers(::getpid(), c.client.get());
  ASSERT_EQ(peers.peers.size(), 1u) << peers.note;
  EXPECT_EQ(peers.peers[0].number, c.listener.get());
  EXPECT_EQ(peers.peers[0].relation, Peer::Relation::listener);
  EXPECT_EQ(peers.note, "not accepted yet");
}

TEST(World, EventfdsAreToldApartByTheirId) {
  const Fd one(::eventfd(3, EFD_CLOEXEC));
  const Fd stranger(::eventfd(0, EFD_CLOEXEC));
  const Fd same(::fcntl(one.get(), F_DUPFD_CLOEXEC, 100));
  World world = make_world();
  const PeerSet peers = world.peers(::getpid(), one.get());
  EXPECT_TRUE(names_descriptor(peers, same.get()));
  EXPECT_FALSE(names_descriptor(peers, stranger.get()));
}

TEST(World, TerminalMasterFindsItsSlave) {
  const Fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!master) GTEST_SKIP() << "no pseudo-terminals here";
  ASSERT_EQ(::unlockpt(master.get()), 0);
  std::array<char, 64> name{};
  ASSERT_EQ(::ptsname_r(master.get(), name.data(), name.size()), 0);
  const Fd slave(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(slave);
  World world = make_world();
  EXPECT_TRUE(names_descriptor(world.peers(::getpid(), master.get()), slave.get()));
  EXPECT_TRUE(names_descriptor(world.peers(::getpid(), slave.get()), master.get()));
}

TEST(World, ProcessThatIsGoneIsNotFound) {
  World world = make_world();
  const auto process = world.process(0x3fffffff);
  ASSERT_FALSE(process);
  EXPECT_EQ(process.error().cause, Cause::not_found);
  EXPECT_EQ(world.file(0x3fffffff, 0), nullptr);
  EXPECT_TRUE(world.surroundings(0x3fffffff).empty() ||
              !world.surroundings(0x3fffffff).front().note.empty());
}

}  // namespace
}  // namespace syscope::resolve
