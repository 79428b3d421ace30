#include "adapters/storage/history_reset.h"

#include <algorithm>
#include <optional>

#include "adapters/storage/data_directory.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/history_truncation.h"
#include "adapters/storage/log_check.h"
#include "adapters/storage/log_truncation.h"
#include "adapters/storage/recovery.h"
#include "adapters/storage/repair_mark.h"
#include "adapters/storage/snapshot_file.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

/// One log file as the reset sees it.
struct OldLog {
  NamedFile file;
  bool damaged = false;
  bool connected = false;  // an unbroken row of files leads from here to the snapshot
  std::uint64_t records = 0;
  Zxid last_kept;  // the largest zxid that is not behind the snapshot
};

class Reset {
 public:
  Reset(FileSystem& fs, const StoreOptions& options, Zxid snapshot)
      : fs_(fs),
        options_(options),
        snapshot_(snapshot),
        log_directory_(log_directory(options)),
        snapshot_directory_(snapshot_directory(options)) {}

  Result<HistoryReset, std::string> run(bool faulty) {
    auto files = list_files(fs_, log_directory_);
    if (!files) return trouble("cannot read", log_directory_, files.error());
    auto bases = list_files(fs_, snapshot_directory_);
    if (!bases) return trouble("cannot read", snapshot_directory_, bases.error());
    if (!holds_snapshot(bases->snapshots)) return std::move(report_);
    judge(*files);
    const bool damaged = std::any_of(logs_.begin(), logs_.end(), [](const OldLog& log) { return log.damaged; });
    // Newer snapshots go before the logs behind them. What is left meanwhile may look whole, and lack what only those
    // held.
    const bool goes_back = std::any_of(bases->snapshots.begin(), bases->snapshots.end(),
                                       [&](const NamedSnapshot& file) { return file.zxid > snapshot_; });
    const auto marked_before = has_repair_mark(fs_, snapshot_directory_);
    if (!marked_before)
      return trouble("cannot read", join_path(snapshot_directory_, kRepairMark), marked_before.error());
    const bool mark = (faulty || damaged || goes_back) && !*marked_before;
    if (mark) {
      if (const auto marked = set_repair_mark(fs_, snapshot_directory_); !marked) {
        return trouble("cannot write", join_path(snapshot_directory_, kRepairMark), marked.error());
      }
    }
    if (auto done = move_snapshots(bases->snapshots); !done) return Failure{done.error()};
    if (auto done = move_logs(); !done) return Failure{done.error()};
    if (auto done = move_lost_evidence(); !done) return Failure{done.error()};
    const auto cut = truncate_logs(fs_, log_directory_, snapshot_, options_.max_txn);
    if (!cut) return Failure{cut.error()};
    report_.whole = recovers_to(fs_, options_, snapshot_);
    if (mark && report_.whole && !faulty && !damaged) {
      if (const auto cleared = clear_repair_mark(fs_, snapshot_directory_); !cleared) {
        return trouble("cannot remove", join_path(snapshot_directory_, kRepairMark), cleared.error());
      }
    }
    return std::move(report_);
  }

 private:
  using Step = Result<Done, std::string>;

  static Failure<std::string> trouble(const std::string& what, const std::string& path, IoError error) {
    return Failure{what + " " + path + ": " + io_error_name(error)};
  }

  bool holds_snapshot(const std::vector<NamedSnapshot>& snapshots) {
    for (const NamedSnapshot& file : snapshots) {
      if (file.zxid == snapshot_ && verify_snapshot(fs_, file)) return true;
    }
    report_.notes.push_back("there is no usable snapshot of zxid 0x" + hex(snapshot_) + ": the log is left as it is");
    return false;
  }

  // ---- judging ------------------------------------------------------------------------------------------------------

  void judge(const DirectoryFiles& files) {
    for (std::size_t i = 0; i < files.logs.size(); ++i) logs_.push_back(judge_one(files, i));
    // From the snapshot back, as long as each file ends where the next one begins.
    std::optional<Zxid> next;
    for (auto log = logs_.rbegin(); log != logs_.rend(); ++log) {
      if (log->file.zxid > snapshot_) continue;
      const bool leads = next ? zxid_follows(log->last_kept, *next) : log->last_kept == snapshot_;
      if (log->damaged || log->records == 0 || !leads) break;
      log->connected = true;
      next = log->file.zxid;
    }
    connected_from_ = next;
  }

