// How a leader brings a learner level: nothing, DIFF, TRUNC and DIFF, or SNAP (LearnerHandler.syncFollower;
// protocol.md 7.3).
//
// A pure function of where the learner's log ends and of what the leader holds. Must never: leave a learner with a txn
// that the leader's history lacks (Z5, ZK-1154), or skip one that it has (Z7).
#pragma once

#include <cstdint>

#include "kernel/base/types.h"
#include "kernel/zab/committed_log.h"

namespace vivarium {

struct SyncPlan {
  enum class Method : std::uint8_t {
    kDiff,         // keep everything; then the window from `first`
    kTrunc,        // cut behind `zxid`; then the window from `first`
    kSnap,         // throw everything away; a snapshot at the leader's last applied zxid
    kDiffFromLog,  // the window begins too late: try the log on disk behind `zxid`, and fall back to kSnap
  } method = Method::kSnap;
  Zxid zxid;              // of the DIFF, TRUNC or SNAP packet
  std::size_t first = 0;  // index in the window of the first txn to send
};

/// `peer`: the zxid of the learner's ACKEPOCH. `applied`: the leader's last applied (= committed) zxid, which is the
/// window's last when it is not empty. `log_reaches_back`: the log on disk may be asked.
SyncPlan plan_sync(Zxid peer, const CommittedLog& window, Zxid applied, bool log_reaches_back);

}  // namespace vivarium
