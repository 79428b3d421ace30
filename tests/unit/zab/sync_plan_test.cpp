// The table of protocol.md 7.3, line by line.
#include "kernel/zab/sync_plan.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace vivarium {

static bool operator==(const SyncPlan& a, const SyncPlan& b) {
  return a.method == b.method && a.zxid == b.zxid && a.first == b.first;
}
static void PrintTo(const SyncPlan& plan, std::ostream* out) {
  *out << "method " << static_cast<int>(plan.method) << " zxid " << std::hex << plan.zxid.value << " first "
       << plan.first;
}

namespace {

using Method = SyncPlan::Method;

Zxid at(std::int64_t epoch, std::uint32_t counter) { return Zxid::make(Epoch{epoch}, counter); }

CommittedLog window_of(std::initializer_list<Zxid> zxids) {
  CommittedLog window;
  for (const Zxid zxid : zxids) window.push(zxid, "txn");
  return window;
}

/// Two epochs; nothing is known in front of 0x200000004.
const CommittedLog kWindow = window_of({at(2, 4), at(2, 5), at(5, 1), at(5, 2)});

SyncPlan plan(Zxid peer, bool log_reaches_back = false) { return plan_sync(peer, kWindow, at(5, 2), log_reaches_back); }

TEST(SyncPlan, sends_nothing_to_a_learner_that_is_level) {
  EXPECT_EQ(plan(at(5, 2)), (SyncPlan{Method::kDiff, at(5, 2), 4}));
}

TEST(SyncPlan, sends_what_follows_a_txn_that_both_have) {
  EXPECT_EQ(plan(at(2, 4)), (SyncPlan{Method::kDiff, at(5, 2), 1}));
  EXPECT_EQ(plan(at(2, 5)), (SyncPlan{Method::kDiff, at(5, 2), 2}));
  EXPECT_EQ(plan(at(5, 1)), (SyncPlan{Method::kDiff, at(5, 2), 3}));
}

TEST(SyncPlan, cuts_a_learner_that_is_ahead_in_the_same_epoch) {
  EXPECT_EQ(plan(at(5, 9)), (SyncPlan{Method::kTrunc, at(5, 2), 4}));
}

TEST(SyncPlan, cuts_a_suffix_that_a_later_epoch_did_not_take_over) {
  EXPECT_EQ(plan(at(2, 7)), (SyncPlan{Method::kTrunc, at(2, 5), 2}));
}

TEST(SyncPlan, sends_a_snapshot_when_the_cut_would_cross_an_epoch) {
  EXPECT_EQ(plan(at(3, 1)), (SyncPlan{Method::kSnap, at(5, 2), 0}));
  EXPECT_EQ(plan(at(6, 1)), (SyncPlan{Method::kSnap, at(5, 2), 0}));
}

TEST(SyncPlan, takes_the_beginning_of_an_epoch_for_all_that_was_before) {
  EXPECT_EQ(plan(at(5, 0)), (SyncPlan{Method::kDiff, at(5, 2), 2}));
  EXPECT_EQ(plan(at(3, 0)), (SyncPlan{Method::kDiff, at(5, 2), 2}));
}

TEST(SyncPlan, cannot_cut_back_to_before_the_beginning_of_an_epoch) {
  EXPECT_EQ(plan(at(6, 0)), (SyncPlan{Method::kSnap, at(5, 2), 0}));
}

TEST(SyncPlan, asks_the_log_on_disk_for_a_learner_that_is_far_behind) {
  EXPECT_EQ(plan(at(2, 3), true), (SyncPlan{Method::kDiffFromLog, at(2, 3), 0}));
  EXPECT_EQ(plan(at(2, 3), false), (SyncPlan{Method::kSnap, at(5, 2), 0}));
  EXPECT_EQ(plan(at(2, 0), false), (SyncPlan{Method::kSnap, at(5, 2), 0}));
  EXPECT_EQ(plan(at(0, 0), false), (SyncPlan{Method::kSnap, at(5, 2), 0}));
}

TEST(SyncPlan, trusts_nothing_of_a_learner_that_does_not_know_what_it_has) {
  EXPECT_EQ(plan(Zxid{-1}, true), (SyncPlan{Method::kSnap, at(5, 2), 0}));
}

TEST(SyncPlan, works_without_a_window) {
  const CommittedLog none;
  EXPECT_EQ(plan_sync(at(2, 5), none, at(2, 5), false), (SyncPlan{Method::kDiff, at(2, 5), 0}));
  EXPECT_EQ(plan_sync(at(2, 6), none, at(2, 5), false), (SyncPlan{Method::kTrunc, at(2, 5), 0}));
  EXPECT_EQ(plan_sync(at(3, 1), none, at(2, 5), false), (SyncPlan{Method::kSnap, at(2, 5), 0}));
  EXPECT_EQ(plan_sync(at(3, 0), none, at(2, 5), false), (SyncPlan{Method::kSnap, at(2, 5), 0}));
  EXPECT_EQ(plan_sync(at(2, 4), none, at(2, 5), false), (SyncPlan{Method::kSnap, at(2, 5), 0}));
  EXPECT_EQ(plan_sync(at(2, 4), none, at(2, 5), true), (SyncPlan{Method::kDiffFromLog, at(2, 4), 0}));
  EXPECT_EQ(plan_sync(Zxid{0}, none, Zxid{0}, false), (SyncPlan{Method::kDiff, Zxid{0}, 0}));
}

TEST(SyncPlan, sees_a_learner_that_is_level_although_an_epoch_began_without_txns) {
  EXPECT_EQ(plan_sync(at(7, 0), kWindow, at(7, 0), false), (SyncPlan{Method::kDiff, at(7, 0), 4}));
  EXPECT_EQ(plan_sync(at(5, 2), kWindow, at(7, 0), false), (SyncPlan{Method::kDiff, at(5, 2), 4}));
  EXPECT_EQ(plan_sync(at(5, 3), kWindow, at(7, 0), false), (SyncPlan{Method::kTrunc, at(5, 2), 4}));
}

}  // namespace
}  // namespace vivarium
