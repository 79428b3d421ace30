#include "adapters/logging/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <vector>

namespace vivarium {
namespace {

// As Apache's ROLLINGFILE appender: small files, a bounded number of them.
constexpr std::size_t kMaxFileBytes = 10u << 20;
constexpr std::size_t kMaxFiles = 20;
constexpr const char* kPattern = "%Y-%m-%d %H:%M:%S,%e %-7l [%t] %v";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

spdlog::level::level_enum to_spdlog(NoteLevel level) {
  switch (level) {
    case NoteLevel::kDebug:
      return spdlog::level::debug;
    case NoteLevel::kInfo:
      return spdlog::level::info;
    case NoteLevel::kWarning:
      return spdlog::level::warn;
    case NoteLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

spdlog::sink_ptr open_file(const LogTarget& target, std::string& problem) {
  const std::string path = target.directory + "/" + (target.file_name.empty() ? "zookeeper.log" : target.file_name);
  try {
    return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, kMaxFileBytes, kMaxFiles);
  } catch (const spdlog::spdlog_ex& error) {
    problem = "cannot log to " + path + ": " + error.what();
    return nullptr;
  }
}

}  // namespace

LogTarget log_target_from_environment() { return {environment("ZOO_LOG_DIR"), environment("ZOO_LOG_FILE")}; }

void start_log(const LogTarget& target) {
  std::vector<spdlog::sink_ptr> sinks{std::make_shared<spdlog::sinks::stdout_sink_mt>()};
  std::string problem;
  if (!target.directory.empty()) {
    if (spdlog::sink_ptr file = open_file(target, problem)) sinks.push_back(std::move(file));
  }
  auto logger = std::make_shared<spdlog::logger>("vivarium", sinks.begin(), sinks.end());
  logger->set_pattern(kPattern);
  logger->set_level(spdlog::level::info);
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  if (!problem.empty()) log_warning(problem);
}

void log_line(NoteLevel level, std::string_view text) {
  // The text may come from a peer: control characters would forge lines.
  const bool clean = text.find_first_of(std::string_view("\0\r\n\x1b", 4)) == std::string_view::npos;
  if (clean) return spdlog::log(to_spdlog(level), "{}", text);
  std::string safe(text);
  for (char& c : safe) {
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  }
  spdlog::log(to_spdlog(level), "{}", safe);
}

void flush_log() { spdlog::default_logger_raw()->flush(); }

}  // namespace vivarium
