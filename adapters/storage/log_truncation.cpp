#include "adapters/storage/log_truncation.h"

#include "adapters/storage/evidence.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/log_reader.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

Failure<std::string> trouble(const std::string& what, const std::string& path, IoError error) {
  return Failure{what + " " + path + ": " + io_error_name(error)};
}

/// Shortens the evidence of the log `first` to records up to `zxid`, keeping it whole at every moment.
Result<Done, std::string> shorten_evidence(FileSystem& fs, const std::string& directory, Zxid first, Zxid zxid) {
  const std::string name = evidence_name(first);
  const std::string path = join_path(directory, name);
  auto bytes = read_whole_file(fs, path);
  if (!bytes) {
    if (bytes.error() == IoError::kNotFound) return Done{};
    return trouble("cannot read", path, bytes.error());
  }
  const auto evidence = parse_evidence(*bytes, first);
  if (!evidence) {
    const auto removed = remove_if_present(fs, path);
    if (!removed) return trouble("cannot remove", path, removed.error());
    return Done{};
  }
  std::size_t keep = kEvidenceSlot;
  for (std::size_t at = kEvidenceSlot; at + kEvidenceSlot <= bytes->size(); at += kEvidenceSlot) {
    const auto slot = parse_evidence(bytes->substr(0, kEvidenceSlot) + bytes->substr(at, kEvidenceSlot), first);
    if (slot && !slot->entries.empty() && slot->entries.front().zxid <= zxid) keep = at + kEvidenceSlot;
  }
  if (const auto replaced = replace_file(fs, directory, name, std::string_view(*bytes).substr(0, keep)); !replaced) {
    return trouble("cannot replace", path, replaced.error());
  }
  return Done{};
}

Result<Done, std::string> sync_names(FileSystem& fs, const std::string& directory) {
  if (const auto synced = fs.sync_directory(directory); !synced) {
    return trouble("cannot sync directory", directory, synced.error());
  }
  return Done{};
}

Result<Done, std::string> remove_log(FileSystem& fs, const std::string& directory, const NamedFile& log) {
  // Evidence without its log would tell of a lost file, so it goes first.
  for (const std::string& path : {join_path(directory, evidence_name(log.zxid)), log.path}) {
    if (const auto removed = remove_if_present(fs, path); !removed) {
      return trouble("cannot remove", path, removed.error());
    }
    if (auto synced = sync_names(fs, directory); !synced) return synced;
  }
  return Done{};
}

/// Cuts one file behind `zxid`.
Result<Done, std::string> cut_log(FileSystem& fs, const std::string& directory, const NamedFile& log, Zxid zxid,
                                  std::size_t max_txn, TruncationReport& report) {
  auto reader = LogReader::open(fs, log.path, max_txn);
  if (!reader) return trouble("cannot read", log.path, reader.error());
  std::uint64_t end = kLogHeaderSize;
  while (true) {
    const LogPlace place = (*reader)->next();
    if (place.kind != LogPlace::Kind::kRecord || place.zxid > zxid) break;
    end = place.end;
    report.last = place.zxid;
  }
  if (auto shortened = shorten_evidence(fs, directory, log.zxid, zxid); !shortened) return shortened;
  if (auto synced = sync_names(fs, directory); !synced) return synced;
  auto file = fs.open(log.path, OpenMode::kReadWrite);
  if (!file) return trouble("cannot open", log.path, file.error());
  if (const auto cut = (*file)->truncate(end); !cut) return trouble("cannot cut", log.path, cut.error());
  if (const auto synced = (*file)->sync(); !synced) return trouble("cannot sync", log.path, synced.error());
  return Done{};
}

}  // namespace

Result<TruncationReport, std::string> truncate_logs(FileSystem& fs, const std::string& directory, Zxid zxid,
                                                    std::size_t max_txn) {
  const auto files = list_files(fs, directory);
  if (!files) return trouble("cannot read", directory, files.error());
  TruncationReport report;
  // Newest first, so that no gap is ever left.
  for (auto log = files->logs.rbegin(); log != files->logs.rend(); ++log) {
    if (log->zxid <= zxid) {
      if (auto cut = cut_log(fs, directory, *log, zxid, max_txn, report); !cut) return Failure{cut.error()};
      break;
    }
    if (auto removed = remove_log(fs, directory, *log); !removed) return Failure{removed.error()};
    ++report.removed_files;
  }
  bool removed = false;
  for (const NamedFile& evidence : files->evidence) {
    if (evidence.zxid <= zxid) continue;
    removed = true;
    if (const auto gone = remove_if_present(fs, evidence.path); !gone) {
      return trouble("cannot remove", evidence.path, gone.error());
    }
  }
  if (removed) {
    if (auto synced = sync_names(fs, directory); !synced) return Failure{synced.error()};
  }
  return report;
}

}  // namespace vivarium
