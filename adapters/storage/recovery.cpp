#include "adapters/storage/recovery.h"

#include <algorithm>
#include <optional>

#include "adapters/storage/base_snapshot.h"
#include "adapters/storage/data_directory.h"
#include "adapters/storage/epoch_file.h"
#include "adapters/storage/initialize_marker.h"
#include "adapters/storage/log_replay.h"
#include "adapters/storage/log_tail.h"
#include "adapters/storage/repair_mark.h"

namespace vivarium {
namespace {

/// Replaying more than this at a start calls for a new snapshot.
constexpr std::uint64_t kLongReplay = 50'000;

constexpr std::size_t kRecentBytes = 64u << 20;

struct BadSnapshot {
  NamedSnapshot file;
  std::string problem;
};

/// Whether the logs lead past the bad snapshot `snapshot`. Its zxid being passed is not enough: what a leader sent as a
/// snapshot has no records here, and the logs may go on in a later epoch, which shows no gap. A leader's first zxid in
/// an epoch has no record anywhere.
bool leads_past(const Replay& replayed, Zxid snapshot) {
  if (snapshot.counter() == 0) return snapshot <= replayed.last;
  const auto& seen = replayed.passed_over;
  return std::find(seen.begin(), seen.end(), snapshot) != seen.end();
}

class Recovery {
 public:
  Recovery(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered, std::vector<std::string>& notes)
      : fs_(fs), options_(options), recovered_(recovered), notes_(notes) {}

  Result<Done, RecoveryError> run() {
    auto loaded = load();
    if (!loaded) {
      if (!options_.member || loaded.error().kind != RecoveryError::Kind::kDamaged) return loaded;
      become_faulty(loaded.error());
    }
    return judge_membership();
  }

 private:
  static Failure<RecoveryError> unreadable(const std::string& path, IoError error) {
    return Failure{RecoveryError{RecoveryError::Kind::kIo, "cannot read " + path + ": " + io_error_name(error)}};
  }
  static Failure<RecoveryError> damaged(std::string text) {
    return Failure{RecoveryError{RecoveryError::Kind::kDamaged, std::move(text)}};
  }

  Result<Done, RecoveryError> load() {
    auto logs = list_files(fs_, log_directory(options_));
    if (!logs) return unreadable(log_directory(options_), logs.error());
    logs_ = std::move(*logs);
    auto snapshots = list_files(fs_, snapshot_directory(options_));
    if (!snapshots) return unreadable(snapshot_directory(options_), snapshots.error());
    load_newest_base(snapshots->snapshots);
    if (!has_base_) {
      if (auto allowed = start_without_base(); !allowed) return allowed;
    }
    return replay();
  }

  void become_faulty(const RecoveryError& error) {
    recovered_ = RecoveredState();
    recovered_.tree = DataTree(options_.tree);
    recovered_.verdict = RecoveryVerdict::kFaulty;
    notes_.push_back(error.text + ". This member starts without data, and has to be repaired by its ensemble");
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
      recovered_.newest_time = base->newest_time;
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
    for (const BadSnapshot& bad : bad_) request.passed_over.push_back(bad.file.zxid);
    if (options_.member) request.recent = options_.recent_txns;
    request.max_txn = options_.max_txn;
    request.my_id = options_.my_id;
    auto replayed = replay_logs(fs_, request, recovered_, notes_);
    if (!replayed) return Failure{blame_snapshots(replayed.error())};
    if (const BadSnapshot* bad = first_gap(*replayed)) {
      const bool short_of = replayed->last < bad->file.zxid;
      return damaged(
          "snapshot " + bad->file.path + " cannot be used (" + bad->problem + ") and the logs " +
          (short_of ? "end before it, at zxid 0x" + hex(replayed->last)
                    : "go on behind it, but do not lead up to it from snapshot 0x" + hex(recovered_.snapshot_zxid)) +
          ". Restore it from a backup or another server");
    }
    if (auto done = finish_logs(fs_, log_directory(options_), *replayed, logs_, options_.force_sync, notes_); !done) {
      return done;
    }
    recovered_.recent.set_limits(options_.recent_txns, kRecentBytes);
    read_recent(fs_, *replayed, options_.max_txn, recovered_.recent);
    settle(*replayed);
    return Done{};
  }

  const BadSnapshot* first_gap(const Replay& replayed) const {
    for (const BadSnapshot& bad : bad_) {
      const bool covered = has_base_ && bad.file.zxid <= recovered_.snapshot_zxid;  // the same in another form
      if (!covered && !leads_past(replayed, bad.file.zxid)) return &bad;
    }
    return nullptr;
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
    newest_is_empty_ = !replay.logs.empty() && replay.logs.back().check.verdict == LogCheck::Verdict::kEmpty;
    const bool torn = !replay.logs.empty() && replay.logs.back().check.verdict == LogCheck::Verdict::kTorn;
    recovered_.verdict = fresh_ ? RecoveryVerdict::kFresh : torn ? RecoveryVerdict::kTorn : RecoveryVerdict::kIntact;
  }

