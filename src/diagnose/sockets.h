// What the rules about sockets share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "diagnose/finding.h"
#include "diagnose/scene.h"

namespace syscope::diagnose {

// The kernel's enum tcp_states, also used for unix sockets.
enum SocketState : std::uint8_t { tcp_established = 1, tcp_syn_sent = 2, tcp_listen = 10 };

// A unix socket's name; abstract ones get the customary @ for their NUL.
[[nodiscard]] std::string printable_name(std::string_view name);

// The table of the network namespace that a process lives in, loaded.
[[nodiscard]] const resolve::SocketTable& socket_table(pid_t pid, resolve::World& world);

// Adds every process but the waiter's own that holds the object. If only the waiter's own process does
// (a program that talks to itself), that is added. Says so when nobody can be named.
void add_holders(Finding& finding, resolve::FileClass file_class, std::uint64_t object,
                 const ThreadState& thread, std::string_view role, Scene& scene);

}  // namespace syscope::diagnose
