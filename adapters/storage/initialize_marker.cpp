#include "adapters/storage/initialize_marker.h"

#include "adapters/storage/file_names.h"
#include "adapters/storage/whole_file.h"

namespace vivarium {
namespace {

const std::string& directory_of(const StoreOptions& options) {
  return options.log_dir.empty() ? options.data_dir : options.log_dir;
}
std::string path_of(const StoreOptions& options) { return join_path(directory_of(options), "initialize"); }

}  // namespace

IoResult<bool> has_initialize_marker(FileSystem& fs, const StoreOptions& options) {
  return is_present(fs, path_of(options));
}

IoResult<Done> remove_initialize_marker(FileSystem& fs, const StoreOptions& options) {
  if (auto removed = remove_if_present(fs, path_of(options)); !removed) return removed;
  return fs.sync_directory(directory_of(options));
}

}  // namespace vivarium
