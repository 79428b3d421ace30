#include "adapters/storage/store.h"

#include "adapters/storage/data_directory.h"
#include "adapters/storage/initialize_marker.h"
#include "adapters/storage/log_lane.h"
#include "adapters/storage/recovery.h"
#include "adapters/storage/repair_mark.h"
#include "adapters/storage/snapshot_lane.h"

namespace vivarium {

Input to_input(const StorageCompletion& completion) {
  switch (completion.kind) {
    case StorageCompletion::Kind::kLogDurable:
      return LogDurable{completion.incarnation, completion.zxid};
    case StorageCompletion::Kind::kEpochDurable:
      return EpochDurable{completion.accepted, completion.current};
    case StorageCompletion::Kind::kLogTruncated:
      return LogTruncated{completion.incarnation, completion.zxid, completion.whole};
    case StorageCompletion::Kind::kReloaded:
      return Reloaded{completion.incarnation, completion.recovered.get()};
    case StorageCompletion::Kind::kLogRead:
      return LogRead{completion.channel, completion.zxid, completion.records};
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

using Completions = std::vector<StorageCompletion>;

class DiskStore final : public Store {
 public:
  DiskStore(FileSystem& fs, const StoreOptions& options, const RecoveredState& recovered, bool marked)
      : log_(fs, options, share_, recovered), snapshots_(fs, options, share_, marked) {}

  void perform_log(std::span<const StorageOp> ops, Completions& done) override { log_.perform(ops, done); }
  void perform_snapshot(std::span<const StorageOp> ops, Completions& done) override { snapshots_.perform(ops, done); }
  void idle() override { log_.idle(); }

 private:
  LaneShare share_;
  LogLane log_;
  SnapshotLane snapshots_;
};

/// Whether the operator's marker is there and has to wait for a snapshot.
bool take_marker(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                 std::vector<std::string>& notes) {
  const auto present = has_initialize_marker(fs, options);
  if (!present) {
    notes.push_back(std::string("cannot look for the initialize marker: ") + io_error_name(present.error()));
    return false;
  }
  if (!*present) return false;
  recovered.may_bootstrap = recovered.verdict == RecoveryVerdict::kFresh;
  if (recovered.may_bootstrap || recovered.verdict == RecoveryVerdict::kFaulty) return true;
  if (const auto removed = remove_initialize_marker(fs, options); !removed) {
    notes.push_back(std::string("cannot remove the initialize marker: ") + io_error_name(removed.error()));
  }
  return false;
}

RecoveryError refuse_empty(const StoreOptions& options) {
  return {RecoveryError::Kind::kDamaged, "there is neither a snapshot nor a log in " + snapshot_directory(options) +
                                             ", and db.autocreate=false: if this server is meant to be new, create an "
                                             "empty file 'initialize' in " +
                                             marker_directory(options)};
}

}  // namespace

Result<std::unique_ptr<Store>, RecoveryError> Store::open(FileSystem& fs, const StoreOptions& options,
                                                          RecoveredState& recovered, std::vector<std::string>& notes) {
  if (auto done = recover(fs, options, recovered, notes); !done) return Failure{done.error()};
  const bool marked = take_marker(fs, options, recovered, notes);
  const bool unproven = recovered.verdict == RecoveryVerdict::kFresh && !recovered.may_bootstrap;
  if (!options.member && unproven && !options.auto_create_db) return Failure{refuse_empty(options)};
  // An empty directory that nobody called new may be a lost one, and must not come to look like a member's on the way.
  if (options.member && unproven) {
    if (const auto set = set_repair_mark(fs, snapshot_directory(options)); !set) {
      return Failure{RecoveryError{RecoveryError::Kind::kIo, "cannot write to " + snapshot_directory(options) + ": " +
                                                                 io_error_name(set.error())}};
    }
  }
  return std::unique_ptr<Store>(std::make_unique<DiskStore>(fs, options, recovered, marked));
}

}  // namespace vivarium
