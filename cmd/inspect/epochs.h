// `vivarium-inspect epochs`: what a member promised, by Apache's file and by our checksummed copy of it.
#pragma once

#include "cmd/inspect/command.h"

namespace vivarium::inspect {

/// `directory` is the one that holds acceptedEpoch (version-2).
ExitCode show_epochs(const Command& command, const std::string& directory);

}  // namespace vivarium::inspect
