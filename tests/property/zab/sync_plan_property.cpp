// A plan carried out on the learner's log gives the leader's history, whatever the two logs look like.
//
// The logs share a beginning and then part, as Zab lets them: counters have no gaps, epochs grow, a txn is held only
// together with what was in front of it, so a zxid that both hold means equal logs up to it. Nothing is assumed of who
// was elected: the plan may not need it, except for learners that end where an epoch began (see sync_plan.cpp).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "kernel/zab/sync_plan.h"

namespace vivarium {
namespace {

using History = std::vector<Zxid>;
using Method = SyncPlan::Method;

constexpr int kCasesPerRun = 50;

/// Evenly, whatever the size that a run is at.
template <class T>
T pick(T from, T below) {
  return *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(from, below));
}

/// Goes on in the log's epoch, or, when `fresh`, begins the next one of those that `mine` picks.
void extend(History& log, bool fresh, std::int64_t parity) {
  if (log.empty() && !fresh) return;
  auto runs = pick(0, 4);
  bool begin = fresh;
  for (; runs > 0; --runs) {
    std::int64_t epoch = log.empty() ? 0 : log.back().epoch().value;
    if (begin) {
      do {
        ++epoch;
      } while (epoch % 2 != parity || (pick(0, 2) == 0));
    }
    std::uint32_t counter = begin ? 0 : log.back().counter();
    const auto count = pick<std::uint32_t>(begin ? 1 : 0, 5);
    for (std::uint32_t i = 0; i < count; ++i) log.push_back(Zxid::make(Epoch{epoch}, ++counter));
    begin = true;
  }
}

struct Logs {
  History leader, learner;
};

/// After the common beginning, the leader's epochs are odd and the learner's even; one of them at most goes on in the
/// common epoch.
Logs any_logs() {
  History common;
  extend(common, true, pick(0, 2));
  Logs logs{common, common};
  const auto who_stays = pick(0, 3);
  if (pick(0, 5) != 0) extend(logs.leader, who_stays != 0, 1);
  if (pick(0, 3) != 0) extend(logs.learner, who_stays != 1, 0);
  return logs;
}

CommittedLog window_of(const History& leader) {
  CommittedLog window;
  window.set_limits(pick<std::size_t>(1, 25), 1'000'000);
  for (const Zxid zxid : leader) window.push(zxid, "txn");
  if (pick(0, 6) == 0) window.clear();
  return window;
}

/// What the learner has in the end; a learner refuses txns that do not follow.
History carried_out(const SyncPlan& plan, const CommittedLog& window, History learner) {
  if (plan.method == Method::kTrunc) {
    while (!learner.empty() && learner.back() > plan.zxid) learner.pop_back();
    RC_ASSERT(!learner.empty());
    RC_ASSERT(learner.back() == plan.zxid);  // one cannot cut behind what is not there
  }
  for (std::size_t i = plan.first; i < window.size(); ++i) {
    RC_ASSERT(learner.empty() || learner.back() < window[i].zxid);
    learner.push_back(window[i].zxid);
  }
  return learner;
}

Zxid last_of(const History& log) { return log.empty() ? Zxid{0} : log.back(); }

void check_any_logs() {
  const Logs logs = any_logs();
  const CommittedLog window = window_of(logs.leader);
  const bool log_reaches_back = pick(0, 2) == 0;
  const Zxid peer = last_of(logs.learner), applied = last_of(logs.leader);
  const SyncPlan plan = plan_sync(peer, window, applied, log_reaches_back);
  if (plan.method == Method::kSnap) {
    RC_ASSERT(plan.zxid == applied);
  } else if (plan.method == Method::kDiffFromLog) {
    RC_ASSERT(log_reaches_back);
    RC_ASSERT(plan.zxid == peer);
    RC_ASSERT(plan.first == 0u);
    RC_ASSERT(peer < (window.empty() ? applied : window.min()));
  } else {
    RC_ASSERT(carried_out(plan, window, logs.learner) == logs.leader);
  }
  // Snapshots are for those only who cannot be helped otherwise.
  if (window.empty() || peer < window.min()) return;
  const bool shares_its_last_epoch = std::any_of(logs.leader.begin(), logs.leader.end(), [&](Zxid zxid) {
    return zxid >= window.min() && zxid.epoch() == peer.epoch() && zxid <= peer;
  });
  RC_ASSERT((plan.method == Method::kSnap) == !shares_its_last_epoch);
}

RC_GTEST_PROP(SyncPlan, makes_the_learner_level, ()) {
  for (int i = 0; i < kCasesPerRun; ++i) check_any_logs();
}

/// A learner whose end is where an epoch began that the leader's history knows, or whose leader proposed nothing.
void check_beginning_of_epoch() {
  History leader;
  extend(leader, true, 1);
  const CommittedLog window = window_of(leader);
  const auto epoch = pick<std::int64_t>(1, last_of(leader).epoch().value + 3);
  const Zxid peer = Zxid::make(Epoch{epoch}, 0);
  History learner;
  for (const Zxid zxid : leader) {
    if (zxid < peer) learner.push_back(zxid);
  }
  const SyncPlan plan = plan_sync(peer, window, last_of(leader), false);
  RC_ASSERT(plan.method == Method::kDiff || plan.method == Method::kSnap);
  const bool within = !window.empty() && window.min() < peer && peer < window.max();
  RC_ASSERT((plan.method == Method::kDiff) == within);
  if (within) RC_ASSERT(carried_out(plan, window, learner) == leader);
}

RC_GTEST_PROP(SyncPlan, makes_a_learner_at_the_beginning_of_an_epoch_level, ()) {
  for (int i = 0; i < kCasesPerRun; ++i) check_beginning_of_epoch();
}

}  // namespace
}  // namespace vivarium
