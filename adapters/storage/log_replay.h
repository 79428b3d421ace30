// Replaying logs over a base: every record above it, in order, none left out.
//
// Must never: skip a record, a file or a gap; change the disk (recovery finishes the tail afterwards).
// Invariants: Z7, Z15, D2 (correctness.md section 1).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "adapters/storage/base_snapshot.h"
#include "adapters/storage/file_names.h"
#include "adapters/storage/log_check.h"
#include "adapters/storage/store.h"

namespace vivarium {

/// What was found out about one log file.
struct ReplayedLog {
  NamedFile file;
  std::string evidence_path;  // empty: there is none. Whether it can be used: check.has_evidence
  LogCheck check;
};

struct ReplayRequest {
  DirectoryFiles files;  // of the log directory
  std::optional<Zxid> base;
  std::optional<ExpectedDigest> digest;
  std::vector<Zxid> passed_over;  // bad snapshots above the base
  std::size_t max_txn = 0;
  ServerId my_id;
  bool dry = false;        // look at everything, apply nothing
  std::size_t recent = 0;  // how many of the last places are wanted
};

/// Where a replayed record stands.
struct ReplayedPlace {
  std::size_t log = 0;  // index in Replay::logs
  std::uint64_t offset = 0;
};

struct Replay {
  std::vector<ReplayedLog> logs;
  std::uint64_t txns = 0;
  std::uint64_t digest_mismatches = 0;
  Zxid last;
  std::vector<Zxid> passed_over;      // those of the request whose own record was seen: the logs lead past them
  std::vector<ReplayedPlace> recent;  // oldest first
};

/// Applies to `recovered` (tree, sessions, max_session_id). Messages for the operator go to `notes`.
Result<Replay, RecoveryError> replay_logs(FileSystem& fs, const ReplayRequest& request, RecoveredState& recovered,
                                          std::vector<std::string>& notes);

/// Copies the records at `replay.recent` into `log`. Leaves it empty when one of them cannot be read again.
void read_recent(FileSystem& fs, const Replay& replay, std::size_t max_txn, CommittedLog& log);

/// The larger of two session ids, when `id` was given out by `server`.
SessionId later_session_of(ServerId server, SessionId known, SessionId id);

}  // namespace vivarium
