// <dataLogDir>/initialize: the operator's word that an empty directory is meant to be a new server, not one that lost
// its data (ZK-261). Apache takes it away at the next start.
//
// Must never: be taken away before what it allowed is durable.
#pragma once

#include "adapters/storage/store.h"

namespace vivarium {

const std::string& marker_directory(const StoreOptions& options);
IoResult<bool> has_initialize_marker(FileSystem& fs, const StoreOptions& options);
/// Durable when it returns.
IoResult<Done> remove_initialize_marker(FileSystem& fs, const StoreOptions& options);

}  // namespace vivarium
