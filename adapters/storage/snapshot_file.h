// Snapshot files: writing one in pieces, reading and verifying one.
//
// A snapshot appears under its name only when it is whole and durable: it is written as tmp.snapshot.<zxid>, synced as
// it grows (so that the last sync is short and does not hold up the log's), renamed, and its directory synced. Must
// never: leave a partial file under a name that Apache or we take for a snapshot; hand out what an Adler seal does not
// cover as if it were good.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "adapters/storage/file_names.h"
#include "adapters/storage/snapshot_stream.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

class SnapshotFile {
 public:
  SnapshotFile(FileSystem& fs, std::string directory, Compression compression, bool force_sync)
      : fs_(fs), directory_(std::move(directory)), compression_(compression), force_sync_(force_sync) {}

  /// Each gives what went wrong; the partial file is gone then. A snapshot begun before is abandoned.
  Result<Done, std::string> begin(Zxid zxid);
  Result<Done, std::string> chunk(std::string_view bytes);
  Result<Done, std::string> end();
  void abandon();
  bool writing() const { return file_ != nullptr; }
  Zxid zxid() const { return zxid_; }

 private:
  Result<Done, std::string> write(const std::string& bytes);
  Failure<std::string> fail(std::string what, IoError error);

  FileSystem& fs_;
  std::string directory_;
  Compression compression_;
  bool force_sync_;
  std::unique_ptr<File> file_;
  std::unique_ptr<SnapshotEncoder> encoder_;
  std::string temporary_, final_;
  Zxid zxid_;
  std::uint64_t position_ = 0;
  std::uint64_t synced_ = 0;
};

/// Feeds the whole file to `sink`. On failure what the sink got is worth nothing.
Result<Done, std::string> read_snapshot(FileSystem& fs, const NamedSnapshot& snapshot, SnapshotSink& sink);
/// Whether every seal holds and every node has its parent before it.
Result<Done, std::string> verify_snapshot(FileSystem& fs, const NamedSnapshot& snapshot);

}  // namespace vivarium
