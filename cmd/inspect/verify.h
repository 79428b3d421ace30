// `vivarium-inspect verify`: whether files are whole, and what a server would do with a directory.
//
// The verdicts are those of the server's own code (check_log, load_base, recover), never a second opinion.
// Must never: change a file (recovery runs on a DryRunFileSystem).
#pragma once

#include <string>
#include <vector>

#include "cmd/inspect/command.h"

namespace vivarium::inspect {

/// Each path is a directory (dataDir, or its version-2) or a log, snapshot or evidence file. `log_directory` is
/// dataLogDir when it differs from dataDir; then there is one path.
ExitCode verify(const Command& command, const std::vector<std::string>& paths, const std::string& log_directory);

}  // namespace vivarium::inspect
