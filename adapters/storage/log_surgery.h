// What an operator may do to logs, and recovery may not: cut history, and rescue records from a damaged file.
//
// Used by vivarium-inspect with the server stopped.
// Must never: run by itself; leave evidence that contradicts the log.
#pragma once

#include <functional>
#include <string>

#include "adapters/storage/log_reader.h"
#include "kernel/base/result.h"

namespace vivarium {

struct SurgeryReport {
  std::uint64_t kept = 0;   // records
  std::uint64_t fixed = 0;  // of those, with a checksum that was computed anew
  std::uint64_t removed_files = 0;
  Zxid last;            // last record kept; zero when none is
  std::string stopped;  // why rescuing ended before the end of the file; empty when it did not
};
using SurgeryResult = Result<SurgeryReport, std::string>;

/// Removes every record behind `zxid` from the logs in `directory` (.../version-2): later files go, the file that holds
/// it is cut, evidence is shortened first. After a crash it can be repeated. Snapshots above `zxid` are the caller's
/// business.
SurgeryResult truncate_logs(FileSystem& fs, const std::string& directory, Zxid zxid, std::size_t max_txn);

/// Copies the records up to and including `zxid` to a new file, as Apache's TxnLogToolkit --chop does.
SurgeryResult chop_log(FileSystem& fs, const std::string& source, const std::string& target, Zxid zxid,
                       std::size_t max_txn);

/// Copies all records to a new file up to the first that cannot be framed. One whose checksum differs is copied with a
/// new checksum when `accept` says so, else left out (TxnLogToolkit --recover).
SurgeryResult rescue_log(FileSystem& fs, const std::string& source, const std::string& target, std::size_t max_txn,
                         const std::function<bool(const LogPlace&)>& accept);

}  // namespace vivarium
