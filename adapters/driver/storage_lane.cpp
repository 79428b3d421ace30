#include "adapters/driver/storage_lane.h"

#include <algorithm>
#include <chrono>

namespace vivarium {
namespace {

/// How long a lane has nothing to do before it counts as idle: long against a round trip of a client that writes one
/// record at a time, short against an operator's patience.
constexpr auto kIdleAfter = std::chrono::milliseconds(20);
constexpr std::size_t kKeptBytes = 8u << 20;

}  // namespace

void coalesce_syncs(std::vector<StorageOp>& ops) {
  bool covered = false;
  std::int64_t incarnation = 0;
  std::size_t kept = ops.size();
  for (std::size_t i = ops.size(); i-- > 0;) {
    const StorageOp& op = ops[i];
    if (op.kind == EffectKind::kSyncLog) {
      if (covered && op.argument == incarnation) continue;
      covered = true;
      incarnation = op.argument;
    } else if (op.kind != EffectKind::kAppendLog) {
      covered = false;
    }
    ops[--kept] = op;
  }
  ops.erase(ops.begin(), ops.begin() + static_cast<std::ptrdiff_t>(kept));
}

void StorageLane::Batch::clear() {
  bytes.clear();
  entries.clear();
  if (bytes.capacity() > kKeptBytes) std::vector<char>().swap(bytes);
}

StorageLane::StorageLane(Inbox& inbox, Perform perform, Idle idle)
    : inbox_(inbox), perform_(std::move(perform)), idle_(std::move(idle)), thread_([this] { run(); }) {}

StorageLane::~StorageLane() { stop(); }

void StorageLane::enqueue(const Effect& effect, std::string_view payload) {
  staged_.entries.push_back(
      {effect.kind, effect.zxid, effect.argument, effect.channel, staged_.bytes.size(), payload.size()});
  staged_.bytes.insert(staged_.bytes.end(), payload.begin(), payload.end());
}

void StorageLane::submit() {
  if (staged_.empty()) return;
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    if (queued_.empty()) {
      std::swap(queued_, staged_);
    } else {
      const std::size_t shift = queued_.bytes.size();
      queued_.bytes.insert(queued_.bytes.end(), staged_.bytes.begin(), staged_.bytes.end());
      for (Entry entry : staged_.entries) {
        entry.offset += shift;
        queued_.entries.push_back(entry);
      }
    }
    wake = sleeping_;
  }
  staged_.clear();
  if (wake) changed_.notify_one();
}

void StorageLane::stop() {
  if (!thread_.joinable()) return;
  submit();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void StorageLane::run() {
  Batch batch;
  while (wait_for_work(batch)) carry_out(batch);
  if (idle_) idle_();
}

/// False when the lane is to end and nothing is left.
bool StorageLane::wait_for_work(Batch& batch) {
  batch.clear();
  std::unique_lock lock(mutex_);
  const auto something = [this] { return !queued_.empty() || stopping_; };
  sleeping_ = true;
  if (idle_ && !changed_.wait_for(lock, kIdleAfter, something)) {
    sleeping_ = false;
    lock.unlock();
    idle_();
    lock.lock();
    sleeping_ = true;
  }
  changed_.wait(lock, something);
  sleeping_ = false;
  std::swap(batch, queued_);
  return !batch.empty();
}

void StorageLane::carry_out(const Batch& batch) {
  ops_.clear();
  for (const Entry& entry : batch.entries) {
    ops_.push_back(
        {entry.kind, entry.zxid, entry.argument, {batch.bytes.data() + entry.offset, entry.size}, entry.channel});
  }
  coalesce_syncs(ops_);
  LaneReport report;
  report.synced =
      std::any_of(ops_.begin(), ops_.end(), [](const StorageOp& op) { return op.kind == EffectKind::kSyncLog; });
  const auto begin = std::chrono::steady_clock::now();
  perform_(ops_, report.completions);
  const auto took = std::chrono::steady_clock::now() - begin;
  report.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  if (!report.completions.empty()) inbox_.post(std::move(report));
}

}  // namespace vivarium
