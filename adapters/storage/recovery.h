// What the server starts from: the newest usable snapshot and every log record above it (protocol.md section 5).
//
// Must never: start with less than what was acknowledged. A snapshot that fails its seals is passed over only when the
// logs lead past it from an older one; no snapshot with logs is refused unless the operator says otherwise.
//
// A member of an ensemble (StoreOptions::member) starts even so: damage gives the verdict kFaulty and an empty tree,
// and changes nothing on disk; epoch files that are lost or contradict the log give kAmnesia.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/store.h"

namespace vivarium {

/// Prepares the directories, loads, replays, and makes the tail durable. Messages for the operator go to `notes`.
/// `recovered` is fresh.
Result<Done, RecoveryError> recover(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                    std::vector<std::string>& notes);
/// The same while the server runs: nothing is swept, since unfinished files may be another lane's.
Result<Done, RecoveryError> recover_again(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                          std::vector<std::string>& notes);

/// Whether recovery would return at least `zxid`, its record or its snapshot included, from the snapshots up to
/// `newest_base` and the logs. Reads all that recovery would read, and changes nothing.
bool leads_to(FileSystem& fs, const StoreOptions& options, Zxid zxid, Zxid newest_base);
/// Whether recovery would return exactly `zxid`.
bool recovers_to(FileSystem& fs, const StoreOptions& options, Zxid zxid);

}  // namespace vivarium
