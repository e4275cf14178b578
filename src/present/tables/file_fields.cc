#include "present/tables/file_fields.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "present/tables/socket_options.h"
#include "present/tables/terminal_text.h"

namespace syscope::present {

using resolve::FileClass;
using resolve::OpenFile;
using resolve::Role;

FileFields::FileFields(std::string_view letters) {
  for (const char letter : letters) {
    if (letter == '0')
      end_ = '\0';
    else
      letters_.push_back(letter);
  }
}

bool FileFields::wants(char letter) const {
  return letter == 'p' || letter == 'f' || letters_.empty() ||
         letters_.find(letter) != std::string::npos;
}

void FileFields::write_process(const FileRow& row, pid_t group, pid_t parent, TextBuffer& text) {
  const auto field = [&](char letter, auto append) {
    if (!wants(letter)) return;
    text.append(letter);
    append();
    text.append(end_);
  };
  field('p', [&] { text.append_signed(row.pid); });
  field('g', [&] { text.append_signed(group); });
  field('R', [&] { text.append_signed(parent); });
  field('c', [&] { append_harmless(text, row.command); });
  field('u', [&] { text.append_decimal(row.user); });
  field('L', [&] { append_harmless(text, row.user_name); });
  if (end_ == '\0') text.append('\n');
}

void FileFields::write_socket(const FileRow& row, TextBuffer& text) {
  if (!wants('T')) return;
  if (row.options != nullptr && !row.options->options.empty()) {
    text.append("TSO=");
    append_option_list(text, row.options->options);
    text.append(end_);
  }
  const OpenFile& file = *row.file;
  if (file.file_class != FileClass::tcp || file.socket == nullptr) return;
  text.append("TST=");
  text.append(resolve::tcp_state_name(file.socket->state));
  text.append(end_);
  text.append("TQR=");
  text.append_decimal(file.socket->receive_queue);
  text.append(end_);
  text.append("TQS=");
  text.append_decimal(file.socket->send_queue);
  text.append(end_);
}

void FileFields::write_file(const FileRow& row, TextBuffer& text) {
  const OpenFile& file = *row.file;
  const bool inet =
      file.socket != nullptr && (file.socket->family == AF_INET || file.socket->family == AF_INET6);
  const bool special = S_ISCHR(file.mode) || S_ISBLK(file.mode);
  const auto field = [&](char letter, bool applies, auto append) {
    if (!applies || !wants(letter)) return;
    text.append(letter);
    append();
    text.append(end_);
  };
  field('f', true, [&] {
    if (file.role == Role::descriptor)
      text.append_signed(file.number);
    else
      text.append(role_name(file.role));
  });
  field('a', true, [&] { text.append(access_letter(file.access)); });
  field('l', true, [&] { text.append(file.lock); });
  field('t', true, [&] { text.append(resolve::lsof_type(file)); });
  field('G', file.has_info, [&] { text.append_hex(file.flags); });
  field('d', inet, [&] { text.append_decimal(file.inode); });
  field('D', !inet && file.device != 0, [&] { text.append_hex(file.device); });
  field('r', special, [&] { text.append_hex(file.special_device); });
  field('s', has_size(file), [&] { text.append_decimal(file.size); });
  field('o', !has_size(file), [&] {
    text.append("0t");
    text.append_decimal(file.position);
  });
  field('i', !inet && file.inode != 0, [&] { text.append_decimal(file.inode); });
  field('k', file.has_status, [&] { text.append_decimal(file.links); });
  field('P', inet, [&] { append_node(text, file); });
  field('n', true, [&] { append_name(text, file); });
  write_socket(row, text);
  if (end_ == '\0') text.append('\n');
}

void FileFields::write(const FileRow& row, pid_t group, pid_t parent, TextBuffer& text) {
  if (row.pid != last_pid_) write_process(row, group, parent, text);
  last_pid_ = row.pid;
  if (row.file != nullptr) write_file(row, text);
}

}  // namespace syscope::present
