// The log lane of a store: appending and syncing, the epoch files, and the operations that cut or re-read the log.
//
// Must never: go on after a failure; cut a log that is open (an append stream with an old offset: ZK-1489); answer an
// operation before the sync that was asked for earlier.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "adapters/storage/lane_share.h"
#include "adapters/storage/log_file.h"
#include "adapters/storage/store.h"

namespace vivarium {

class LogLane {
 public:
  LogLane(FileSystem& fs, const StoreOptions& options, LaneShare& share, const RecoveredState& recovered);

  void perform(std::span<const StorageOp> ops, std::vector<StorageCompletion>& done);
  void idle();

 private:
  using Completions = std::vector<StorageCompletion>;

  bool failed() const { return failed_ || log_.failed(); }
  void fail(const std::string& what, Completions& done);
  StorageResult carry_out(const StorageOp& op, Completions& done);
  StorageResult answer_sync(Completions& done);
  StorageResult write_epochs(const StorageOp& op, Completions& done);
  StorageResult truncate(const StorageOp& op, Completions& done);
  StorageResult reset(const StorageOp& op, Completions& done);
  StorageResult reload(const StorageOp& op, Completions& done);
  void continue_after(Zxid last);

  FileSystem& fs_;
  const StoreOptions options_;
  LaneShare& share_;
  LogFile log_;
  Zxid last_;
  std::optional<StorageCompletion> awaited_;  // the answer to a sync of this round
  bool faulty_;                               // recovery found damage, and no leader has repaired it
  bool failed_ = false;
};

}  // namespace vivarium
