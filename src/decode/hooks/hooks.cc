// Binds the names that the catalog uses to the functions of this folder.
#include <vector>

#include "decode/hook.h"
#include "decode/hooks/table.h"

namespace syscope::decode {
namespace {

template <class Function>
struct Named {
  std::string_view name;
  Function function;
};

constexpr Named<Hook> type_hooks[] = {
    {"ax25_digipeaters", ax25_digipeaters},
    {"ax25_station", ax25_station},
    {"cap_data", cap_data},
    {"control_characters", control_characters},
    {"control_messages", control_messages},
    {"critical_section", critical_section},
    {"lsm_context", lsm_context},
    {"lsm_contexts", lsm_contexts},
    {"mount_text", mount_text},
    {"mount_texts", mount_texts},
    {"dirents", dirents},
    {"dm_dependencies", dm_dependencies},
    {"dm_message", dm_message},
    {"dm_names", dm_names},
    {"dm_targets", dm_targets},
    {"dm_text", dm_text},
    {"dm_version", dm_version},
    {"dm_versions", dm_versions},
    {"dirents64", dirents64},
    {"ellipsis", ellipsis},
    {"escaped_character", escaped_character},
    {"extra_data", extra_data},
    {"later_fields", later_fields},
    {"reserved_bytes", reserved_bytes},
    {"first_object", first_object},
    {"first_key_input", first_key_input},
    {"fourcc", fourcc},
    {"fraction", fraction},
    {"futex_bitset", futex_bitset},
    {"futex_wake_op", futex_wake_op},
    {"hex_bytes", hex_bytes},
    {"hex_string", hex_string},
    {"icmp_filter", icmp_filter},
    {"ifreq_bytes", ifreq_bytes},
    {"ip4_in_16", ip4_in_16},
    {"packet_protocol", packet_protocol},
    {"port_range", port_range},
    {"ioprio", ioprio},
    {"page_offset", page_offset},
    {"kernel_version", kernel_version},
    {"hardware_address", hardware_address},
    {"c_string", c_string},
    {"quoted", quoted},
    {"long_hex_string", long_hex_string},
    {"keyboard_value", keyboard_value},
    {"microsecond_span", microsecond_span},
    {"nanosecond_span", nanosecond_span},
    {"page_residency", page_residency},
    {"quota_command", quota_command},
    {"seccomp_filter", seccomp_filter},
    {"second_key_input", second_key_input},
    {"short_name", short_name},
    {"siginfo", siginfo},
    {"signal_handler", signal_handler},
    {"sock_filter", sock_filter},
    {"string_list", string_list},
    {"sun_path", sun_path},
    {"syscall_number", syscall_number},
    {"timed_tone", timed_tone},
    {"tone", tone},
    {"uuid", uuid},
    {"unknown_restriction", unknown_restriction},
    {"video_port", video_port},
    {"xattr_value", xattr_value},
};

constexpr Named<ResultHook> result_hooks[] = {
    {"flags_word", flags_word},       {"ioprio_result", ioprio_result},
    {"poll_result", poll_result},     {"seals_word", seals_word},
    {"select_result", select_result}, {"timeout_result", timeout_result},
    {"created_buffers", created_buffers}, {"narrow_error", narrow_error},
    {"entry_number", entry_number},
};

// One function, or null, for each name that the catalog uses.
template <class Function, std::size_t size>
std::vector<Function> bind(const Named<Function> (&known)[size]) {
  std::vector<Function> bound;
  for (const std::string_view name : catalog::hooks()) {
    Function function = nullptr;
    for (const auto& entry : known) {
      if (entry.name == name) function = entry.function;
    }
    bound.push_back(function);
  }
  return bound;
}

}  // namespace

Hook hook(catalog::Index index) {
  static const std::vector<Hook> bound = bind(type_hooks);
  return index < bound.size() ? bound[index] : nullptr;
}

ResultHook result_hook(catalog::Index index) {
  static const std::vector<ResultHook> bound = bind(result_hooks);
  return index < bound.size() ? bound[index] : nullptr;
}

}  // namespace syscope::decode
