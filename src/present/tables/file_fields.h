// Open files as lsof's -F output: one field per line, a letter first, for scripts that parse that.
#pragma once

#include <string>
#include <string_view>

#include "base/text_buffer.h"
#include "present/tables/file_table.h"

namespace syscope::present {

class FileFields {
 public:
  // The letters wanted, of "acdDfgGiklLnoprRstTuP"; empty: all. '0' ends fields with NUL instead of
  // a line feed, and each set of a process or a file with a line feed. p and f always come.
  explicit FileFields(std::string_view letters);
  void write(const FileRow& row, pid_t group, pid_t parent, TextBuffer& text);

 private:
  [[nodiscard]] bool wants(char letter) const;
  void write_process(const FileRow& row, pid_t group, pid_t parent, TextBuffer& text);
  void write_file(const FileRow& row, TextBuffer& text);
  void write_socket(const FileRow& row, TextBuffer& text);

  std::string letters_;
  char end_ = '\n';
  pid_t last_pid_ = -1;
};

}  // namespace syscope::present
