#include "resolve/classes/classes.h"

namespace syscope::resolve {
namespace {

// The numbers of enum bpf_map_type and bpf_prog_type are left to bpftool(8), which takes the id.
void describe_map(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "map_id", "id", true);
  copy_field(info, file, "map_type", "type", true);
  copy_field(info, file, "key_size", "key_size", true);
  copy_field(info, file, "value_size", "value_size", true);
  copy_field(info, file, "max_entries", "max_entries", true);
  copy_field(info, file, "memlock", "memlock", true);
}

void describe_program(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "prog_id", "id", true);
  copy_field(info, file, "prog_type", "type", true);
  copy_field(info, file, "prog_tag", "tag", false);
  copy_field(info, file, "run_time_ns", "run_time_ns", true);
  copy_field(info, file, "run_cnt", "run_count", true);
}

void describe_link(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "link_id", "id", true);
  copy_field(info, file, "link_type", "type", false);
  copy_field(info, file, "prog_id", "program", true);
}

void describe_btf(const capture::proc::DescriptorInfo& info, OpenFile& file) {
  copy_field(info, file, "btf_id", "id", true);
}

}  // namespace

const DescriptorClass bpf_map_class = {FileClass::bpf_map, "bpf-map", "a_inode", "bpf-map",
                                       describe_map};
const DescriptorClass bpf_program_class = {FileClass::bpf_program, "bpf-program", "a_inode",
                                           "bpf-prog", describe_program};
const DescriptorClass bpf_link_class = {FileClass::bpf_link, "bpf-link", "a_inode", "bpf_link",
                                        describe_link};
const DescriptorClass btf_class = {FileClass::btf, "btf", "a_inode", "btf", describe_btf};

}  // namespace syscope::resolve
