#include "adapters/storage/purge.h"

#include <algorithm>

#include "adapters/storage/file_names.h"
#include "adapters/storage/snapshot_file.h"

namespace vivarium {
namespace {

class Purger {
 public:
  Purger(FileSystem& fs, std::string snapshot_directory, std::string log_directory)
      : fs_(fs), snapshot_directory_(std::move(snapshot_directory)), log_directory_(std::move(log_directory)) {}

  PurgeResult run(std::size_t retain) {
    const auto snapshots = list_files(fs_, snapshot_directory_);
    if (!snapshots) return stopped(snapshot_directory_, snapshots.error());
    const auto logs = list_files(fs_, log_directory_);
    if (!logs) return stopped(log_directory_, logs.error());
    if (!may_remove_any(*snapshots, *logs, retain)) return std::move(result_);
    const auto oldest = oldest_kept(snapshots->snapshots, retain);
    if (!oldest || !result_.problem.empty()) return std::move(result_);
    // Snapshots go first: one that is left should not lack its logs.
    if (!remove_below(snapshots->snapshots, *oldest)) return std::move(result_);
    if (!sync(snapshot_directory_)) return std::move(result_);
    const Zxid first_log = first_needed_log(logs->logs, *oldest);
    if (!remove_below(logs->logs, first_log) || !remove_below(logs->evidence, first_log)) return std::move(result_);
    if (!remove_below(logs->superseded, *oldest) || !sync(log_directory_)) return std::move(result_);
    if (log_directory_ == snapshot_directory_ || snapshots->superseded.empty()) return std::move(result_);
    if (remove_below(snapshots->superseded, *oldest)) sync(snapshot_directory_);
    return std::move(result_);
  }

 private:
  PurgeResult stopped(const std::string& path, IoError error) {
    result_.problem = path + ": " + io_error_name(error);
    return std::move(result_);
  }

  /// Whether something could go if every snapshot were good. If not, they need not all be read to know that none may
  /// go.
  static bool may_remove_any(const DirectoryFiles& snapshots, const DirectoryFiles& logs, std::size_t retain) {
    if (snapshots.snapshots.size() < retain) return false;
    const Zxid oldest = snapshots.snapshots[snapshots.snapshots.size() - retain].zxid;
    const Zxid first_log = first_needed_log(logs.logs, oldest);
    return any_below(snapshots.snapshots, oldest) || any_below(logs.logs, first_log) ||
           any_below(logs.evidence, first_log) || any_below(logs.superseded, oldest) ||
           any_below(snapshots.superseded, oldest);
  }

  template <class Named>
  static bool any_below(const std::vector<Named>& files, Zxid bound) {
    return std::any_of(files.begin(), files.end(), [&](const Named& file) { return file.zxid < bound; });
  }

  /// Zxid of the oldest of the `retain` newest valid snapshots, each made durable; nullopt when there are fewer.
  std::optional<Zxid> oldest_kept(const std::vector<NamedSnapshot>& snapshots, std::size_t retain) {
    std::size_t valid = 0;
    for (auto snapshot = snapshots.rbegin(); snapshot != snapshots.rend(); ++snapshot) {
      if (!verify_snapshot(fs_, *snapshot)) continue;
      // Apache does not sync its snapshots.
      const auto file = fs_.open(snapshot->path, OpenMode::kReadWrite);
      if (!file || !(*file)->sync()) {
        result_.problem = "cannot sync " + snapshot->path;
        return std::nullopt;
      }
      if (++valid == retain) return sync(snapshot_directory_) ? std::optional<Zxid>(snapshot->zxid) : std::nullopt;
    }
    return std::nullopt;
  }

  static Zxid first_needed_log(const std::vector<NamedFile>& logs, Zxid snapshot) {
    Zxid first = Zxid{0};
    for (const NamedFile& log : logs) {
      if (log.zxid <= snapshot) first = log.zxid;
    }
    return first;
  }

  template <class Named>
  bool remove_below(const std::vector<Named>& files, Zxid bound) {
    for (const Named& file : files) {
      if (file.zxid >= bound) continue;
      if (const auto removed = fs_.unlink(file.path); !removed) {
        result_.problem = "cannot remove " + file.path + ": " + io_error_name(removed.error());
        return false;
      }
      result_.removed.push_back(file.path);
    }
    return true;
  }

  bool sync(const std::string& directory) {
    const auto synced = fs_.sync_directory(directory);
    if (!synced) result_.problem = "cannot sync " + directory + ": " + io_error_name(synced.error());
    return synced.ok();
  }

  FileSystem& fs_;
  std::string snapshot_directory_, log_directory_;
  PurgeResult result_;
};

}  // namespace

PurgeResult purge(FileSystem& fs, const std::string& snapshot_directory, const std::string& log_directory, int retain) {
  const int kept = std::max(retain, kMinRetainedSnapshots);
  return Purger(fs, snapshot_directory, log_directory).run(static_cast<std::size_t>(kept));
}

}  // namespace vivarium
