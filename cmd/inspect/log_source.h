// Opening a transaction log for the commands that walk one.
#pragma once

#include <memory>
#include <optional>

#include "adapters/storage/log_reader.h"
#include "cmd/inspect/command.h"

namespace vivarium::inspect {

struct LogSource {
  std::unique_ptr<LogReader> reader;
  std::int64_t dbid = 0;
  std::int32_t version = 0;
  /// As Apache's tools begin their output.
  std::string title() const;
};
/// On failure `status` says how the command ends; the complaint has been made.
std::optional<LogSource> open_log(const Command& command, const std::string& path, ExitCode& status);

/// Complains about what stands at a place that is no record. False: nothing is wrong, the records end there.
bool complain_about_end(const Command& command, const std::string& path, LogReader& reader, const LogPlace& place);

}  // namespace vivarium::inspect
