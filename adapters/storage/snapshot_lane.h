// The snapshot lane of a store: writing snapshots, purging, and reading the log for learners.
//
// Must never: append to the log, or look at names while the log lane changes them.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "adapters/storage/lane_share.h"
#include "adapters/storage/log_history.h"
#include "adapters/storage/snapshot_file.h"
#include "adapters/storage/store.h"

namespace vivarium {

class SnapshotLane {
 public:
  /// `marked`: the operator's initialize marker is there, and goes with the first durable snapshot.
  SnapshotLane(FileSystem& fs, const StoreOptions& options, LaneShare& share, bool marked);

  void perform(std::span<const StorageOp> ops, std::vector<StorageCompletion>& done);

 private:
  using Completions = std::vector<StorageCompletion>;

  void perform(const StorageOp& op, Completions& done);
  void end(Completions& done);
  void read_log(const StorageOp& op, Completions& done);
  void answer(const Result<Done, std::string>& result, std::optional<StorageCompletion::Kind> success,
              Completions& done);

  FileSystem& fs_;
  const StoreOptions options_;
  LaneShare& share_;
  SnapshotFile file_;
  LogHistory history_;
  bool marked_;
};

}  // namespace vivarium
