// Names of the files in version-2, and what a directory holds.
//
// Apache reads log.<zxid hex> and snapshot.<zxid hex>[.gz|.snappy]. Ours besides: evidence.<zxid hex> beside each log
// (Apache ignores other prefixes), tmp.<name> for files that are not finished, and <name>.damaged or <name>.superseded
// for files that were set aside when a leader's snapshot took their place.
// Must never: take a name for a log or a snapshot that Apache would not write itself (log.5.bak).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/storage/file_system.h"
#include "kernel/base/types.h"

namespace vivarium {

enum class Compression { kNone, kGzip, kSnappy };
/// "", "gz", "snappy"; nullopt for anything else.
std::optional<Compression> parse_compression(std::string_view name);

std::string hex(Zxid zxid);  // lower case, no prefix
std::string log_name(Zxid first);
std::string evidence_name(Zxid first);
std::string snapshot_name(Zxid zxid, Compression compression = Compression::kNone);
std::string temporary_name(const std::string& name);
inline constexpr const char* kDamagedSuffix = ".damaged";
inline constexpr const char* kSupersededSuffix = ".superseded";
std::string join_path(const std::string& directory, const std::string& name);
/// <directory>/version-2
std::string version_directory(const std::string& directory);

std::optional<Zxid> parse_log_name(std::string_view name);
std::optional<Zxid> parse_evidence_name(std::string_view name);
struct SnapshotName {
  Zxid zxid;
  Compression compression = Compression::kNone;
};
std::optional<SnapshotName> parse_snapshot_name(std::string_view name);

struct NamedFile {
  Zxid zxid;
  std::string path;
};
struct NamedSnapshot {
  Zxid zxid;
  Compression compression = Compression::kNone;
  std::string path;
};
/// Files by kind, oldest first.
struct DirectoryFiles {
  std::vector<NamedFile> logs, evidence;
  std::vector<NamedSnapshot> snapshots;
  std::vector<std::string> temporary;  // paths
  std::vector<NamedFile> superseded;   // of any kind
};
IoResult<DirectoryFiles> list_files(FileSystem& fs, const std::string& directory);

/// Index of the log file that holds the record after `zxid`, or the first one when all begin later: the largest name
/// that is at most zxid + 1. Precondition: not empty.
std::size_t log_index_for(const std::vector<NamedFile>& logs, Zxid zxid);

}  // namespace vivarium
