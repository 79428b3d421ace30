// After replay: making the newest log's tail as durable as recovery is about to claim.
//
// What was read from the page cache may never have reached the disk (a killed process, a failed sync that lied), so
// records without evidence are written again and synced; what is torn is cut off and the cut synced, before anything is
// appended anywhere. Names are made durable. Safe to repeat after a crash at any point.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/log_replay.h"

namespace vivarium {

Result<Done, RecoveryError> finish_logs(FileSystem& fs, const std::string& directory, const Replay& replay,
                                        const DirectoryFiles& files, bool force_sync, std::vector<std::string>& notes);

}  // namespace vivarium
