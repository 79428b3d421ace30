// What every command of vivarium-inspect is given, and what it gives back.
#pragma once

#include <ostream>
#include <string>

#include "adapters/storage/file_system.h"

namespace vivarium::inspect {

enum ExitCode : int { kIntact = 0, kDamaged = 1, kUsage = 2 };

struct Command {
  FileSystem& fs;
  std::ostream& out;
  std::ostream& err;
  std::size_t max_txn = 2 * 0xfffff;  // the server's bound on a record, from jute.maxbuffer

  /// "FILE: offset N: what" on the error stream.
  void complain(const std::string& path, std::uint64_t offset, const std::string& what) const {
    err << path << ": offset " << offset << ": " << what << '\n';
  }
};

}  // namespace vivarium::inspect
