// The store: log, snapshots, epoch files and their recovery behind two lanes, the same code in both worlds.
//
// The driver hands over the storage effects of one or more steps in order; perform_log and perform_snapshot carry
// them out on the caller's thread (a storage thread in production, an event in the simulator) and append the
// completions. The two lanes may run on different threads; within a lane calls are serial. Lanes touch different files,
// but for operations on whole directories, which take turns by a lock of the store's own.
//
// A cut of history (TruncateLog, ResetLog) and a snapshot in the making: the kernel aborts one that it has not ended,
// and never cuts below one that it began and that may still become durable. So what the snapshot lane finishes late is
// at or below the cut, and is as good a base as any. Must never: report LogDurable before the records, the file's name
// and everything before them survive power loss; go on after a failed write or sync of the log; remove the last valid
// base of recovery.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "adapters/storage/file_system.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/recovered_state.h"

namespace vivarium {

struct StoreOptions {
  std::string data_dir;                         // dataDir: snapshots under <data_dir>/version-2
  std::string log_dir;                          // dataLogDir: logs under <log_dir>/version-2
  std::uint64_t preallocate_bytes = 64u << 20;  // preAllocSize
  bool force_sync = true;                       // forceSync=no skips fsync (unsafe, Apache's option)
  bool trust_empty_snapshot = false;            // snapshot.trust.empty
  bool auto_create = true;                      // datadir.autocreate
  bool auto_create_db = true;                   // db.autocreate: a lone server may begin without the marker
  std::size_t max_txn = 2 * 0xfffff;
  std::string snapshot_compression;  // "", "gz", "snappy"
  ServerId my_id;
  TreeOptions tree;
  bool member = false;            // of an ensemble: damage does not refuse the start, the verdict tells of it
  std::size_t recent_txns = 500;  // a member keeps the last records of its replay (commitLogCount)
};

/// Why a start is refused; `text` is for the operator and names file, offset and what to do.
struct RecoveryError {
  enum class Kind { kDataDirectory, kDamaged, kUnsupported, kIo } kind = Kind::kIo;
  std::string text;
  std::string remedy = {};  // for a lone server; a member is repaired by its ensemble
};

/// One storage effect, detached from the kernel's arena.
struct StorageOp {
  EffectKind kind;
  Zxid zxid;
  std::int64_t argument = 0;
  std::string_view payload;  // valid during perform_*
  ChannelId channel = {};
};

/// A completion that owns what it carries; the driver turns it into an Input, which is valid as long as it.
struct StorageCompletion {
  enum class Kind {
    kLogDurable,
    kEpochDurable,
    kLogTruncated,
    kReloaded,
    kLogRead,
    kSnapshotChunkWritten,
    kSnapshotDurable,
    kSnapshotFailed,
    kStorageFailed
  } kind;
  Incarnation incarnation;
  Zxid zxid;
  std::string text;  // what went wrong; kLogTruncated, kReloaded: notes for the operator, a line each
  // kLogRead:
  ChannelId channel = {};
  std::string records = {};
  Epoch accepted = {}, current = {};               // kEpochDurable
  bool whole = true;                               // kLogTruncated
  std::unique_ptr<RecoveredState> recovered = {};  // kReloaded
};
Input to_input(const StorageCompletion& completion);

class Store {
 public:
  /// Reads everything, repairs what may be repaired locally (torn tail), opens the log for appending.
  /// Messages for the operator are appended to `notes`.
  static Result<std::unique_ptr<Store>, RecoveryError> open(FileSystem& fs, const StoreOptions& options,
                                                            RecoveredState& recovered, std::vector<std::string>& notes);
  virtual ~Store() = default;
  virtual void perform_log(std::span<const StorageOp> ops, std::vector<StorageCompletion>& done) = 0;
  virtual void perform_snapshot(std::span<const StorageOp> ops, std::vector<StorageCompletion>& done) = 0;
  /// Nothing was queued for a while (20 ms, say): a chance to make the persist evidence durable. Log lane. It costs one
  /// sync when there is something to do, so do not call it after every batch.
  virtual void idle() = 0;
};

}  // namespace vivarium
