// What the server starts from: the newest usable snapshot and every log record above it (protocol.md section 5).
//
// Must never: start with less than what was acknowledged. A snapshot that fails its seals is passed over only when the
// logs reach from an older one up to it; no snapshot with logs is refused unless the operator says otherwise.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/store.h"

namespace vivarium {

/// Prepares the directories, loads, replays, and makes the tail durable. Messages for the operator go to `notes`.
Result<Done, RecoveryError> recover(FileSystem& fs, const StoreOptions& options, RecoveredState& recovered,
                                    std::vector<std::string>& notes);

}  // namespace vivarium
