#include "adapters/storage/history_truncation.h"

#include <algorithm>

#include "adapters/storage/data_directory.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/log_truncation.h"
#include "adapters/storage/recovery.h"
#include "adapters/storage/repair_mark.h"

namespace vivarium {
namespace {

Failure<std::string> trouble(const std::string& what, const std::string& path, IoError error) {
  return Failure{what + " " + path + ": " + io_error_name(error)};
}

}  // namespace

Result<Done, std::string> remove_snapshots_behind(FileSystem& fs, const std::string& directory, Zxid zxid) {
  const auto files = list_files(fs, directory);
  if (!files) return trouble("cannot read", directory, files.error());
  for (auto snapshot = files->snapshots.rbegin(); snapshot != files->snapshots.rend(); ++snapshot) {
    if (snapshot->zxid <= zxid) break;
    if (const auto removed = fs.unlink(snapshot->path); !removed) {
      return trouble("cannot remove", snapshot->path, removed.error());
    }
    if (const auto synced = fs.sync_directory(directory); !synced) {
      return trouble("cannot sync directory", directory, synced.error());
    }
  }
  return Done{};
}

Result<bool, std::string> truncate_history(FileSystem& fs, const StoreOptions& options, Zxid zxid) {
  const std::string snapshots = snapshot_directory(options);
  const auto marked_before = has_repair_mark(fs, snapshots);
  if (!marked_before) return trouble("cannot read", join_path(snapshots, kRepairMark), marked_before.error());
  // A cut that loses its base may leave an older state that looks whole; so may one that stops half-way, when a
  // snapshot that it takes away came from a leader: the logs do not lead to what was behind it.
  const auto files = list_files(fs, snapshots);
  if (!files) return trouble("cannot read", snapshots, files.error());
  const bool holds_more = std::any_of(files->snapshots.begin(), files->snapshots.end(), [&](const NamedSnapshot& file) {
    return file.zxid > zxid && !leads_to(fs, options, file.zxid, zxid);
  });
  const bool mark = !*marked_before && (holds_more || !leads_to(fs, options, zxid, zxid));
  if (mark) {
    if (const auto marked = set_repair_mark(fs, snapshots); !marked) {
      return trouble("cannot write", join_path(snapshots, kRepairMark), marked.error());
    }
  }
  // Snapshots first: until the logs are cut they still lead to where the snapshots were, or the mark is set.
  if (auto removed = remove_snapshots_behind(fs, snapshots, zxid); !removed) return Failure{removed.error()};
  const auto cut = truncate_logs(fs, log_directory(options), zxid, options.max_txn);
  if (!cut) return Failure{cut.error()};
  const bool whole = recovers_to(fs, options, zxid);
  if (mark && whole) {  // what did not lead there, or hid a hole, is gone with what was cut
    if (const auto cleared = clear_repair_mark(fs, snapshots); !cleared) {
      return trouble("cannot remove", join_path(snapshots, kRepairMark), cleared.error());
    }
  }
  return whole;
}

}  // namespace vivarium
