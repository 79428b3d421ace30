// Cutting history behind a zxid: what a leader may order, and recovery may not do by itself.
//
// Must never: run on a log that is being written; leave evidence that contradicts the log, or a gap, at any moment.
#pragma once

#include <string>

#include "adapters/storage/file_system.h"
#include "kernel/base/result.h"
#include "kernel/base/types.h"

namespace vivarium {

struct TruncationReport {
  std::uint64_t removed_files = 0;
  Zxid last;  // last record of the file that was cut; zero when it holds none, or there is no such file
};

/// Removes every record behind `zxid` from the logs in `directory` (.../version-2): later files go, newest first; the
/// file that holds it is cut; evidence goes or is shortened before its log. Can be repeated after a crash. Snapshots
/// above `zxid` are the caller's business. The error is a sentence for the operator.
Result<TruncationReport, std::string> truncate_logs(FileSystem& fs, const std::string& directory, Zxid zxid,
                                                    std::size_t max_txn);

}  // namespace vivarium
