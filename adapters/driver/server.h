// A whole server from its configuration: lock, recover, listen, serve until halted.
#pragma once

#include "adapters/config/server_config.h"

namespace vivarium {

/// The process's exit code. Expects the log to be started; signals SIGTERM and SIGINT are taken over.
int run_server(const ServerConfig& config);

}  // namespace vivarium
