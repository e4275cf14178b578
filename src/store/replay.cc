#include "store/replay.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/fd.h"
#include "event/view.h"

namespace syscope::store {
namespace {

using capture::Progress;

// Larger than any record of any engine: what claims more is damage.
constexpr std::size_t largest_record = std::size_t{16} << 20;
constexpr std::size_t piece = 64 * 1024;

class Replay final : public capture::Engine {
 public:
  Replay(Fd file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  // Reads the first record and checks that it starts a stream we know.
  [[nodiscard]] Result<void> begin();

  [[nodiscard]] Result<Progress> pump(capture::RecordSink& sink,
                                      std::chrono::milliseconds wait) override;
  void detach() override { done_ = true; }
  [[nodiscard]] std::optional<int> wait_status() const override { return command_status_; }
  [[nodiscard]] pid_t command_pid() const override { return command_; }

 private:
  enum class Read { some, end, interrupted };
  [[nodiscard]] Result<Read> read_more();
  [[nodiscard]] Bytes held() const {
    return std::as_bytes(std::span(words_)).subspan(begin_, end_ - begin_);
  }
  // Size of the record that `held` begins with, 0 where it cannot be one.
  [[nodiscard]] std::size_t next_size() const;
  void remember(Bytes record);
  void note_cut(capture::RecordSink& sink);

  Fd file_;
  std::string path_;
  std::vector<std::uint64_t> words_;  // records stay aligned: begin_ is a multiple of 8
  std::size_t begin_ = 0;             // bytes
  std::size_t end_ = 0;
  std::uint64_t position_ = 0;  // of begin_, in the file
  std::uint64_t latest_time_ = 0;
  pid_t command_ = 0;
  std::optional<int> command_status_;
  bool done_ = false;
};

Result<Replay::Read> Replay::read_more() {
  std::byte* const memory = reinterpret_cast<std::byte*>(words_.data());
  if (begin_ > 0) {
    std::memmove(memory, memory + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (words_.size() * 8 < end_ + piece) words_.resize((end_ + piece) / 8 + 1);
  const ssize_t got =
      ::read(file_.get(), reinterpret_cast<std::byte*>(words_.data()) + end_, piece);
  if (got < 0 && errno == EINTR) return Read::interrupted;
  if (got < 0) return fail_errno(errno, "cannot read the recording", path_);
  end_ += static_cast<std::size_t>(got);
  return got > 0 ? Read::some : Read::end;
}

std::size_t Replay::next_size() const {
  const std::size_t size = event::head(held()).size;
  return size < sizeof(sc_head) || size % 8 != 0 || size > largest_record ? 0 : size;
}

Result<void> Replay::begin() {
  while (held().size() < sizeof(sc_start)) {
    const Result<Read> read = read_more();
    if (!read) return std::unexpected(read.error());
    if (*read == Read::end) break;
  }
  const auto* const start = event::as<sc_start>(held());
  if (start == nullptr || start->head.kind != SC_START || start->magic != SC_MAGIC) {
    return fail(Cause::usage, "not a recording", path_,
                "name a file that was written by syscope trace --record");
  }
  if (start->version > SC_FORMAT_VERSION) {
    return fail(Cause::unsupported, "a recording of version " + std::to_string(start->version),
                path_, "read it with a newer syscope");
  }
  return {};
}

Result<Progress> Replay::pump(capture::RecordSink& sink, std::chrono::milliseconds) {
  bool delivered = false;
  while (!done_) {
    if (held().size() >= sizeof(sc_head)) {
      const std::size_t size = next_size();
      if (size == 0) {
        done_ = true;
        return fail(Cause::failed, "the recording is damaged at byte " + std::to_string(position_),
                    path_, "what came before it is good");
      }
      if (held().size() >= size) {
        const Bytes record = held().first(size);
        remember(record);
        sink.accept(record);
        begin_ += size;
        position_ += size;
        delivered = true;
        continue;
      }
    }
    if (delivered) return Progress::delivered;
    const Result<Read> read = read_more();
    if (!read) return std::unexpected(read.error());
    if (*read == Read::interrupted) return Progress::idle;
    if (*read == Read::end) {
      done_ = true;
      if (held().empty()) break;
      note_cut(sink);
      return Progress::delivered;
    }
  }
  return delivered ? Progress::delivered : Progress::ended;
}

void Replay::remember(Bytes record) {
  const sc_head& head = event::head(record);
  latest_time_ = head.time;
  if (head.kind == SC_TASK) {
    const auto* const task = event::as<sc_task>(record);
    if (task != nullptr && task->how == SC_TASK_STARTED) command_ = static_cast<pid_t>(head.tid);
  }
  if (head.kind == SC_EXIT && command_ != 0 && static_cast<pid_t>(head.tid) == command_) {
    const auto* const exit = event::as<sc_exit>(record);
    if (exit != nullptr) command_status_ = static_cast<int>(exit->wait_status);
  }
}

void Replay::note_cut(capture::RecordSink& sink) {
  const std::string_view text = "the recording ends in the middle of a record";
  struct {
    sc_note note = {};
    char text[64] = {};
  } record;
  static_assert(sizeof record % 8 == 0);
  record.note.head.size = sizeof record;
  record.note.head.kind = SC_NOTE;
  record.note.head.time = latest_time_;
  record.note.text_size = static_cast<sc_u32>(text.size());
  std::memcpy(record.text, text.data(), text.size());
  sink.accept(std::as_bytes(std::span(&record, 1)));
}

}  // namespace

Result<std::unique_ptr<capture::Engine>> make_replay_engine(const std::string& path) {
  Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno(errno, "cannot open the recording", path);
  auto replay = std::make_unique<Replay>(std::move(file), path);
  Result<void> begun = replay->begin();
  if (!begun) return std::unexpected(std::move(begun.error()));
  return replay;
}

}  // namespace syscope::store
