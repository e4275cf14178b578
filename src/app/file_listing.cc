#include "app/file_listing.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/fd.h"

namespace syscope::app {
namespace {

using resolve::OpenFile;
using resolve::World;

void add_process(World& world, const FileSelection& selection, pid_t pid, FileListing& listing) {
  if (!world.owner(pid)) {
    listing.gone.push_back(pid);
    return;
  }
  if (selection.wants_surroundings()) {
    for (OpenFile& file : world.surroundings(pid)) {
      if (!selection.wants(world, file)) continue;
      const OpenFile& kept = listing.surroundings.emplace_back(std::move(file));
      listing.files.push_back({.file = &kept, .pid = pid, .note = {}});
    }
  }
  const auto files = world.files(pid);
  if (!files) {
    if (files.error().cause != Cause::not_permitted) return;  // gone meanwhile
    ++listing.hidden;
    if (!selection.narrows_files())
      listing.files.push_back(
          {.file = nullptr, .pid = pid, .note = files.error().what + ": not permitted"});
    return;
  }
  if (files->size() > listing.files.capacity() - listing.files.size())
    listing.files.reserve(2 * (listing.files.size() + files->size()));
  for (OpenFile& file : *files)
    if (selection.wants(world, file))
      listing.files.push_back({.file = &file, .pid = pid, .note = {}});
}

}  // namespace

FileListing list_files(World& world, const FileSelection& selection) {
  FileListing listing;
  if (selection.named_pids().empty()) {
    world.expect_all_files();
    if (selection.wants_surroundings()) world.expect_all_mappings();
  }
  for (const pid_t pid : selection.processes(world)) add_process(world, selection, pid, listing);
  return listing;
}

std::string peer_summary(const OpenFile& file, const resolve::PeerSet& peers) {
  std::string key;
  for (const resolve::Peer& peer : peers.peers) {
    if (peer.relation == resolve::Peer::Relation::watched) continue;
    std::string one = std::to_string(peer.pid) + ',' + peer.comm;
    if (key.find(one) != std::string::npos) continue;
    if (!key.empty()) key += ' ';
    key += one;
  }
  if (!key.empty()) return key;
  if (peers.note == "remote host" && file.socket != nullptr)
    return resolve::address_text(file.socket->family, file.socket->remote);
  return peers.note.empty() ? "-" : peers.note;
}

present::FileRow FileRows::of(const ListedFile& listed) {
  if (process_.pid != listed.pid) {
    process_ = {};
    process_.pid = listed.pid;
    process_.container = world_.container(listed.pid);
    if (const auto owner = world_.owner(listed.pid)) {
      const uid_t user = owner->user;
      process_.command = owner->comm;
      process_.user = user;
      process_.user_name =
          wanted_.numeric_users ? world_.users().number(user) : world_.user_name(user);
    }
  }
  present::FileRow row = process_;
  row.file = listed.file;
  if (wanted_.peers) {
    const bool descriptor =
        listed.file != nullptr && listed.file->role == resolve::Role::descriptor;
    peers_ = descriptor ? world_.peers(*listed.file) : resolve::PeerSet{};
    row.peers = &peers_;
  }
  if (wanted_.socket_options && listed.file != nullptr &&
      resolve::is_socket(listed.file->file_class)) {
    options_ = world_.socket_options(*listed.file);
    row.options = &options_;
  }
  row.note = listed.note;
  return row;
}

present::Output standard_output() {
  return present::Output(Fd(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)));
}

}  // namespace syscope::app
