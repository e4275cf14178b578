// Writing a stream of records to a file. The file is the stream: nothing is added and nothing
// changed.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "capture/engine.h"

namespace syscope::store {

// A sink that keeps every record. The first one has to be SC_START, as every engine delivers it.
class Writer final : public capture::RecordSink {
 public:
  // Creates the file, or empties it; only its owner may read it, since it holds what processes read
  // and wrote. open(2).
  [[nodiscard]] static Result<Writer> create(const std::string& path);

  Writer(Writer&&) = default;
  Writer& operator=(Writer&&) = delete;
  // Writes what is still in memory; a failure then goes unseen, hence finish().
  ~Writer() override;

  // After a failed write nothing more is written, so that what is in the file stays whole records
  // but for the last one.
  void accept(Bytes record) override;

  // Writes everything to the file; the first failure of any write so far, such as a full disk.
  // May be called many times. write(2).
  [[nodiscard]] Result<void> finish();

 private:
  Writer(Fd file, std::string path);
  void write_out();

  Fd file_;
  std::string path_;
  std::vector<std::byte> buffer_;
  std::optional<Error> failure_;
};

}  // namespace syscope::store
