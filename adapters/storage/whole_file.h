// Reading, and atomically replacing, small files as a whole.
#pragma once

#include <string>
#include <string_view>

#include "adapters/storage/file_system.h"

namespace vivarium {

IoResult<std::string> read_whole_file(FileSystem& fs, const std::string& path);

/// Writes tmp.<name>, syncs it, renames it over <directory>/<name>. Durable only after sync_directory(directory).
IoResult<Done> replace_file(FileSystem& fs, const std::string& directory, const std::string& name,
                            std::string_view contents);

/// Whether there is such a file, readable or not.
IoResult<bool> is_present(FileSystem& fs, const std::string& path);

/// Removes `path` when it is there.
IoResult<Done> remove_if_present(FileSystem& fs, const std::string& path);

}  // namespace vivarium
