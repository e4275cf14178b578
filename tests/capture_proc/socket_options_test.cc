#include "capture/proc/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include <gtest/gtest.h>

namespace syscope::capture::proc {
namespace {

Fd tcp_socket() { return Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)); }

std::uint64_t inode_of(const Fd& file) {
  struct stat status {};
  return ::fstat(file.get(), &status) == 0 ? status.st_ino : 0;
}

template <class Value>
void set(const Fd& socket, int level, int option, const Value& value) {
  ASSERT_EQ(::setsockopt(socket.get(), level, option, &value, sizeof value), 0);
}

const SocketOption* find(const std::vector<SocketOption>& options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &SocketOption::name);
  return found == options.end() ? nullptr : &*found;
}

TEST(SocketOptions, TellsWhatIsSetAndNothingElse) {
  const Fd socket = tcp_socket();
  SocketOptionReader reader;
  const auto before = reader.read(::getpid(), socket.get(), inode_of(socket));
  ASSERT_TRUE(before) << before.error().text();
  EXPECT_EQ(find(*before, "KEEPALIVE"), nullptr);
  EXPECT_EQ(find(*before, "NODELAY"), nullptr);
  ASSERT_NE(find(*before, "RCVBUF"), nullptr);

  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 17);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  set(socket, SOL_SOCKET, SO_LINGER, linger{1, 5});
  set(socket, SOL_SOCKET, SO_RCVTIMEO, timeval{2, 500'000});
  const auto after = reader.read(::getpid(), socket.get(), inode_of(socket));
  ASSERT_TRUE(after) << after.error().text();
  // Keepalive comes with three numbers.
  EXPECT_EQ(after->size(), before->size() + 7);
  ASSERT_NE(find(*after, "KEEPIDLE"), nullptr);
  EXPECT_EQ(find(*after, "KEEPIDLE")->number, 17);
  EXPECT_EQ(find(*after, "LINGER")->number, 5);
  EXPECT_EQ(find(*after, "RCVTIMEO")->number, 2'500'000);
  EXPECT_EQ(find(*after, "NODELAY")->form, SocketOption::Form::flag);
}

TEST(SocketOptions, AnotherFileUnderTheNumberIsNotTakenForIt) {
  const Fd socket = tcp_socket();
  SocketOptionReader reader;
  const auto other = reader.read(::getpid(), socket.get(), inode_of(socket) + 1);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().cause, Cause::not_found);
  const auto closed = reader.read(::getpid(), 1 << 20, inode_of(socket));
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().cause, Cause::not_found);
}

TEST(SocketOptions, OwnerEndsMeanwhile) {
  const Fd socket = tcp_socket();
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  ASSERT_GT(child, 0);
  SocketOptionReader reader;
  const auto alive = reader.read(child, socket.get(), inode_of(socket));
  ::kill(child, SIGKILL);
  siginfo_t status{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &status, WEXITED | WNOWAIT), 0);
  const auto zombie = reader.read(child, socket.get(), inode_of(socket));
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const auto gone = reader.read(child, socket.get(), inode_of(socket));
  EXPECT_TRUE(alive) << alive.error().text();
  ASSERT_FALSE(zombie);
  EXPECT_EQ(zombie.error().cause, Cause::not_found) << zombie.error().text();
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().cause, Cause::not_found) << gone.error().text();
}

}  // namespace
}  // namespace syscope::capture::proc
