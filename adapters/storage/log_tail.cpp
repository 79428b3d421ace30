#include "adapters/storage/log_tail.h"

#include <algorithm>

#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

constexpr std::uint64_t kCopyChunk = 1u << 20;

/// One run of finish_logs. Every step gives the first failure.
class Finisher {
 public:
  Finisher(FileSystem& fs, bool force_sync) : fs_(fs), force_sync_(force_sync) {}

  IoResult<Done> remove_empty(const ReplayedLog& log) {
    // The log first: evidence without its log means a lost file, but only when it has entries, and this one has none.
    if (auto removed = remove_if_present(fs_, log.file.path); !removed) return removed;
    return log.evidence_path.empty() ? IoResult<Done>(Done{}) : remove_if_present(fs_, log.evidence_path);
  }

  /// A file of Apache's that is not the newest: its records may be in the page cache only.
  IoResult<Done> sync_file(const std::string& path) {
    if (!force_sync_) return Done{};
    auto file = fs_.open(path, OpenMode::kReadWrite);
    if (!file) return Failure{file.error()};
    return (*file)->sync();
  }

  IoResult<Done> finish_newest(const ReplayedLog& log) {
    const LogCheck& check = log.check;
    const std::uint64_t certain = check.has_evidence ? check.evidence_end : 0;
    auto file = fs_.open(log.file.path, OpenMode::kReadWrite);
    if (!file) return Failure{file.error()};
    // Even when nothing follows: an earlier start may have cut it, failed to sync the cut, and left it in the cache
    // only.
    if (auto done = (*file)->truncate(check.good_end); !done) return done;
    if (!force_sync_) return Done{};
    if (auto done = write_again(**file, certain, check.good_end); !done) return done;
    if (auto done = (*file)->sync(); !done) return done;
    return check.has_evidence ? complete_evidence(log) : IoResult<Done>(Done{});
  }

 private:
  static IoResult<Done> write_again(File& file, std::uint64_t from, std::uint64_t to) {
    std::string bytes;
    while (from < to) {
      const std::uint64_t size = std::min(kCopyChunk, to - from);
      if (auto done = file.read_at(from, static_cast<std::size_t>(size), bytes); !done) return done;
      if (bytes.size() != size) return Failure{IoError::kIo};
      if (auto done = file.write_at(from, bytes); !done) return done;
      from += size;
    }
    return Done{};
  }

  IoResult<Done> complete_evidence(const ReplayedLog& log) {
    if (log.check.unevidenced.empty()) return Done{};
    auto writer = EvidenceWriter::reopen(fs_, log.evidence_path, log.file.zxid, log.check.evidence_next);
    if (!writer) return Failure{writer.error()};
    for (const EvidenceEntry& entry : log.check.unevidenced) (*writer)->add(entry);
    return (*writer)->sync();
  }

  FileSystem& fs_;
  bool force_sync_;
};

RecoveryError io_failure(const std::string& what, const std::string& path, IoError error) {
  return {RecoveryError::Kind::kIo, what + " " + path + ": " + io_error_name(error)};
}

bool has_log(const DirectoryFiles& files, Zxid zxid) {
  return std::any_of(files.logs.begin(), files.logs.end(), [&](const NamedFile& log) { return log.zxid == zxid; });
}

}  // namespace

Result<Done, RecoveryError> finish_logs(FileSystem& fs, const std::string& directory, const Replay& replay,
                                        const DirectoryFiles& files, bool force_sync, std::vector<std::string>& notes) {
  Finisher finisher(fs, force_sync);
  for (std::size_t i = 0; i < replay.logs.size(); ++i) {
    const ReplayedLog& log = replay.logs[i];
    const bool newest = i + 1 == replay.logs.size();
    IoResult<Done> done = Done{};
    if (newest && log.check.verdict == LogCheck::Verdict::kEmpty) {
      notes.push_back("log " + log.file.path + " holds no record and is removed");
      done = finisher.remove_empty(log);
    } else if (newest) {
      done = finisher.finish_newest(log);
    } else if (!log.check.has_evidence) {
      done = finisher.sync_file(log.file.path);
    }
    if (!done) return Failure{io_failure("cannot make the end of the log durable:", log.file.path, done.error())};
  }
  // Evidence without entries and without a log: its name may be needed again. (With entries it was judged before.)
  for (const NamedFile& evidence : files.evidence) {
    if (has_log(files, evidence.zxid) || evidence.zxid <= replay.last) continue;
    if (const auto removed = remove_if_present(fs, evidence.path); !removed) {
      return Failure{io_failure("cannot remove", evidence.path, removed.error())};
    }
  }
  if (const auto synced = fs.sync_directory(directory); !synced) {
    return Failure{io_failure("cannot sync directory", directory, synced.error())};
  }
  return Done{};
}

}  // namespace vivarium
