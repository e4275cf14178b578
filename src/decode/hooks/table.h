// The hooks of every file in this folder, for the table that binds them to the catalog's names.
#pragma once

#include "decode/hook.h"

namespace syscope::decode {

// control_messages.cc
void control_messages(const HookInput& input);
// messages.cc
void sun_path(const HookInput& input);
void ax25_digipeaters(const HookInput& input);
void ax25_station(const HookInput& input);
void icmp_filter(const HookInput& input);
// keys.cc
void first_key_input(const HookInput& input);
void second_key_input(const HookInput& input);
// directories.cc
void dirents(const HookInput& input);
void dirents64(const HookInput& input);
// signals.cc
void siginfo(const HookInput& input);
void signal_handler(const HookInput& input);
// filters.cc
void sock_filter(const HookInput& input);
void seccomp_filter(const HookInput& input);
// numbers.cc
void cap_data(const HookInput& input);
void futex_bitset(const HookInput& input);
void futex_wake_op(const HookInput& input);
void port_range(const HookInput& input);
void packet_protocol(const HookInput& input);
void ioprio(const HookInput& input);
void page_offset(const HookInput& input);
void kernel_version(const HookInput& input);
void quota_command(const HookInput& input);
void unknown_restriction(const HookInput& input);
// buffers.cc
void control_characters(const HookInput& input);
void ellipsis(const HookInput& input);
void extra_data(const HookInput& input);
void later_fields(const HookInput& input);
void reserved_bytes(const HookInput& input);
void hardware_address(const HookInput& input);
void hex_bytes(const HookInput& input);
void uuid(const HookInput& input);
void hex_string(const HookInput& input);
void c_string(const HookInput& input);
void long_hex_string(const HookInput& input);
void quoted(const HookInput& input);
void ip4_in_16(const HookInput& input);
void page_residency(const HookInput& input);
void string_list(const HookInput& input);
void xattr_value(const HookInput& input);
// kernel_lists.cc
void critical_section(const HookInput& input);
void lsm_context(const HookInput& input);
void lsm_contexts(const HookInput& input);
void mount_text(const HookInput& input);
void mount_texts(const HookInput& input);
// devices.cc
void escaped_character(const HookInput& input);
void fraction(const HookInput& input);
void fourcc(const HookInput& input);
void ifreq_bytes(const HookInput& input);
void keyboard_value(const HookInput& input);
void first_object(const HookInput& input);
void microsecond_span(const HookInput& input);
void nanosecond_span(const HookInput& input);
void syscall_number(const HookInput& input);
void timed_tone(const HookInput& input);
void short_name(const HookInput& input);
void tone(const HookInput& input);
void video_port(const HookInput& input);
void created_buffers(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
// device_mapper.cc
void dm_version(const HookInput& input);
void dm_targets(const HookInput& input);
void dm_dependencies(const HookInput& input);
void dm_names(const HookInput& input);
void dm_versions(const HookInput& input);
void dm_message(const HookInput& input);
void dm_text(const HookInput& input);
// results.cc
void poll_result(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void select_result(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void timeout_result(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void entry_number(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void narrow_error(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void flags_word(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void seals_word(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);
void ioprio_result(Decoder& decoder, const catalog::Prototype& prototype, DecodedCall& decoded);

}  // namespace syscope::decode
