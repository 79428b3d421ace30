#include "adapters/storage/log_lane.h"

#include "adapters/storage/data_directory.h"
#include "adapters/storage/epoch_file.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/history_reset.h"
#include "adapters/storage/history_truncation.h"
#include "adapters/storage/recovery.h"
#include "adapters/storage/repair_mark.h"
#include "kernel/base/bytes.h"

namespace vivarium {
namespace {

using Kind = StorageCompletion::Kind;

Incarnation incarnation_of(const StorageOp& op) { return Incarnation{static_cast<std::uint64_t>(op.argument)}; }

std::string joined(const std::vector<std::string>& notes) {
  std::string text;
  for (const std::string& note : notes) text += (text.empty() ? "" : "\n") + note;
  return text;
}

}  // namespace

LogLane::LogLane(FileSystem& fs, const StoreOptions& options, LaneShare& share, const RecoveredState& recovered)
    : fs_(fs),
      options_(options),
      share_(share),
      log_(fs, {log_directory(options), options.preallocate_bytes, options.force_sync}),
      last_(recovered.last_zxid),
      faulty_(recovered.verdict == RecoveryVerdict::kFaulty) {
  share_.set_durable(last_);
  const auto files = list_files(fs, snapshot_directory(options_));
  share_.has_base = recovered.verdict != RecoveryVerdict::kFresh && files && !files->snapshots.empty();
}

void LogLane::perform(std::span<const StorageOp> ops, Completions& done) {
  for (const StorageOp& op : ops) {
    if (failed()) return;
    if (auto result = carry_out(op, done); !result) return fail(result.error(), done);
  }
  // One sync covers every request of this call, and may cover records behind the last one.
  if (failed()) return;
  if (auto synced = answer_sync(done); !synced) fail(synced.error(), done);
}

void LogLane::fail(const std::string& what, Completions& done) {
  failed_ = true;
  done.push_back({Kind::kStorageFailed, {}, {}, what});
}

void LogLane::idle() {
  if (!failed()) log_.idle();
}

StorageResult LogLane::carry_out(const StorageOp& op, Completions& done) {
  switch (op.kind) {
    case EffectKind::kAppendLog:
      last_ = op.zxid;
      return log_.append(op.zxid, op.payload);
    case EffectKind::kSyncLog:
      awaited_.emplace(StorageCompletion{Kind::kLogDurable, incarnation_of(op), last_, {}});
      return Done{};
    case EffectKind::kRollLog:
      return log_.roll();
    default:
      break;
  }
  if (auto synced = answer_sync(done); !synced) return synced;
  if (op.kind == EffectKind::kWriteEpochs) return write_epochs(op, done);
  if (auto closed = log_.roll(); !closed) return closed;
  const std::lock_guard lock(share_.files);
  switch (op.kind) {
    case EffectKind::kTruncateLog:
      return truncate(op, done);
    case EffectKind::kResetLog:
      return reset(op, done);
    case EffectKind::kReload:
      return reload(op, done);
    default:
      KUNREACHABLE();
  }
}

StorageResult LogLane::answer_sync(Completions& done) {
  if (!awaited_) return Done{};
  if (auto synced = log_.sync(); !synced) return synced;
  share_.set_durable(last_);
  done.push_back(std::move(*awaited_));
  awaited_.reset();
  return Done{};
}

StorageResult LogLane::write_epochs(const StorageOp& op, Completions& done) {
  ByteReader in(op.payload);
  const Epoch accepted{in.i64()};
  const Epoch current{in.i64()};
  KASSERT(in.ok());
  const std::string directory = snapshot_directory(options_);
  if (const auto written = vivarium::write_epochs(fs_, directory, accepted, current); !written) {
    return Failure{"cannot write the epoch files in " + directory + ": " + io_error_name(written.error())};
  }
  // The leader of this epoch has synced this member: whatever a repair had lost is made good.
  if (current == accepted && !faulty_) {
    const std::lock_guard lock(share_.files);
    share_.adopted = !share_.has_base;
    if (share_.has_base) {
      if (auto lifted = lift_repair_mark(fs_, directory); !lifted) return lifted;
    }
  }
  StorageCompletion answer{Kind::kEpochDurable, {}, {}, {}};
  answer.accepted = accepted;
  answer.current = current;
  done.push_back(std::move(answer));
  return Done{};
}

/// The log is rolled and the other lane waits; so for the next two as well.
StorageResult LogLane::truncate(const StorageOp& op, Completions& done) {
  const auto whole = truncate_history(fs_, options_, op.zxid);
  if (!whole) return Failure{whole.error()};
  continue_after(op.zxid);
  StorageCompletion answer{Kind::kLogTruncated, incarnation_of(op), op.zxid, {}};
  answer.whole = *whole;
  done.push_back(std::move(answer));
  return Done{};
}

StorageResult LogLane::reset(const StorageOp& op, Completions& done) {
  auto outcome = reset_history(fs_, options_, op.zxid, faulty_);
  if (!outcome) return Failure{outcome.error()};
  if (outcome->whole) faulty_ = false;
  continue_after(op.zxid);
  StorageCompletion answer{Kind::kLogTruncated, incarnation_of(op), op.zxid, joined(outcome->notes)};
  answer.whole = outcome->whole;
  done.push_back(std::move(answer));
  return Done{};
}

StorageResult LogLane::reload(const StorageOp& op, Completions& done) {
  auto recovered = std::make_unique<RecoveredState>();
  std::vector<std::string> notes;
  if (auto loaded = recover_again(fs_, options_, *recovered, notes); !loaded) return Failure{loaded.error().text};
  faulty_ = recovered->verdict == RecoveryVerdict::kFaulty;
  continue_after(recovered->last_zxid);
  StorageCompletion answer{Kind::kReloaded, incarnation_of(op), recovered->last_zxid, joined(notes)};
  answer.recovered = std::move(recovered);
  done.push_back(std::move(answer));
  return Done{};
}

void LogLane::continue_after(Zxid last) {
  log_.continue_after(last);
  last_ = last;
  share_.set_durable(last);
}

}  // namespace vivarium
