#include "adapters/storage/recovery.h"

#include <algorithm>

#include "adapters/storage/base_snapshot.h"
#include "adapters/storage/data_directory.h"
#include "adapters/storage/epoch_file.h"
#include "adapters/storage/log_replay.h"
#include "adapters/storage/log_tail.h"

namespace vivarium {
namespace {

/// Replaying more than this at a start calls for a new snapshot.
constexpr std::uint64_t kLongReplay = 50'000;

struct BadSnapshot {
  NamedSnapshot file;
  std::string problem;
};

class Recovery {
 public:
  Recovery(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered, std::vector<std::string>& notes)
      : fs_(fs), options_(options), recovered_(recovered), notes_(notes) {}

  Result<Done, RecoveryError> run() {
    if (auto prepared = prepare_directories(fs_, options_); !prepared) return prepared;
    auto logs = list_files(fs_, log_directory(options_));
    if (!logs) return unreadable(log_directory(options_), logs.error());
    logs_ = std::move(*logs);
    auto snapshots = list_files(fs_, snapshot_directory(options_));
    if (!snapshots) return unreadable(snapshot_directory(options_), snapshots.error());
    load_newest_base(snapshots->snapshots);
    if (!has_base_) {
      if (auto allowed = start_without_base(); !allowed) return allowed;
    }
    if (auto replayed = replay(); !replayed) return replayed;
    return read_epochs();
  }

 private:
  static Failure<RecoveryError> unreadable(const std::string& path, IoError error) {
    return Failure{RecoveryError{RecoveryError::Kind::kIo, "cannot read " + path + ": " + io_error_name(error)}};
  }
  static Failure<RecoveryError> damaged(std::string text) {
    return Failure{RecoveryError{RecoveryError::Kind::kDamaged, std::move(text)}};
  }

  void load_newest_base(const std::vector<NamedSnapshot>& snapshots) {
    for (auto file = snapshots.rbegin(); file != snapshots.rend() && !has_base_; ++file) {
      auto base = load_base(fs_, *file, options_.tree);
      if (!base) {
        notes_.push_back("snapshot " + file->path + " cannot be used: " + base.error());
        bad_.push_back({*file, base.error()});
        continue;
      }
      recovered_.tree = std::move(base->tree);
      recovered_.sessions = std::move(base->sessions);
      recovered_.snapshot_zxid = file->zxid;
      digest_ = base->digest;
      has_base_ = true;
    }
  }

  /// No snapshot can be used: a fresh directory, an explicit permission, or a refusal.
  Result<Done, RecoveryError> start_without_base() {
    recovered_.tree = DataTree(options_.tree);
    recovered_.sessions = SessionTable();
    // Apache writes snapshot.0 in place; a server that died in its very first moment leaves it unfinished.
    const bool had_snapshots =
        std::any_of(bad_.begin(), bad_.end(), [](const BadSnapshot& bad) { return bad.file.zxid > Zxid{0}; });
    if (had_snapshots) {
      return damaged("no snapshot in " + snapshot_directory(options_) + " can be used; the newest is " +
                     bad_.front().file.path + ": " + bad_.front().problem +
                     ". Restore one from a backup or another server");
    }
    if (logs_.logs.empty()) {
      fresh_ = true;
      return Done{};
    }
    if (options_.trust_empty_snapshot) {
      notes_.push_back("no snapshot, but logs: starting from an empty tree, as snapshot.trust.empty asks");
      return Done{};
    }
    return damaged("there are logs in " + log_directory(options_) + " but no usable snapshot in " +
                   snapshot_directory(options_) +
                   ": what the snapshot held would be lost. Restore it; or, if this server was upgraded from a "
                   "ZooKeeper older than 3.5 and never wrote one, start once with snapshot.trust.empty=true");
  }

  Result<Done, RecoveryError> replay() {
    collect_sessions();
    ReplayRequest request;
    request.files = logs_;
    if (has_base_) request.base = recovered_.snapshot_zxid;
    if (fresh_) request.base = Zxid{0};
    request.digest = digest_;
    request.max_txn = options_.max_txn;
    request.my_id = options_.my_id;
    auto replayed = replay_logs(fs_, request, recovered_, notes_);
    if (!replayed) return Failure{blame_snapshots(replayed.error())};
    for (const BadSnapshot& bad : bad_) {
      if (bad.file.zxid <= replayed->last) continue;
      return damaged("snapshot " + bad.file.path + " cannot be used (" + bad.problem +
                     ") and the logs end before it, at zxid 0x" + hex(replayed->last) +
                     ". Restore it from a backup or another server");
    }
    if (auto done = finish_logs(fs_, log_directory(options_), *replayed, logs_, options_.force_sync, notes_); !done) {
      return done;
    }
    settle(*replayed);
    return Done{};
  }

  RecoveryError blame_snapshots(RecoveryError error) const {
    if (!bad_.empty())
      error.text += ". (Snapshot " + bad_.front().file.path + " could not be used: " + bad_.front().problem + ")";
    return error;
  }

  void collect_sessions() {
    recovered_.sessions.for_each([this](SessionId id, std::int32_t) {
      recovered_.max_session_id = later_session_of(options_.my_id, recovered_.max_session_id, id);
    });
  }

  void settle(const Replay& replay) {
    recovered_.last_zxid = replay.last;
    recovered_.tree.advance(replay.last);
    recovered_.txns_since_snapshot = static_cast<std::int64_t>(replay.txns);
    recovered_.digest_mismatches = replay.digest_mismatches;
    recovered_.needs_snapshot = !has_base_ || !bad_.empty() || replay.txns >= kLongReplay;
    const bool torn = !replay.logs.empty() && replay.logs.back().check.verdict == LogCheck::Verdict::kTorn;
    recovered_.verdict = fresh_ ? RecoveryVerdict::kFresh : torn ? RecoveryVerdict::kTorn : RecoveryVerdict::kIntact;
  }

  /// Damage here is amnesia: it matters to an ensemble, not to a lone server.
  Result<Done, RecoveryError> read_epochs() {
    const std::string directory = snapshot_directory(options_);
    const auto accepted = read_epoch(fs_, directory, kAcceptedEpochFile);
    if (!accepted) return unreadable(join_path(directory, kAcceptedEpochFile), accepted.error());
    const auto current = read_epoch(fs_, directory, kCurrentEpochFile);
    if (!current) return unreadable(join_path(directory, kCurrentEpochFile), current.error());
    if (accepted->kind == EpochReading::Kind::kValue) recovered_.accepted_epoch = accepted->epoch;
    if (current->kind == EpochReading::Kind::kValue) recovered_.current_epoch = current->epoch;
    for (const auto* reading : {&*accepted, &*current}) {
      if (reading->kind == EpochReading::Kind::kDamaged) {
        notes_.push_back("an epoch file in " + directory + " is damaged; a lone server does not need it");
      }
    }
    return Done{};
  }

  FileSystem& fs_;
  const StoreOptions& options_;
  RecoveredState& recovered_;
  std::vector<std::string>& notes_;
  DirectoryFiles logs_;
  std::vector<BadSnapshot> bad_;  // newest first
  std::optional<ExpectedDigest> digest_;
  bool has_base_ = false;
  bool fresh_ = false;
};

}  // namespace

Result<Done, RecoveryError> recover(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                    std::vector<std::string>& notes) {
  return Recovery(fs, options, recovered, notes).run();
}

}  // namespace vivarium
