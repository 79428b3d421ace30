// The server's log: lines for an operator, on the console and, when ZOO_LOG_DIR is set, in a file. The only user of
// spdlog.
//
// Must never: decide anything. Lines are whole sentences with the names and numbers that the operator needs.
#pragma once

#include <string>
#include <string_view>

#include "kernel/effect.h"

namespace vivarium {

struct LogTarget {
  std::string directory;  // ZOO_LOG_DIR; "" is console only
  std::string file_name;  // ZOO_LOG_FILE; "" is zookeeper.log
};
/// From the environment, as zkServer.sh exports it.
LogTarget log_target_from_environment();

/// Called once, before any other thread runs. An unusable directory is reported on the console and is not fatal.
void start_log(const LogTarget& target);
void log_line(NoteLevel level, std::string_view text);
inline void log_debug(std::string_view text) { log_line(NoteLevel::kDebug, text); }
inline void log_info(std::string_view text) { log_line(NoteLevel::kInfo, text); }
inline void log_warning(std::string_view text) { log_line(NoteLevel::kWarning, text); }
inline void log_error(std::string_view text) { log_line(NoteLevel::kError, text); }
/// Everything that was logged has reached the console and the file.
void flush_log();

}  // namespace vivarium
