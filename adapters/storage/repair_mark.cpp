#include "adapters/storage/repair_mark.h"

#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {

IoResult<bool> has_repair_mark(FileSystem& fs, const std::string& directory) {
  return is_present(fs, join_path(directory, kRepairMark));
}

IoResult<Done> set_repair_mark(FileSystem& fs, const std::string& directory) {
  if (auto written = replace_file(fs, directory, kRepairMark, "a leader is repairing this member\n"); !written) {
    return written;
  }
  return fs.sync_directory(directory);
}

IoResult<Done> clear_repair_mark(FileSystem& fs, const std::string& directory) {
  const auto present = has_repair_mark(fs, directory);
  if (!present) return Failure{present.error()};
  if (!*present) return Done{};
  if (auto removed = remove_if_present(fs, join_path(directory, kRepairMark)); !removed) return removed;
  return fs.sync_directory(directory);
}

Result<Done, std::string> lift_repair_mark(FileSystem& fs, const std::string& directory) {
  if (const auto cleared = clear_repair_mark(fs, directory); !cleared) {
    return Failure{"cannot remove " + join_path(directory, kRepairMark) + ": " + io_error_name(cleared.error())};
  }
  return Done{};
}

}  // namespace vivarium
