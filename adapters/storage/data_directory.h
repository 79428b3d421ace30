// The two data directories: made, checked and swept before anything is read.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/file_system.h"
#include "adapters/storage/store.h"

namespace vivarium {

/// .../version-2 of dataDir and dataLogDir; equal when there is only one.
std::string snapshot_directory(const StoreOptions& options);
std::string log_directory(const StoreOptions& options);

/// Makes the directories when allowed, refuses those that hold the other's kind of file (FileTxnSnapLog) or cannot be
/// written, and removes what an unfinished write left behind.
Result<Done, RecoveryError> prepare_directories(FileSystem& fs, const StoreOptions& options);

}  // namespace vivarium
