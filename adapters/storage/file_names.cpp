#include "adapters/storage/file_names.h"

#include <algorithm>
#include <charconv>

namespace vivarium {
namespace {

constexpr std::string_view kLogPrefix = "log.";
constexpr std::string_view kEvidencePrefix = "evidence.";
constexpr std::string_view kSnapshotPrefix = "snapshot.";
constexpr std::string_view kTemporaryPrefix = "tmp.";

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

/// Canonical hex only, so that one zxid has one name.
std::optional<Zxid> parse_hex(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  if (hex(Zxid{value}) != digits) return std::nullopt;
  return Zxid{value};
}

std::optional<Zxid> parse_prefixed(std::string_view name, std::string_view prefix) {
  if (!starts_with(name, prefix)) return std::nullopt;
  return parse_hex(name.substr(prefix.size()));
}

/// Of a file of any kind that was set aside as superseded (then perhaps a number, when the name was taken).
std::optional<Zxid> parse_superseded(std::string_view name) {
  const std::size_t suffix = name.rfind(kSupersededSuffix);
  if (suffix == std::string_view::npos) return std::nullopt;
  const std::string_view old_name = name.substr(0, suffix);
  if (const auto zxid = parse_log_name(old_name)) return zxid;
  if (const auto zxid = parse_evidence_name(old_name)) return zxid;
  if (const auto snapshot = parse_snapshot_name(old_name)) return snapshot->zxid;
  return std::nullopt;
}

template <class T>
void sort_by_zxid(std::vector<T>& files) {
  std::sort(files.begin(), files.end(),
            [](const T& a, const T& b) { return a.zxid != b.zxid ? a.zxid < b.zxid : a.path < b.path; });
}

}  // namespace

std::optional<Compression> parse_compression(std::string_view name) {
  if (name.empty()) return Compression::kNone;
  if (name == "gz") return Compression::kGzip;
  if (name == "snappy") return Compression::kSnappy;
  return std::nullopt;
}

std::string hex(Zxid zxid) {
  char digits[16];
  const auto result = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(zxid.value), 16);
  return std::string(digits, result.ptr);
}

std::string log_name(Zxid first) { return std::string(kLogPrefix) + hex(first); }
std::string evidence_name(Zxid first) { return std::string(kEvidencePrefix) + hex(first); }
std::string temporary_name(const std::string& name) { return std::string(kTemporaryPrefix) + name; }

std::string snapshot_name(Zxid zxid, Compression compression) {
  const char* const extension = compression == Compression::kGzip     ? ".gz"
                                : compression == Compression::kSnappy ? ".snappy"
                                                                      : "";
  return std::string(kSnapshotPrefix) + hex(zxid) + extension;
}

std::string join_path(const std::string& directory, const std::string& name) { return directory + "/" + name; }
std::string version_directory(const std::string& directory) { return join_path(directory, "version-2"); }

std::optional<Zxid> parse_log_name(std::string_view name) { return parse_prefixed(name, kLogPrefix); }
std::optional<Zxid> parse_evidence_name(std::string_view name) { return parse_prefixed(name, kEvidencePrefix); }

std::optional<SnapshotName> parse_snapshot_name(std::string_view name) {
  if (!starts_with(name, kSnapshotPrefix)) return std::nullopt;
  std::string_view digits = name.substr(kSnapshotPrefix.size());
  SnapshotName parsed;
  const std::size_t dot = digits.find('.');
  if (dot != std::string_view::npos) {
    const auto compression = parse_compression(digits.substr(dot + 1));
    if (!compression || *compression == Compression::kNone) return std::nullopt;
    parsed.compression = *compression;
    digits = digits.substr(0, dot);
  }
  const auto zxid = parse_hex(digits);
  if (!zxid) return std::nullopt;
  parsed.zxid = *zxid;
  return parsed;
}

IoResult<DirectoryFiles> list_files(FileSystem& fs, const std::string& directory) {
  const auto names = fs.list(directory);
  if (!names) return Failure{names.error()};
  DirectoryFiles files;
  for (const std::string& name : *names) {
    const std::string path = join_path(directory, name);
    if (starts_with(name, kTemporaryPrefix)) files.temporary.push_back(path);
    if (const auto zxid = parse_log_name(name)) files.logs.push_back({*zxid, path});
    if (const auto zxid = parse_evidence_name(name)) files.evidence.push_back({*zxid, path});
    if (const auto zxid = parse_superseded(name)) files.superseded.push_back({*zxid, path});
    if (const auto parsed = parse_snapshot_name(name)) {
      files.snapshots.push_back({parsed->zxid, parsed->compression, path});
    }
  }
  sort_by_zxid(files.logs);
  sort_by_zxid(files.evidence);
  sort_by_zxid(files.snapshots);
  sort_by_zxid(files.superseded);
  return files;
}

std::size_t log_index_for(const std::vector<NamedFile>& logs, Zxid zxid) {
  KASSERT(!logs.empty());
  std::size_t index = 0;
  while (index + 1 < logs.size() && logs[index + 1].zxid <= zxid.next()) ++index;
  return index;
}

}  // namespace vivarium
