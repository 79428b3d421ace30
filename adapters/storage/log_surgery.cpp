#include "adapters/storage/log_surgery.h"

#include <algorithm>

#include "adapters/storage/evidence.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

constexpr std::size_t kFlushAt = 1u << 20;

Failure<std::string> trouble(const std::string& what, const std::string& path, IoError error) {
  return Failure{what + " " + path + ": " + io_error_name(error)};
}

/// A new log file that is written through a buffer.
class LogCopy {
 public:
  static Result<std::unique_ptr<LogCopy>, std::string> create(FileSystem& fs, const std::string& path) {
    auto file = fs.open(path, OpenMode::kCreateNew);
    if (!file) return trouble("cannot create", path, file.error());
    return std::unique_ptr<LogCopy>(new LogCopy(std::move(*file), path));
  }
  Result<Done, std::string> add(std::string_view entry) {
    ByteWriter writer(buffer_);
    encode_log_record(writer, entry);
    return buffer_.size() < kFlushAt ? Done{} : flush();
  }
  Result<Done, std::string> finish() {
    if (auto flushed = flush(); !flushed) return flushed;
    if (const auto synced = file_->sync(); !synced) return trouble("cannot sync", path_, synced.error());
    return Done{};
  }

 private:
  LogCopy(std::unique_ptr<File> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {
    ByteWriter writer(buffer_);
    encode_log_header(writer);
  }
  Result<Done, std::string> flush() {
    if (const auto written = file_->write_at(position_, view(buffer_)); !written) {
      return trouble("cannot write", path_, written.error());
    }
    position_ += buffer_.size();
    buffer_.clear();
    return Done{};
  }

  std::unique_ptr<File> file_;
  std::string path_;
  Vector<char> buffer_;
  std::uint64_t position_ = 0;
};

Result<std::unique_ptr<LogReader>, std::string> open_log(FileSystem& fs, const std::string& path, std::size_t max_txn) {
  auto reader = LogReader::open(fs, path, max_txn);
  if (!reader) return trouble("cannot read", path, reader.error());
  return std::move(*reader);
}

std::string describe(const LogPlace& place) {
  const char* const problem =
      place.kind == LogPlace::Kind::kUnreadable ? "the device reports an error" : log_record_problem(place.status);
  return "offset " + std::to_string(place.offset) + ": " + problem;
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
                                  std::size_t max_txn, SurgeryReport& report) {
  auto reader = open_log(fs, log.path, max_txn);
  if (!reader) return Failure{reader.error()};
  std::uint64_t end = kLogHeaderSize;
  while (true) {
    const LogPlace place = (*reader)->next();
    if (place.kind != LogPlace::Kind::kRecord || place.zxid > zxid) break;
    end = place.end;
    report.last = place.zxid;
    ++report.kept;
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

SurgeryResult truncate_logs(FileSystem& fs, const std::string& directory, Zxid zxid, std::size_t max_txn) {
  const auto files = list_files(fs, directory);
  if (!files) return trouble("cannot read", directory, files.error());
  SurgeryReport report;
  // Newest first, so that no gap is ever left.
  for (auto log = files->logs.rbegin(); log != files->logs.rend(); ++log) {
    if (log->zxid <= zxid) {
      if (auto cut = cut_log(fs, directory, *log, zxid, max_txn, report); !cut) return Failure{cut.error()};
      break;
    }
    if (auto removed = remove_log(fs, directory, *log); !removed) return Failure{removed.error()};
    ++report.removed_files;
  }
  return report;
}

SurgeryResult chop_log(FileSystem& fs, const std::string& source, const std::string& target, Zxid zxid,
                       std::size_t max_txn) {
  auto reader = open_log(fs, source, max_txn);
  if (!reader) return Failure{reader.error()};
  auto copy = LogCopy::create(fs, target);
  if (!copy) return Failure{copy.error()};
  SurgeryReport report;
  while (true) {
    const LogPlace place = (*reader)->next();
    if (place.kind == LogPlace::Kind::kEnd || (place.kind == LogPlace::Kind::kRecord && place.zxid > zxid)) break;
    if (place.kind != LogPlace::Kind::kRecord) {
      report.stopped = describe(place);
      break;
    }
    if (auto added = (*copy)->add(place.entry); !added) return Failure{added.error()};
    ++report.kept;
    report.last = place.zxid;
  }
  if (auto finished = (*copy)->finish(); !finished) return Failure{finished.error()};
  return report;
}

SurgeryResult rescue_log(FileSystem& fs, const std::string& source, const std::string& target, std::size_t max_txn,
                         const std::function<bool(const LogPlace&)>& accept) {
  auto reader = open_log(fs, source, max_txn);
  if (!reader) return Failure{reader.error()};
  auto copy = LogCopy::create(fs, target);
  if (!copy) return Failure{copy.error()};
  SurgeryReport report;
  while (true) {
    const LogPlace place = (*reader)->next();
    if (place.kind == LogPlace::Kind::kEnd) break;
    const bool good = place.kind == LogPlace::Kind::kRecord;
    if (!good && (place.kind != LogPlace::Kind::kBad || place.status != LogRecordStatus::kBadChecksum)) {
      report.stopped = describe(place);
      break;
    }
    if (!good) (*reader)->seek(place.end);
    if (!good && !accept(place)) continue;
    if (auto added = (*copy)->add(place.entry); !added) return Failure{added.error()};
    ++report.kept;
    report.fixed += good ? 0 : 1;
    report.last = place.zxid;
  }
  if (auto finished = (*copy)->finish(); !finished) return Failure{finished.error()};
  return report;
}

}  // namespace vivarium