  /// Ours have persist evidence beside them, from the first record on. A log without a record is nobody's.
  bool newest_log_is_apaches() const {
    const std::size_t logs = logs_.logs.size() - (newest_is_empty_ ? 1 : 0);
    if (logs == 0) return false;
    const auto& known = logs_.evidence;
    const Zxid newest = logs_.logs[logs - 1].zxid;
    return std::none_of(known.begin(), known.end(), [&](const NamedFile& file) { return file.zxid == newest; });
  }

  /// Damage here is amnesia: it matters to an ensemble, not to a lone server.
  Result<Done, RecoveryError> judge_membership() {
    const std::string directory = snapshot_directory(options_);
    const bool faulty = recovered_.verdict == RecoveryVerdict::kFaulty;
    const std::optional<Zxid> last = faulty ? std::nullopt : std::optional<Zxid>(recovered_.last_zxid);
    auto epochs = read_epoch_state(fs_, directory, last, newest_log_is_apaches());
    if (!epochs) return unreadable(join_path(directory, "the epoch files"), epochs.error());
    recovered_.accepted_epoch = epochs->accepted;
    recovered_.current_epoch = epochs->current;
    if (!options_.member) {
      if (!epochs->lost.empty()) {
        notes_.push_back("epoch files in " + directory + ": " + epochs->lost + "; a lone server does not need them");
      }
      return Done{};
    }
    const auto unrepaired = has_repair_mark(fs_, directory);
    if (!unrepaired) return unreadable(directory, unrepaired.error());
    if (*unrepaired && epochs->lost.empty()) epochs->lost = "a repair by the ensemble was not completed";
    if (!epochs->lost.empty()) become_amnesiac(epochs->lost);
    // The operator's marker goes with the first snapshot: while it is there, there was none to lose.
    const auto new_by_word = has_initialize_marker(fs_, options_);
    const bool had_data = epochs->current.value_or(Epoch{0}) > Epoch{0} && !(new_by_word && *new_by_word);
    if (recovered_.verdict == RecoveryVerdict::kFresh && had_data) {
      recovered_.verdict = RecoveryVerdict::kFaulty;
      notes_.push_back("there are epoch files in " + directory +
                       ", but neither a snapshot nor a log: this member lost its data, and has to be repaired");
    }
    return Done{};
  }

  void become_amnesiac(const std::string& why) {
    if (recovered_.verdict != RecoveryVerdict::kFaulty) recovered_.verdict = RecoveryVerdict::kAmnesia;
    notes_.push_back("epoch files in " + snapshot_directory(options_) + ": " + why +
                     ". What this member promised is not known, so it does not vote before a leader has synced it");
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
  bool newest_is_empty_ = false;  // the newest log holds no record, and was removed
};

/// The way of a recovery from the snapshots up to `limit`, without loading or applying anything.
std::optional<Replay> look_ahead(FileSystem& fs, const StoreOptions& options, std::optional<Zxid> limit, Zxid wanted) {
  auto logs = list_files(fs, log_directory(options));
  const auto snapshots = list_files(fs, snapshot_directory(options));
  if (!logs || !snapshots) return std::nullopt;
  ReplayRequest request;
  std::vector<Zxid> bad;
  for (auto file = snapshots->snapshots.rbegin(); file != snapshots->snapshots.rend() && !request.base; ++file) {
    if (limit && file->zxid > *limit) continue;
    if (verify_snapshot(fs, *file)) {
      request.base = file->zxid;
    } else {
      bad.push_back(file->zxid);
    }
  }
  if (!request.base) return std::nullopt;
  request.files = std::move(*logs);
  request.passed_over = bad;
  request.passed_over.push_back(wanted);
  request.max_txn = options.max_txn;
  request.dry = true;
  RecoveredState nothing;
  std::vector<std::string> notes;
  auto replayed = replay_logs(fs, request, nothing, notes);
  if (!replayed) return std::nullopt;
  if (request.base == wanted) replayed->passed_over.push_back(wanted);
  for (const Zxid zxid : bad) {
    if (zxid > *request.base && !leads_past(*replayed, zxid)) return std::nullopt;
  }
  return std::move(*replayed);
}

}  // namespace

Result<Done, RecoveryError> recover(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                    std::vector<std::string>& notes) {
  if (auto prepared = prepare_directories(fs, options); !prepared) return prepared;
  return recover_again(fs, options, recovered, notes);
}

Result<Done, RecoveryError> recover_again(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                          std::vector<std::string>& notes) {
  auto done = Recovery(fs, options, recovered, notes).run();
  if (done) return done;
  RecoveryError error = done.error();
  error.text += error.remedy;
  return Failure{std::move(error)};
}

bool leads_to(FileSystem& fs, const StoreOptions& options, Zxid zxid, Zxid newest_base) {
  const auto replayed = look_ahead(fs, options, newest_base, zxid);
  if (!replayed) return false;
  const auto& seen = replayed->passed_over;
  return std::find(seen.begin(), seen.end(), zxid) != seen.end();
}

bool recovers_to(FileSystem& fs, const StoreOptions& options, Zxid zxid) {
  const auto replayed = look_ahead(fs, options, std::nullopt, zxid);
  return replayed && replayed->last == zxid;
}

}  // namespace vivarium
