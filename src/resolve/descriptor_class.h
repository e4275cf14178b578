// One entry for every class of open file; each class has a file of its own under classes/. A new
// class is a new file there, a line in the list of descriptor_class.cc and a word in FileClass.
#pragma once

#include <string_view>

#include "base/result.h"
#include "capture/proc/descriptors.h"
#include "resolve/open_file.h"

namespace syscope::resolve {

class World;

struct DescriptorClass {
  FileClass file_class;
  std::string_view name;
  std::string_view lsof_type;
  // What stands behind "anon_inode:" in the link, without brackets; empty for other classes.
  std::string_view anonymous_name = {};
  // Adds what the lines of fdinfo say about this class.
  void (*describe)(const capture::proc::DescriptorInfo& info, OpenFile& file) = nullptr;
  // Finds the other ends; without one, whoever else holds the same object is the peer.
  void (*find_peers)(World& world, const OpenFile& file, PeerSet& peers) = nullptr;
};

[[nodiscard]] const DescriptorClass& class_of(FileClass c);
// The class of an anonymous inode by its name, brackets or not; FileClass::anonymous if new.
[[nodiscard]] FileClass anonymous_class(std::string_view name);

// Sets file_class, name, inode, object and deleted of `file` from the text of its link.
void classify_link(std::string_view target, OpenFile& file);

// The same for an open socket of family AF_*: its class where the family alone tells it.
void classify_socket(unsigned family, std::uint64_t inode, OpenFile& file);
// O_RDONLY, O_WRONLY, O_RDWR, or a negative number for neither.
[[nodiscard]] Access access_of_mode(int mode);

void add_detail(OpenFile& file, std::string_view name, std::string value);
void add_number(OpenFile& file, std::string_view name, std::uint64_t value);
// The field `name` of fdinfo under the same or another name, when it is there.
void copy_field(const capture::proc::DescriptorInfo& info, OpenFile& file, std::string_view field,
                std::string_view name, bool is_number);

}  // namespace syscope::resolve
