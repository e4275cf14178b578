#include "app/file_listing.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace syscope::app {
namespace {

using resolve::OpenFile;
using resolve::World;

void add_process(World& world, const FileSelection& selection, pid_t pid, FileListing& listing) {
  if (!world.process(pid)) {
    listing.gone.push_back(pid);
    return;
  }
  if (selection.wants_surroundings()) {
    for (OpenFile& file : world.surroundings(pid)) {
      if (!selection.wants(world, file)) continue;
      const OpenFile& kept = listing.surroundings.emplace_back(std::move(file));
      listing.files.push_back({.file = &kept, .pid = pid, .peers = {}, .note = {}});
    }
  }
  const auto files = world.files(pid);
  if (!files) {
    if (files.error().cause != Cause::not_permitted) return;  // gone meanwhile
    ++listing.hidden;
    if (!selection.narrows_files())
      listing.files.push_back({.file = nullptr,
                               .pid = pid,
                               .peers = {},
                               .note = files.error().what + ": not permitted"});
    return;
  }
  if (files->size() > listing.files.capacity() - listing.files.size())
    listing.files.reserve(2 * (listing.files.size() + files->size()));
  for (OpenFile& file : *files)
    if (selection.wants(world, file))
      listing.files.push_back({.file = &file, .pid = pid, .peers = {}, .note = {}});
}

}  // namespace

FileListing list_files(World& world, const FileSelection& selection, bool with_peers) {
  FileListing listing;
  if (selection.named_pids().empty()) world.expect_all_files();
  for (const pid_t pid : selection.processes(world)) add_process(world, selection, pid, listing);
  if (with_peers)
    for (ListedFile& listed : listing.files)
      if (listed.file != nullptr && listed.file->role == resolve::Role::descriptor)
        listed.peers = world.peers(*listed.file);
  return listing;
}

present::FileRow FileRows::of(const ListedFile& listed) {
  if (process_.pid != listed.pid) {
    process_ = {};
    process_.pid = listed.pid;
    process_.container = world_.container(listed.pid);
    if (const auto process = world_.process(listed.pid)) {
      const uid_t user = (*process)->info.user;
      process_.command = (*process)->info.comm;
      process_.user = user;
      process_.user_name = numeric_users_ ? world_.users().number(user) : world_.user_name(user);
    }
  }
  present::FileRow row = process_;
  row.file = listed.file;
  row.peers = &listed.peers;
  row.note = listed.note;
  return row;
}

bool write_out(const TextBuffer& text) {
  std::string_view rest = text.view();
  while (!rest.empty()) {
    const ssize_t count = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace syscope::app
