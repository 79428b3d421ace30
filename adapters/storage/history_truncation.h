// TruncateLog: nothing behind a zxid is left, in logs and snapshots (ZK-1549: a snapshot behind the cut brings it
// back).
//
// Must never: run while a log or a snapshot is being written; leave a directory that looks whole and lacks what was
// acknowledged (what remains then carries the repair mark). Can be repeated after a crash.
#pragma once

#include <string>

#include "adapters/storage/store.h"

namespace vivarium {

/// The value: whether recovery would return exactly `zxid` now. The error is a sentence for the operator.
Result<bool, std::string> truncate_history(FileSystem& fs, const StoreOptions& options, Zxid zxid);

/// Removes every snapshot behind `zxid`, newest first, each durably.
Result<Done, std::string> remove_snapshots_behind(FileSystem& fs, const std::string& directory, Zxid zxid);

}  // namespace vivarium
