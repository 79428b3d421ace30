#include "kernel/replica/snapshot_task.h"

#include "kernel/replica/note_text.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/wire/log_record.h"

namespace vivarium {

namespace {
constexpr std::uint64_t kDrawTxns = 0x736e6170;  // streams of the replica's seed
constexpr std::uint64_t kDrawBytes = 0x73697a65;
}  // namespace

SnapshotTask::SnapshotTask(const Config& config, const RecoveredState& recovered, Seed seed, Instant now)
    : seed_(seed),
      wanted_at_boot_(recovered.needs_snapshot || recovered.verdict == RecoveryVerdict::kFresh),
      base_missing_(recovered.verdict == RecoveryVerdict::kFresh),
      last_(recovered.snapshot_zxid),
      txns_since_roll_(recovered.txns_since_snapshot) {
  draw_thresholds(config);
  if (config.purge_interval.nanos > 0) next_purge_ = now;
}

void SnapshotTask::draw_thresholds(const Config& config) {
  const auto half = [](std::int64_t whole) { return static_cast<std::uint64_t>(whole < 4 ? 2 : whole / 2); };
  ++draws_;
  extra_txns_ = static_cast<std::int64_t>(draw_below(seed_, kDrawTxns, draws_, half(config.snap_count)));
  extra_bytes_ = static_cast<std::int64_t>(draw_below(seed_, kDrawBytes, draws_, half(config.snap_size_limit_bytes)));
}

bool SnapshotTask::log_is_long(const Config& config) const {
  if (txns_since_roll_ > config.snap_count / 2 + extra_txns_) return true;
  return config.snap_size_limit_bytes > 0 && bytes_since_roll_ > config.snap_size_limit_bytes / 2 + extra_bytes_;
}

void SnapshotTask::roll_log(const Config& config, Effects& out) {
  out.emit(EffectKind::kRollLog);
  txns_since_roll_ = 0;
  bytes_since_roll_ = 0;
  draw_thresholds(config);
}

void SnapshotTask::boot(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out) {
  if (wanted_at_boot_) begin(config, tree, sessions, out);
}

void SnapshotTask::serve(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out) {
  if (!wanted_at_boot_ || phase_ != Phase::kIdle) return;
  if (tree.last_processed_zxid() > last_) {
    roll_log(config, out);
    begin(config, tree, sessions, out);
  }
  wanted_at_boot_ = false;
}

bool SnapshotTask::install(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out) {
  if (phase_ != Phase::kIdle) return false;
  begin(config, tree, sessions, out);
  return true;
}

void SnapshotTask::abort(Effects& out) {
  if ((phase_ != Phase::kWriting && phase_ != Phase::kWritten) || base_missing_) return;
  out.emit(EffectKind::kAbortSnapshot, {}, current_);
  phase_ = Phase::kIdle;
  stream_.reset();
  chunk_allowed_ = false;
}

void SnapshotTask::reloaded(const RecoveredState& recovered) {
  KASSERT(phase_ != Phase::kWriting);  // a complete one, of committed state, may be on its way to its name
  last_ = recovered.snapshot_zxid;
  txns_since_roll_ = recovered.txns_since_snapshot;
  bytes_since_roll_ = 0;
}

void SnapshotTask::appended(const Config& config, std::size_t entry_size, const DataTree& tree,
                            const SessionTable& sessions, bool committed, Effects& out) {
  KASSERT(!base_missing_);
  ++txns_since_roll_;
  bytes_since_roll_ += static_cast<std::int64_t>(entry_size + kLogRecordOverhead);
  if (log_is_long(config) && committed) {
    roll_log(config, out);
    if (phase_ != Phase::kIdle) {
      out.note(NoteLevel::kWarning, "the last snapshot is still being written, skipping one");
    } else if (tree.last_processed_zxid() > last_) {
      begin(config, tree, sessions, out);
    }
  } else if (config.log_size_limit_bytes > 0 && bytes_since_roll_ > config.log_size_limit_bytes) {
    out.emit(EffectKind::kRollLog);
    bytes_since_roll_ = 0;
  }
}

void SnapshotTask::begin(const Config& config, const DataTree& tree, const SessionTable& sessions, Effects& out) {
  KASSERT(phase_ == Phase::kIdle);
  KASSERT(!stream_);
  phase_ = Phase::kWriting;
  current_ = tree.last_processed_zxid();
  wanted_at_boot_ = false;
  out.emit(EffectKind::kBeginSnapshot, {}, current_);
  out.begin(EffectKind::kSnapshotChunk, {}, current_);
  ByteWriter writer = out.writer();
  SnapshotOptions options;
  options.digest = config.digest_enabled;
  options.last_processed_zxid = config.serialize_last_processed_zxid;
  stream_.emplace(tree, sessions, options, writer);
  out.end();
  chunk_allowed_ = false;
}

void SnapshotTask::step_ends(const Config& config, const DataTree& tree, Zxid log_durable, Instant now, Effects& out) {
  if (chunk_allowed_) {
    KASSERT(phase_ == Phase::kWriting);
    chunk_allowed_ = false;
    out.begin(EffectKind::kSnapshotChunk, {}, current_);
    ByteWriter writer = out.writer();
    stream_->next_chunk(tree, limits::kSnapshotChunk, writer);
    out.end();
    if (stream_->finished()) {
      stream_.reset();
      phase_ = Phase::kWritten;
      holds_ = tree.last_processed_zxid();
    }
  }
  if (phase_ == Phase::kWritten && log_durable >= holds_) {
    phase_ = Phase::kFinishing;
    out.emit(EffectKind::kEndSnapshot, {}, current_);
  }
  if (now >= next_purge_) {
    next_purge_ = now + config.purge_interval;
    out.emit(EffectKind::kPurge, {}, {}, config.snap_retain_count);
  }
}

void SnapshotTask::chunk_written(Zxid snapshot) {
  if (phase_ == Phase::kWriting && snapshot == current_) chunk_allowed_ = true;
}

void SnapshotTask::durable(Zxid snapshot, ServerCounters& counters) {
  if (phase_ != Phase::kFinishing || snapshot != current_) return;
  phase_ = Phase::kIdle;
  last_ = snapshot;
  base_missing_ = false;
  ++counters.snapshots_written;
}

bool SnapshotTask::failed(Zxid snapshot, ServerCounters& counters, Effects& out) {
  if (phase_ == Phase::kIdle || snapshot != current_) return true;
  phase_ = Phase::kIdle;
  stream_.reset();
  chunk_allowed_ = false;
  ++counters.snapshots_failed;
  NoteText note;
  note.text("snapshot.").hex(snapshot.value).text(" could not be written; the older ones and the logs are kept");
  out.note(NoteLevel::kError, note.line());
  return !base_missing_;
}

void SnapshotTask::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(phase_));
  hash.add(std::uint64_t{wanted_at_boot_} | std::uint64_t{base_missing_} << 1 | std::uint64_t{chunk_allowed_} << 2);
  hash.add(static_cast<std::uint64_t>(current_.value));
  hash.add(static_cast<std::uint64_t>(holds_.value));
  hash.add(static_cast<std::uint64_t>(last_.value));
  hash.add(static_cast<std::uint64_t>(txns_since_roll_));
  hash.add(static_cast<std::uint64_t>(bytes_since_roll_));
  hash.add(draws_);
  hash.add(static_cast<std::uint64_t>(next_purge_.nanos));
  if (stream_) stream_->hash_into(hash);
}

}  // namespace vivarium
