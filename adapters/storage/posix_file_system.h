// The FileSystem port over POSIX calls: what production uses.
//
// Must never: retry a failed write or sync, buffer, or hide an error. Interrupted calls are continued. Safe to use
// from several threads at once; one File belongs to one thread at a time.
#pragma once

#include "adapters/storage/file_system.h"

namespace vivarium {

class PosixFileSystem final : public FileSystem {
 public:
  IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<std::vector<std::string>> list(const std::string& directory) override;
  IoResult<Done> create_directories(const std::string& directory) override;
  IoResult<Done> rename(const std::string& from, const std::string& to) override;
  IoResult<Done> unlink(const std::string& path) override;
  IoResult<Done> sync_directory(const std::string& directory) override;
};

}  // namespace vivarium
