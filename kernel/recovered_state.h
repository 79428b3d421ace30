// What recovery read from disk, handed to the kernel at boot, before the kernel judges it.
#pragma once

#include <optional>

#include "kernel/base/containers.h"
#include "kernel/base/types.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/zab/committed_log.h"

namespace vivarium {

/// How much of the disk can be believed (correctness.md 4.2, rule 2).
enum class RecoveryVerdict {
  kFresh,   // no snapshot and no log: an empty server
  kIntact,  // every record up to last_zxid was read and checked
  kTorn,    // as kIntact, after dropping an unsynced torn tail
  kFaulty,  // known entries are damaged: a lone server refuses, a member is repaired from the quorum. The tree is empty
  // As kIntact, but an epoch file is lost, or contradicts the log, or a repair by a leader was not completed: may not
  // vote (ensemble) before EpochDurable of a pair accepted == current, written when a leader has synced us.
  kAmnesia,
};

struct RecoveredState {
  DataTree tree;
  SessionTable sessions;
  RecoveryVerdict verdict = RecoveryVerdict::kFresh;
  Zxid last_zxid;      // last applied or logged zxid
  Zxid snapshot_zxid;  // name of the snapshot that recovery started from
  std::int64_t txns_since_snapshot = 0;
  std::uint64_t digest_mismatches = 0;  // replayed txns (or the snapshot) that carry another tree digest than ours
  SessionId max_session_id;             // largest id seen in snapshot and log whose top byte is ours, else 0
  WallTime newest_time;                 // of the txns that were replayed and of the nodes' mtime
  // Both absent, and neither kAmnesia nor kFaulty: a directory that was never a member's. With these verdicts one or
  // both may be absent or too small.
  std::optional<Epoch> accepted_epoch, current_epoch;
  bool may_bootstrap = false;   // kFresh: the operator's `initialize` marker says that this server is meant to be new
  CommittedLog recent;          // the last records that were replayed, for learners that are a little behind
  bool needs_snapshot = false;  // fresh directory, or the log was long: write one soon
};

}  // namespace vivarium
