#include "adapters/storage/snapshot_lane.h"

#include "adapters/storage/data_directory.h"
#include "adapters/storage/initialize_marker.h"
#include "adapters/storage/purge.h"
#include "adapters/storage/repair_mark.h"

namespace vivarium {
namespace {

using Kind = StorageCompletion::Kind;

}  // namespace

SnapshotLane::SnapshotLane(FileSystem& fs, const StoreOptions& options, LaneShare& share, bool marked)
    : fs_(fs),
      options_(options),
      share_(share),
      file_(fs, snapshot_directory(options),
            parse_compression(options.snapshot_compression).value_or(Compression::kNone), options.force_sync),
      history_(fs, options),
      marked_(marked) {}

void SnapshotLane::perform(std::span<const StorageOp> ops, Completions& done) {
  for (const StorageOp& op : ops) {
    const std::lock_guard lock(share_.files);
    perform(op, done);
  }
}

void SnapshotLane::perform(const StorageOp& op, Completions& done) {
  switch (op.kind) {
    case EffectKind::kPurge:
      // Files that could not be removed now are removed by a later purge.
      purge(fs_, snapshot_directory(options_), log_directory(options_), static_cast<int>(op.argument));
      return;
    case EffectKind::kReadLog:
      return read_log(op, done);
    case EffectKind::kBeginSnapshot:
      return answer(file_.begin(op.zxid), std::nullopt, done);
    case EffectKind::kAbortSnapshot:
      return file_.abandon();
    default:
      break;
  }
  // What follows a failure until the next begin belongs to the failed snapshot and was answered.
  if (!file_.writing()) return;
  if (op.kind == EffectKind::kSnapshotChunk) return answer(file_.chunk(op.payload), Kind::kSnapshotChunkWritten, done);
  KASSERT(op.kind == EffectKind::kEndSnapshot);
  end(done);
}

void SnapshotLane::end(Completions& done) {
  auto ended = file_.end();
  if (ended) share_.has_base = true;
  if (ended && share_.adopted) {
    share_.adopted = false;
    ended = lift_repair_mark(fs_, snapshot_directory(options_));
  }
  // Should the marker stay, it is removed at a later start.
  if (ended && marked_) marked_ = !remove_initialize_marker(fs_, options_).ok();
  answer(ended, Kind::kSnapshotDurable, done);
}

void SnapshotLane::read_log(const StorageOp& op, Completions& done) {
  StorageCompletion answer{Kind::kLogRead, {}, op.zxid, {}};
  answer.channel = op.channel;
  answer.records = history_.read(op.zxid, share_.durable(), static_cast<std::size_t>(op.argument));
  done.push_back(std::move(answer));
}

void SnapshotLane::answer(const Result<Done, std::string>& result, std::optional<Kind> success, Completions& done) {
  if (!result) {
    done.push_back({Kind::kSnapshotFailed, {}, file_.zxid(), result.error()});
  } else if (success) {
    done.push_back({*success, {}, file_.zxid(), {}});
  }
}

}  // namespace vivarium
