// Removing snapshots and logs that recovery will not need again (PurgeTxnLog).
//
// Keeps the newest snapshots that verify from end to end; a damaged one never counts, and with too few good ones
// nothing is removed. Keeps the log that the oldest kept snapshot needs and every later one. Files that were set aside
// as superseded go with the snapshots of their time; damaged ones are the operator's. Must never: remove the last valid
// base; rely on a snapshot or a name that power loss could still take back.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/file_system.h"

namespace vivarium {

inline constexpr int kMinRetainedSnapshots = 3;

struct PurgeResult {
  std::vector<std::string> removed;
  std::string problem;  // not empty: it stopped early
};
/// `retain` below kMinRetainedSnapshots counts as that.
PurgeResult purge(FileSystem& fs, const std::string& snapshot_directory, const std::string& log_directory, int retain);

}  // namespace vivarium
