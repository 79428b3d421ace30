// `vivarium-inspect recover` and `chop`: a part of a log, in a new file beside it.
//
// Must never: write into the input or over any other file; leave an unfinished output behind. The output has no persist
// evidence, and says how to put it in place.
#pragma once

#include "cmd/inspect/command.h"
#include "kernel/base/types.h"

namespace vivarium::inspect {

/// FILE.fixed: the records up to the first damage. With `skip_bad` the intact ones behind it, too: a history with
/// holes.
ExitCode recover_log(const Command& command, const std::string& path, bool skip_bad);
/// FILE.chopped<zxid in decimal>: the records up to and including `zxid`, which must be there.
ExitCode chop_log(const Command& command, const std::string& path, Zxid zxid);

}  // namespace vivarium::inspect
