#include "adapters/storage/initialize_marker.h"

#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

std::string path_of(const StoreOptions& options) { return join_path(marker_directory(options), "initialize"); }

}  // namespace

const std::string& marker_directory(const StoreOptions& options) {
  return options.log_dir.empty() ? options.data_dir : options.log_dir;
}

IoResult<bool> has_initialize_marker(FileSystem& fs, const StoreOptions& options) {
  return is_present(fs, path_of(options));
}

IoResult<Done> remove_initialize_marker(FileSystem& fs, const StoreOptions& options) {
  if (auto removed = remove_if_present(fs, path_of(options)); !removed) return removed;
  return fs.sync_directory(marker_directory(options));
}

}  // namespace vivarium
