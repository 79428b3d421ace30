// A thread that carries out the storage effects of one lane, in order, a queue at a time: what gathers while one sync
// runs shares the next (group commit).
//
// Must never: reorder operations; drop a sync that nothing later covers.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "adapters/driver/inbox.h"
#include "adapters/storage/store.h"
#include "kernel/effect.h"

namespace vivarium {

class StorageLane {
 public:
  using Perform = std::function<void(std::span<const StorageOp>, std::vector<StorageCompletion>&)>;
  using Idle = std::function<void()>;

  /// `idle` (may be empty) is called when the lane had nothing to do for a moment.
  StorageLane(Inbox& inbox, Perform perform, Idle idle);
  ~StorageLane();

  /// Driver thread: copies the effect; submit() hands over everything since the last submit.
  void enqueue(const Effect& effect, std::string_view payload);
  void submit();
  /// Carries out everything submitted, then ends the thread.
  void stop();

 private:
  struct Entry {
    EffectKind kind;
    Zxid zxid;
    std::int64_t argument;
    ChannelId channel;
    std::size_t offset, size;
  };
  struct Batch {
    std::vector<char> bytes;
    std::vector<Entry> entries;
    bool empty() const { return entries.empty(); }
    void clear();
  };

  void run();
  bool wait_for_work(Batch& batch);
  void carry_out(const Batch& batch);

  Inbox& inbox_;
  const Perform perform_;
  const Idle idle_;
  Batch staged_;  // driver thread only
  std::mutex mutex_;
  std::condition_variable changed_;
  Batch queued_;
  bool sleeping_ = false;
  bool stopping_ = false;
  std::vector<StorageOp> ops_;  // lane thread only
  std::thread thread_;
};

/// Drops each sync that a later one of the same incarnation covers, with only appends between.
void coalesce_syncs(std::vector<StorageOp>& ops);

}  // namespace vivarium
