// Writing transaction logs: group commit, preallocation, rolling, persist evidence.
//
// A new file's header, its evidence file and both names are durable before its first record is written. Then a bad
// header under records, a missing evidence file of ours, or a bad end of any file but the newest can only be damage,
// and recovery may say so. Of a finished file the preallocated rest is cut off.
// Must never: touch the disk again after a failed write or sync (what a sync that failed once says later means
// nothing); write evidence of what was not synced. Unsynced bytes never exceed kMaxUnsyncedBytes plus one record.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/storage/evidence.h"
#include "adapters/storage/file_system.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

/// A batch that grows beyond this is written and synced early.
inline constexpr std::size_t kMaxUnsyncedBytes = 4u << 20;
/// Synced batches after which the evidence is synced too, even when the log is never idle.
inline constexpr int kEvidenceSyncBatches = 128;

struct LogFileOptions {
  std::string directory;                        // .../version-2
  std::uint64_t preallocate_bytes = 64u << 20;  // 0: none
  bool force_sync = true;                       // false: no sync and no evidence (it would claim what nobody knows)
};

/// An operation that did not work, for the operator.
using StorageError = std::string;
using StorageResult = Result<Done, StorageError>;

class LogFile {
 public:
  LogFile(FileSystem& fs, LogFileOptions options) : fs_(fs), options_(std::move(options)) {}

  /// Frames one txn. Goes to the disk with the next sync, or earlier.
  StorageResult append(Zxid zxid, std::string_view entry);
  /// Everything appended so far survives power loss.
  StorageResult sync();
  /// Syncs and finishes the current file; the next record starts a new one.
  StorageResult roll();
  /// Makes the evidence durable when it is not.
  void idle();
  /// After a roll: the log on disk was cut by others and ends at `last` now. Its next record starts a new file.
  void continue_after(Zxid last);

  bool failed() const { return failed_; }
  Zxid last_appended() const { return last_appended_; }

 private:
  struct Current {
    std::string path;
    std::unique_ptr<File> file;
    std::unique_ptr<EvidenceWriter> evidence;  // null without force_sync, or after it could not be written
    std::uint64_t position = 0;                // end of what was written
    std::uint64_t allocated = 0;
  };

  StorageResult start_file(Zxid first);
  StorageResult write_buffer();
  void preallocate(std::uint64_t end);
  void write_evidence();
  void sync_evidence();
  StorageResult fail(std::string what, const std::string& path, IoError error);

  FileSystem& fs_;
  LogFileOptions options_;
  std::unique_ptr<Current> current_;
  Vector<char> buffer_;                     // framed records, not written yet
  std::vector<EvidenceEntry> unevidenced_;  // of records not synced yet
  Zxid buffer_first_;
  Zxid last_appended_;
  int batches_since_evidence_sync_ = 0;
  bool written_unsynced_ = false;
  bool failed_ = false;
};

}  // namespace vivarium
