// One server per data directory: an advisory lock on a file that Apache ignores, held while the process lives.
#pragma once

#include <string>

#include "adapters/net/unique_fd.h"
#include "kernel/base/result.h"

namespace vivarium {

class DataDirLock {
 public:
  /// The error is a sentence for the operator. `create`: make the directory when it is missing.
  static Result<DataDirLock, std::string> acquire(const std::string& directory, bool create);

 private:
  explicit DataDirLock(UniqueFd file) : file_(std::move(file)) {}
  UniqueFd file_;
};

}  // namespace vivarium
