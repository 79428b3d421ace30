#include "adapters/storage/store.h"

#include <algorithm>

#include "adapters/storage/data_directory.h"
#include "adapters/storage/log_file.h"
#include "adapters/storage/purge.h"
#include "adapters/storage/recovery.h"
#include "adapters/storage/snapshot_file.h"

namespace vivarium {

Input to_input(const StorageCompletion& completion) {
  switch (completion.kind) {
    case StorageCompletion::Kind::kLogDurable:
      return LogDurable{completion.incarnation, completion.zxid};
    case StorageCompletion::Kind::kSnapshotChunkWritten:
      return SnapshotChunkWritten{completion.zxid};
    case StorageCompletion::Kind::kSnapshotDurable:
      return SnapshotDurable{completion.zxid};
    case StorageCompletion::Kind::kSnapshotFailed:
      return SnapshotFailed{completion.zxid};
    case StorageCompletion::Kind::kStorageFailed:
      return StorageFailed{completion.text};
  }
  KUNREACHABLE();
}

namespace {

using Kind = StorageCompletion::Kind;
using Completions = std::vector<StorageCompletion>;

/// kAppendLog, kSyncLog, kRollLog. Touched by the log lane only.
class LogLane {
 public:
  LogLane(FileSystem& fs, const StoreOptions& options, Zxid last)
      : log_(fs, {log_directory(options), options.preallocate_bytes, options.force_sync}), last_(last) {}

  void perform(std::span<const StorageOp> ops, Completions& done) {
    std::optional<StorageCompletion> durable;
    for (const StorageOp& op : ops) {
      if (log_.failed()) return;
      StorageResult result = Done{};
      if (op.kind == EffectKind::kAppendLog) {
        result = log_.append(op.zxid, op.payload);
        last_ = op.zxid;
      } else if (op.kind == EffectKind::kRollLog) {
        result = log_.roll();
      } else {
        KASSERT(op.kind == EffectKind::kSyncLog);
        durable = StorageCompletion{Kind::kLogDurable, Incarnation{static_cast<std::uint64_t>(op.argument)}, last_, {}};
      }
      if (!result) return report(result.error(), done);
    }
    if (!durable || log_.failed()) return;
    // One sync covers every request of this call, and may cover records behind the last one.
    if (auto synced = log_.sync(); !synced) return report(synced.error(), done);
    done.push_back(*durable);
  }

  void idle() {
    if (!log_.failed()) log_.idle();
  }

 private:
  static void report(const std::string& what, Completions& done) {
    done.push_back({Kind::kStorageFailed, {}, {}, what});
  }

  LogFile log_;
  Zxid last_;
};

/// kBeginSnapshot .. kPurge. Touched by the snapshot lane only.
class SnapshotLane {
 public:
  SnapshotLane(FileSystem& fs, const StoreOptions& options)
      : fs_(fs),
        snapshot_directory_(snapshot_directory(options)),
        log_directory_(log_directory(options)),
        file_(fs, snapshot_directory_, parse_compression(options.snapshot_compression).value_or(Compression::kNone),
              options.force_sync) {}

  void perform(std::span<const StorageOp> ops, Completions& done) {
    for (const StorageOp& op : ops) perform(op, done);
  }

 private:
  void perform(const StorageOp& op, Completions& done) {
    if (op.kind == EffectKind::kPurge) {
      // Files that could not be removed now are removed by a later purge.
      purge(fs_, snapshot_directory_, log_directory_, static_cast<int>(op.argument));
      return;
    }
    if (op.kind == EffectKind::kBeginSnapshot) return answer(file_.begin(op.zxid), std::nullopt, done);
    // What follows a failure until the next begin belongs to the failed snapshot and was answered.
    if (!file_.writing()) return;
    if (op.kind == EffectKind::kSnapshotChunk) {
      return answer(file_.chunk(op.payload), Kind::kSnapshotChunkWritten, done);
    }
    KASSERT(op.kind == EffectKind::kEndSnapshot);
    answer(file_.end(), Kind::kSnapshotDurable, done);
  }

  void answer(const Result<Done, std::string>& result, std::optional<Kind> success, Completions& done) {
    if (!result) {
      done.push_back({Kind::kSnapshotFailed, {}, file_.zxid(), result.error()});
    } else if (success) {
      done.push_back({*success, {}, file_.zxid(), {}});
    }
  }

  FileSystem& fs_;
  std::string snapshot_directory_, log_directory_;
  SnapshotFile file_;
};

class DiskStore final : public Store {
 public:
  DiskStore(FileSystem& fs, const StoreOptions& options, Zxid last)
      : log_(fs, options, last), snapshots_(fs, options) {}

  void perform_log(std::span<const StorageOp> ops, Completions& done) override { log_.perform(ops, done); }
  void perform_snapshot(std::span<const StorageOp> ops, Completions& done) override { snapshots_.perform(ops, done); }
  void idle() override { log_.idle(); }

 private:
  LogLane log_;
  SnapshotLane snapshots_;
};

}  // namespace

Result<std::unique_ptr<Store>, RecoveryError> Store::open(FileSystem& fs, const StoreOptions& options,
                                                          RecoveredState& recovered, std::vector<std::string>& notes) {
  if (auto done = recover(fs, options, recovered, notes); !done) return Failure{done.error()};
  return std::unique_ptr<Store>(new DiskStore(fs, options, recovered.last_zxid));
}

}  // namespace vivarium