  OldLog judge_one(const DirectoryFiles& files, std::size_t index) {
    OldLog log;
    log.file = files.logs[index];
    const auto evidence = read_evidence(fs_, join_path(log_directory_, evidence_name(log.file.zxid)), log.file.zxid);
    LogCheckRequest request;
    request.path = log.file.path;
    request.first = log.file.zxid;
    if (evidence && *evidence) request.evidence = &**evidence;
    request.newest = index + 1 == files.logs.size();
    request.max_txn = options_.max_txn;
    ZxidChain chain(std::nullopt);
    const LogCheck check = check_log(fs_, request, chain, [&](const LogPlace& place) {
      if (place.zxid <= snapshot_) log.last_kept = place.zxid;
    });
    log.records = check.records;
    log.damaged = check.verdict == LogCheck::Verdict::kDamaged;
    return log;
  }

  // ---- moving -------------------------------------------------------------------------------------------------------

  Step move_snapshots(const std::vector<NamedSnapshot>& snapshots) {
    for (auto file = snapshots.rbegin(); file != snapshots.rend(); ++file) {
      if (file->zxid == snapshot_) continue;
      const bool above = file->zxid > snapshot_;
      const bool connected =
          connected_from_ && (file->zxid >= *connected_from_ || file->zxid.next() == *connected_from_);
      Step done = Done{};
      if ((above || connected) && !verify_snapshot(fs_, *file)) {
        done = set_aside(snapshot_directory_, file->path, kDamagedSuffix);
      } else if (!above && !connected) {
        done = set_aside(snapshot_directory_, file->path, kSupersededSuffix);
      }
      if (!done) return done;
    }
    return remove_snapshots_behind(fs_, snapshot_directory_, snapshot_);
  }

  /// Newest first. A log goes before its evidence: without it, damage might pass as a torn tail. What is intact and
  /// behind the snapshot is left to the cut.
  Step move_logs() {
    for (auto log = logs_.rbegin(); log != logs_.rend(); ++log) {
      const bool behind = log->file.zxid > snapshot_;
      if (!log->damaged && (log->connected || behind)) continue;
      const char* const suffix = log->damaged ? kDamagedSuffix : kSupersededSuffix;
      if (auto done = set_aside(log_directory_, log->file.path, suffix); !done) return done;
      const std::string evidence = join_path(log_directory_, evidence_name(log->file.zxid));
      const auto present = is_present(fs_, evidence);
      if (!present) return trouble("cannot read", evidence, present.error());
      if (!*present) continue;
      if (auto done = set_aside(log_directory_, evidence, suffix); !done) return done;
    }
    return Done{};
  }

  /// Evidence of logs that are gone.
  Step move_lost_evidence() {
    const auto files = list_files(fs_, log_directory_);
    if (!files) return trouble("cannot read", log_directory_, files.error());
    for (const NamedFile& evidence : files->evidence) {
      const bool has_log = std::any_of(files->logs.begin(), files->logs.end(),
                                       [&](const NamedFile& log) { return log.zxid == evidence.zxid; });
      if (has_log) continue;
      if (auto done = set_aside(log_directory_, evidence.path, kDamagedSuffix); !done) return done;
    }
    return Done{};
  }

  /// Renames durably to the first free of <path><suffix>, <path><suffix>.2, ...
  Step set_aside(const std::string& directory, const std::string& path, const char* suffix) {
    std::string name = path + suffix;
    for (int number = 2;; ++number) {
      const auto taken = is_present(fs_, name);
      if (!taken) return trouble("cannot read", name, taken.error());
      if (!*taken) break;
      name = path + suffix + "." + std::to_string(number);
    }
    if (const auto renamed = fs_.rename(path, name); !renamed) return trouble("cannot rename", path, renamed.error());
    if (const auto synced = fs_.sync_directory(directory); !synced) {
      return trouble("cannot sync directory", directory, synced.error());
    }
    report_.notes.push_back(path + " is set aside as " + name + ": the snapshot of zxid 0x" + hex(snapshot_) +
                            " takes its place");
    return Done{};
  }

  FileSystem& fs_;
  const StoreOptions& options_;
  Zxid snapshot_;
  std::string log_directory_, snapshot_directory_;
  std::vector<OldLog> logs_;            // oldest first
  std::optional<Zxid> connected_from_;  // the first zxid of the oldest connected log
  HistoryReset report_;
};

}  // namespace

Result<HistoryReset, std::string> reset_history(FileSystem& fs, const StoreOptions& options, Zxid snapshot,
                                                bool faulty) {
  return Reset(fs, options, snapshot).run(faulty);
}

}  // namespace vivarium
