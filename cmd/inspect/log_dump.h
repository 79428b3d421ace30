// `vivarium-inspect log`: every record of one log file, as text like Apache's or as JSON.
#pragma once

#include "cmd/inspect/command.h"

namespace vivarium::inspect {

/// A record whose checksum differs is shown, marked, and passed over; everything else that is wrong ends the dump.
ExitCode dump_log(const Command& command, const std::string& path, bool json);

}  // namespace vivarium::inspect
