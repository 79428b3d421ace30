// When a snapshot is taken, and its life from BeginSnapshot to SnapshotDurable, one chunk per step at most.
//
// A fresh directory gets its first snapshot before anything is acknowledged, because a log without a snapshot is
// refused at the next start. Later ones follow the log's growth: half of snapCount plus a random part of the other
// half, so that the members of an ensemble do not all write at once.
// A snapshot holds what was applied while it was walked. A learner applies what its leader has committed, which its own
// log may not hold yet, so a snapshot gets its name only once the log covers all that is in it: otherwise a power loss
// would leave a state that no zxid has (D2).
// Must never: have two snapshots under way; emit a chunk before the one in front of it was taken.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/hash.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/config.h"
#include "kernel/effect.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"
#include "kernel/request/snapshot_stream.h"

namespace vivarium {

class SnapshotTask {
 public:
  SnapshotTask(const Config& config, const RecoveredState& recovered, Seed seed, Instant now);

  /// Nothing may be proposed before the directory has its first snapshot.
  bool base_missing() const { return base_missing_; }
  bool in_progress() const { return phase_ != Phase::kIdle; }
  /// Of the newest snapshot on disk.
  Zxid newest() const { return last_; }

  /// The first step: begins the snapshot that recovery asked for.
  void boot(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out);
  /// A record was appended to the log: rolls the log and begins a snapshot when it is time. `committed`: the tree holds
  /// committed state only, so that a snapshot of it can never have to be cut (ZK-1549).
  void appended(const Config& config, std::size_t entry_size, const DataTree& tree, const SessionTable& sessions,
                bool committed, Effects& out);
  /// A member serves from here on: its tree is committed state, and a snapshot that recovery asked for may begin.
  void serve(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out);
  /// A member's tree came from its leader and must become durable. False: another snapshot has to end first.
  bool install(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out);
  /// What is being walked will not stay committed state: the unfinished file goes. One that is complete stays.
  void abort(Effects& out);
  /// Memory was read anew from disk.
  void reloaded(const RecoveredState& recovered);
  void before_apply(const DataTree& tree, const Txn& txn) {
    if (stream_) stream_->before_apply(tree, txn);
  }
  /// The end of a step: emits the next chunk when the last one was taken, the end once the log is durable up to what
  /// the tree held (`log_durable`), and a purge when it is due.
  void step_ends(const Config& config, const DataTree& tree, Zxid log_durable, Instant now, Effects& out);

  // ---- completions; stale ones are dropped ------------------------------------------------------------------------
  void chunk_written(Zxid snapshot);
  void durable(Zxid snapshot, ServerCounters& counters);
  /// False: the server cannot go on (there is no base to recover from).
  [[nodiscard]] bool failed(Zxid snapshot, ServerCounters& counters, Effects& out);

  Instant next_deadline() const { return next_purge_; }
  void hash_into(StateHash& hash) const;

 private:
  enum class Phase : std::uint8_t { kIdle, kWriting, kWritten, kFinishing };

  void draw_thresholds(const Config& config);
  bool log_is_long(const Config& config) const;
  void roll_log(const Config& config, Effects& out);
  void begin(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out);

  Seed seed_;
  Phase phase_ = Phase::kIdle;
  bool wanted_at_boot_ = false;
  bool base_missing_ = false;
  bool chunk_allowed_ = false;
  Zxid current_;  // of the snapshot under way
  Zxid holds_;    // kWritten: the newest txn that may be in it
  Zxid last_;     // of the newest one that is durable
  std::optional<SnapshotStream> stream_;
  std::int64_t txns_since_roll_ = 0;
  std::int64_t bytes_since_roll_ = 0;
  std::int64_t extra_txns_ = 0;  // the random half of the thresholds
  std::int64_t extra_bytes_ = 0;
  std::uint64_t draws_ = 0;
  Instant next_purge_ = Instant::never();
};

}  // namespace vivarium
