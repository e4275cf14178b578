// What stands behind a descriptor in < >: -y, -yy and -e decode-fds.
#pragma once

#include <cstdint>

#include "base/text_buffer.h"
#include "decode/value.h"
#include "event/files.h"
#include "present/text_style.h"

namespace syscope::present {

// Which kinds of descriptors are told more of than their number.
struct DescriptorStyle {
  bool path = false;      // 3</etc/passwd>, 4<pipe:[812]>, 5<socket:[813]>
  bool socket = false;    // 5<TCP:[127.0.0.1:80->127.0.0.1:34086]>
  bool device = false;    // 0</dev/pts/0<char 136:0>>
  bool pidfd = false;     // 6<pid:812>
  bool eventfd = false;   // 7<{eventfd-count=0x5, eventfd-id=1, eventfd-semaphore=0}>
  bool signalfd = false;  // 8<signalfd:[INT TERM]>
  [[nodiscard]] bool any() const {
    return path || socket || device || pidfd || eventfd || signalfd;
  }
};

// The file in angle brackets; nothing where the style does not ask for its kind.
void append_file(const event::File& file, const DescriptorStyle& style, HexStrings hex,
                 TextBuffer& out);

// The descriptors of one call after the other.
class DescriptorWriter {
 public:
  // `files` outlives the writer; null: descriptors stay numbers.
  DescriptorWriter(const DescriptorStyle& style, HexStrings hex, event::FileTable* files)
      : style_(style), hex_(hex), files_(files) {}

  // The call whose values are written from now on. `known_at_entry` is the position on the tape of
  // the first argument that is known only when the call ends.
  void begin(const decode::DecodedCall& call, std::uint32_t known_at_entry);
  // The values from now on are not of a call.
  void end() { call_ = {}; }
  // What `descriptor`, at a position of the tape, is. Notes behind the result get no names.
  void write(std::int32_t descriptor, std::uint32_t at, TextBuffer& out) const;
  // The major number of the character device that `descriptor` was at the entry of the call; 0: none,
  // or nobody knows.
  [[nodiscard]] std::uint32_t character_device(std::int32_t descriptor) const;

 private:
  DescriptorStyle style_;
  HexStrings hex_;
  event::FileTable* files_;
  Bytes call_ = {};
  std::uint32_t known_at_entry_ = 0;
  std::uint32_t result_ = 0;
};

}  // namespace syscope::present
