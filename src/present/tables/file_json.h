// Open files as JSON Lines: one object per file.
#pragma once

#include "base/text_buffer.h"
#include "present/tables/file_table.h"

namespace syscope::present {

// Keys in this order, those without a value left out: pid command user uid container fd role kind
// type access lock device rdev inode size offset links flags name deleted socket details peers
// peer_note partial note. `fd` is a number for descriptors only; `role` is "fd" or lsof's word.
void write_file_json(const FileRow& row, TextBuffer& text);

}  // namespace syscope::present
