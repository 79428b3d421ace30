// The table of protocol.md 7.3, and why each line of it is right.
//
// What the plan relies on, with H the leader's history and L the learner's log:
//   (a) counters of an epoch begin at 1 and have no gap, and epochs only grow, in H and in L;
//   (b) whoever holds a txn holds what its leader had in front of it: a zxid in both H and L means equal logs up to it;
//   (c) a learner ends at a zxid with counter 0 only if that epoch was established with it, and L is then what the
//       epoch began with, which every later H begins with, too.
// From (a) and (b): when L ends in epoch e and H has a txn of e in front of L's end, L holds that txn as well, so
// cutting L behind H's last txn in front of L's end leaves a beginning of H.
//
// Where Apache (LearnerHandler.syncFollower, queueCommittedProposals) is looser:
//   * It truncates a learner that is ahead whatever its epoch. When L ends in a later epoch than H, nothing says that L
//     holds all of H: that would rest on the election alone. Such a learner gets a snapshot.
//   * For peer > max with counter 0, too, it ends with SNAP, but by way of an "unhandled scenario".
//   * A negative zxid (a learner that does not know what it has) is compared like any other; here it means a snapshot.
#include "kernel/zab/sync_plan.h"

#include "kernel/base/assert.h"

namespace vivarium {

namespace {

SyncPlan snapshot(Zxid applied) { return {SyncPlan::Method::kSnap, applied, 0}; }

/// `window` does not hold `peer`, but has entries on both sides of it.
SyncPlan plan_inside(Zxid peer, const CommittedLog& window, Zxid applied) {
  const std::size_t first = window.first_after(peer);
  KASSERT(first > 0);
  const Zxid previous = window[first - 1].zxid;
  KASSERT(previous < peer);
  if (peer.counter() == 0) return {SyncPlan::Method::kDiff, window.max(), first};  // (c)
  if (previous.epoch() == peer.epoch()) return {SyncPlan::Method::kTrunc, previous, first};
  return snapshot(applied);
}

}  // namespace

SyncPlan plan_sync(Zxid peer, const CommittedLog& window, Zxid applied, bool log_reaches_back) {
  KASSERT(applied >= Zxid{0});
  KIMPLIES(!window.empty(), applied >= window.max());
  if (peer < Zxid{0}) return snapshot(applied);
  if (peer == applied) return {SyncPlan::Method::kDiff, peer, window.size()};
  const Zxid min = window.empty() ? applied : window.min();
  const Zxid max = window.empty() ? applied : window.max();
  if (peer > max) {
    const bool same_epoch = peer.epoch() == max.epoch();
    if (peer.counter() == 0 || !same_epoch) return snapshot(applied);
    return {SyncPlan::Method::kTrunc, max, window.size()};
  }
  if (peer < min) {
    if (!log_reaches_back) return snapshot(applied);
    return {SyncPlan::Method::kDiffFromLog, peer, 0};
  }
  KASSERT(!window.empty());
  if (window.contains(peer)) return {SyncPlan::Method::kDiff, max, window.first_after(peer)};
  return plan_inside(peer, window, applied);
}

}  // namespace vivarium
