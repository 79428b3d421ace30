// Verdicts on single files, one line or a few for each.
#pragma once

#include <optional>

#include "adapters/storage/file_names.h"
#include "adapters/storage/log_check.h"
#include "cmd/inspect/command.h"

namespace vivarium::inspect {

/// All of these give false when the file is damaged, and say on the output what was found.
struct LogToVerify {
  NamedFile file;
  std::string evidence_path;  // empty: none
  bool newest = false;
};
bool verify_log(const Command& command, const LogToVerify& log, ZxidChain& chain);
bool verify_snapshot_file(const Command& command, const NamedSnapshot& snapshot);
/// `has_log`: a log file of this name is beside it.
bool verify_evidence(const Command& command, const NamedFile& file, bool has_log);

}  // namespace vivarium::inspect
