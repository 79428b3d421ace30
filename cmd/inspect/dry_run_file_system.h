// A FileSystem that reads what is there and only notes what would be changed.
//
// It lets `verify` run the server's own recovery and say what it would do. Must never: change anything. What it is told
// to write is not there when it is read back: recovery changes files only after it has read them.
#pragma once

#include <string>
#include <vector>

#include "adapters/storage/file_system.h"

namespace vivarium::inspect {

class DryRunFileSystem final : public FileSystem {
 public:
  explicit DryRunFileSystem(FileSystem& base) : base_(base) {}

  IoResult<std::unique_ptr<File>> open(const std::string& path, OpenMode mode) override;
  IoResult<std::vector<std::string>> list(const std::string& directory) override { return base_.list(directory); }
  IoResult<Done> create_directories(const std::string& directory) override;
  IoResult<Done> rename(const std::string& from, const std::string& to) override;
  IoResult<Done> unlink(const std::string& path) override;
  IoResult<Done> sync_directory(const std::string&) override { return Done{}; }

  /// In order: "cut FILE to N bytes", "remove FILE".
  const std::vector<std::string>& changes() const { return changes_; }

 private:
  FileSystem& base_;
  std::vector<std::string> changes_;
};

}  // namespace vivarium::inspect
