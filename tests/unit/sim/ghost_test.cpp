// The ghost finds nothing in an honest ensemble, and the right law in each of these dishonest ones.
#include <gtest/gtest.h>

#include "sim/check/laws.h"
#include "tests/unit/sim/ghost_bench.h"

namespace vivarium::sim {
namespace {

class GhostTest : public ::testing::Test {
 protected:
  static Zxid at(std::int64_t epoch, std::uint32_t counter) { return GhostBench::at(epoch, counter); }
  GhostBench g;
};

// ---- honest histories
// ------------------------------------------------------------------------------------------------

TEST_F(GhostTest, an_honest_reign_breaks_nothing) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1, 2}, at(1, 1));
  g.write(0, {1}, at(1, 2));
  EXPECT_EQ(g.ghost.committed(), at(1, 2));
  EXPECT_EQ(g.ghost.reign().leader, 0u);
}

TEST_F(GhostTest, what_only_a_dead_leader_logged_may_vanish_or_be_taken_up) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1, 2}, at(1, 1));
  g.log(0, at(1, 2));  // nobody else has it
  g.step(0);
  g.crash(0);
  g.elect(1, {2}, 2);
  g.write(1, {2}, at(2, 1));
  // The old leader comes back, cuts it off and follows.
  g.boot(0);
  g.ghost.on_truncate(0, at(1, 1));
  g.ghost.on_cut_durable(0);
  g.log(0, at(2, 1));
  g.promise(0, 2);
  g.join(0, 2);
  g.views[0].role = Role::kFollowing;
  g.commit(0, at(2, 1));
  EXPECT_EQ(g.ghost.committed(), at(2, 1));
}

TEST_F(GhostTest, a_crash_before_a_cut_is_durable_may_bring_the_old_log_back) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.ghost.on_truncate(0, Zxid{0});
  g.crash(0);
  g.recover(0, at(1, 1));
  g.step(0);
}

TEST_F(GhostTest, a_snapshot_may_replace_a_log) {
  g.elect(0, {1}, 1);
  g.write(0, {1}, at(1, 1));
  g.ghost.on_snapshot_durable(2, at(1, 1));
  g.ghost.on_reset(2, at(1, 1));
  g.ghost.on_cut_durable(2);
  g.promise(2, 1);
  g.join(2, 1);
  g.views[2].last_logged = g.views[2].last_durable = at(1, 1);
  g.step(2);
  g.write(0, {2}, at(1, 2));
  EXPECT_EQ(g.ghost.committed(), at(1, 2));
}

TEST_F(GhostTest, what_was_appended_and_not_durable_may_be_lost) {
  g.elect(0, {1, 2}, 1);
  g.append(0, at(1, 1));
  g.step(0);
  g.crash(0);
  g.recover(0, Zxid{0});
  g.elect(1, {0, 2}, 2);
}

TEST_F(GhostTest, an_observer_adds_nothing_and_takes_nothing) {
  GhostBench wide(3, 1);
  wide.elect(0, {1, 3}, 1);
  wide.write(0, {1, 3}, at(1, 1));
  EXPECT_EQ(wide.ghost.committed(), at(1, 1));
}

TEST_F(GhostTest, a_lone_server_commits_what_it_recovers) {
  Ghost lone{EnsembleConfig{}};
  RecoveredState state;
  lone.on_recovered(0, state);
  lone.on_append(0, Zxid{1}, "a", 0);
  lone.on_append(0, Zxid{2}, "b", 0);
  lone.on_down(0);
  state.last_zxid = Zxid{1};
  state.verdict = RecoveryVerdict::kTorn;
  lone.on_recovered(0, state);
  EXPECT_EQ(lone.committed(), Zxid{1});
  lone.on_append(0, Zxid{2}, "another b", 0);
}

// ---- leaders
// ------------------------------------------------------------------------------------------------------------

TEST_F(GhostTest, Z1_an_epoch_has_one_leader) {
  g.elect(0, {1}, 1);
  g.views[2].role = Role::kLeading;
  g.views[2].leader_epoch = Epoch{1};
  EXPECT_EQ(broken_by([&] { g.join(2, 1), g.step(2); }), laws::kLeaderUnique);
}

TEST_F(GhostTest, Z1_an_epoch_is_not_led_twice) {
  g.elect(0, {1}, 1);
  g.crash(0);
  g.boot(0);
  g.step(0);
  g.views[0].role = Role::kLeading;
  g.views[0].leader_epoch = Epoch{1};
  EXPECT_EQ(broken_by([&] { g.step(0); }), laws::kLeaderUnique);
}

TEST_F(GhostTest, Z2_epochs_never_go_back) {
  g.elect(0, {1}, 2);
  EXPECT_EQ(broken_by([&] { g.epochs(1, 1, 1); }), laws::kEpochBack);
}

TEST_F(GhostTest, Z2_current_is_never_ahead_of_accepted) {
  EXPECT_EQ(broken_by([&] { g.epochs(1, 1, 2); }), laws::kEpochBack);
}

TEST_F(GhostTest, Z2_recovery_gives_back_the_promise) {
  g.elect(0, {1}, 2);
  g.crash(1);
  g.views[1].accepted_epoch = g.views[1].current_epoch = Epoch{1};
  EXPECT_EQ(broken_by([&] { g.boot(1); }), laws::kEpochBack);
}

TEST_F(GhostTest, Z3_only_the_leader_of_an_epoch_proposes_in_it) {
  g.elect(0, {1}, 1);
  EXPECT_EQ(broken_by([&] { g.log(1, at(1, 1)), g.step(1); }), laws::kUnproposed);
}

TEST_F(GhostTest, Z4_a_zxid_means_one_txn) {
  g.elect(0, {1}, 1);
  g.append(0, at(1, 1), "this");
  g.step(0);
  EXPECT_EQ(broken_by([&] { g.append(1, at(1, 1), "that"); }), laws::kTxnIdentity);
}

TEST_F(GhostTest, Z5_every_server_commits_the_same_history) {
  // Epoch 2's leader never heard of (1,1), which epoch 1's leader commits afterwards with a quorum's word of old.
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.elect(1, {2}, 2);
  g.write(1, {2}, at(2, 1));
  EXPECT_EQ(broken_by([&] { g.commit(0, at(1, 1)); }), laws::kTotalOrder);
}

TEST_F(GhostTest, Z7_a_log_has_no_gap) {
  g.elect(0, {1}, 1);
  EXPECT_EQ(broken_by([&] { g.append(0, at(1, 2)); }), laws::kContiguity);
}

TEST_F(GhostTest, Z7_a_learner_logs_a_txn_where_its_leader_has_it) {
  g.elect(0, {1}, 1);
  g.log(0, at(1, 1));
  g.log(0, at(1, 2));
  g.step(0);
  EXPECT_EQ(broken_by([&] { g.append(1, at(1, 2)); }), laws::kPrimaryOrder);
}

TEST_F(GhostTest, Z9_a_leader_proposes_only_once_a_quorum_has_joined) {
  g.crown(0, {1}, 1);
  EXPECT_EQ(broken_by([&] { g.append(0, at(1, 1)), g.step(0); }), laws::kPrimaryOrder);
}

TEST_F(GhostTest, Z11_a_leader_has_everything_that_is_committed) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  EXPECT_EQ(broken_by([&] { g.elect(2, {1}, 2); }), laws::kLeaderComplete);
}

TEST_F(GhostTest, Z16_promises_of_observers_do_not_count) {
  GhostBench wide(3, 2);
  EXPECT_EQ(broken_by([&] { wide.crown(0, {3, 4}, 1); }), laws::kQuorumCount);
}

TEST_F(GhostTest, Z16_a_leader_is_established_by_those_that_joined) {
  g.crown(0, {1, 2}, 1);
  EXPECT_EQ(broken_by([&] { g.establish(0); }), laws::kQuorumCount);
}

TEST_F(GhostTest, Z16_weights_decide_where_there_are_groups) {
  EnsembleConfig config = GhostBench::ensemble(5, 0);
  config.hierarchical = true;
  for (std::size_t i = 0; i < 5; ++i) config.members[i].group = i < 3 ? 1 : 2;
  config.members[4].weight = 0;
  const QuorumRule rule(config);
  EXPECT_TRUE(rule.is_quorum(0b01011));
  EXPECT_FALSE(rule.is_quorum(0b00111));
  EXPECT_FALSE(rule.is_quorum(0b10011));
  EXPECT_FALSE(rule.may_lead(ServerId{5}));
}

// ---- commits
// ---------------------------------------------------------------------------------------------------------------

TEST_F(GhostTest, Z10_committed_is_durable_on_a_quorum) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.append(1, at(1, 1));  // logged, not durable
  EXPECT_EQ(broken_by([&] { g.commit(0, at(1, 1)); }), laws::kCommitDurable);
}

TEST_F(GhostTest, Z10_an_observers_copy_does_not_count) {
  GhostBench wide(3, 2);
  wide.elect(0, {1, 3, 4}, 1);
  wide.log(0, at(1, 1));
  wide.step(0);
  wide.log(3, at(1, 1));
  wide.log(4, at(1, 1));
  EXPECT_EQ(broken_by([&] { wide.commit(0, at(1, 1)); }), laws::kCommitDurable);
}

TEST_F(GhostTest, Z10_a_disk_that_was_wiped_since_had_it_all_the_same) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.log(1, at(1, 1));
  g.crash(1);
  g.ghost.on_wiped(1);
  EXPECT_EQ(broken_by([&] { g.commit(0, at(1, 1)); }), "");
}

TEST_F(GhostTest, Z10_what_became_durable_survives) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  g.crash(1);
  EXPECT_EQ(broken_by([&] { g.recover(1, Zxid{0}); }), laws::kDurability);
}

TEST_F(GhostTest, Z12_nobody_cuts_off_what_it_knew_to_be_committed) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1, 2}, at(1, 1));
  g.commit(2, at(1, 1));
  EXPECT_EQ(broken_by([&] { g.ghost.on_truncate(2, Zxid{0}); }), laws::kCommittedCut);
}

TEST_F(GhostTest, Z12_a_cut_leaves_committed_txns_on_a_quorum) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  EXPECT_EQ(broken_by([&] { g.ghost.on_truncate(1, Zxid{0}); }), laws::kCommittedCut);
}

TEST_F(GhostTest, Z12_a_snapshot_that_is_older_than_the_log_takes_nothing_committed_away) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  g.ghost.on_snapshot_durable(1, at(1, 1));
  g.write(0, {1}, at(1, 2));
  EXPECT_EQ(broken_by([&] { g.ghost.on_reset(1, at(1, 1)); }), laws::kCommittedCut);
}

TEST_F(GhostTest, Z13_a_follower_joins_with_its_leaders_history) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.crash(0);
  g.boot(0);
  g.crown(0, {1}, 2);
  EXPECT_EQ(broken_by([&] { g.join(1, 2); }), laws::kFollowerPrefix);
}

TEST_F(GhostTest, Z13_a_follower_joins_once_the_history_is_durable) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.crash(0);
  g.boot(0);
  g.crown(0, {1}, 2);
  g.append(1, at(1, 1));
  EXPECT_EQ(broken_by([&] { g.join(1, 2); }), laws::kFollowerPrefix);
  GhostBench other;
  EXPECT_EQ(broken_by([&] { other.join(1, 1); }), laws::kFollowerPrefix);
}

TEST_F(GhostTest, Z14_a_member_looks_for_a_leader_as_its_disk_is) {
  g.elect(0, {1, 2}, 1);
  g.append(1, at(1, 1), "txn");
  g.views[1].role = Role::kLooking;
  EXPECT_EQ(broken_by([&] { g.step(1); }), laws::kMemoryDisk);
}

TEST_F(GhostTest, Z14_memory_is_never_ahead_of_the_disk) {
  g.elect(0, {1, 2}, 1);
  g.append(0, at(1, 1));
  g.views[0].last_durable = at(1, 1);
  EXPECT_EQ(broken_by([&] { g.step(0); }), laws::kMemoryDisk);
}

TEST_F(GhostTest, Z14_only_a_durable_snapshot_replaces_a_log) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  EXPECT_EQ(broken_by([&] { g.ghost.on_reset(2, at(1, 1)); }), laws::kMemoryDisk);
}

TEST_F(GhostTest, Z15_recovery_makes_nothing_up) {
  g.crash(1);
  EXPECT_EQ(broken_by([&] { g.recover(1, at(1, 1)); }), laws::kRecovered);
}

TEST_F(GhostTest, Z15_recovery_brings_back_nothing_that_was_cut_off) {
  g.elect(0, {1, 2}, 1);
  g.log(0, at(1, 1));
  g.step(0);
  g.ghost.on_truncate(0, Zxid{0});
  g.ghost.on_cut_durable(0);
  g.crash(0);
  EXPECT_EQ(broken_by([&] { g.recover(0, at(1, 1)); }), laws::kRecovered);
}

TEST_F(GhostTest, L6_a_sound_disk_is_not_called_damaged) {
  g.crash(1);
  EXPECT_EQ(broken_by([&] { g.recover(1, Zxid{0}, RecoveryVerdict::kFaulty); }), laws::kRefused);
  GhostBench h;
  h.ghost.on_damaged(1);
  h.crash(1);
  EXPECT_EQ(broken_by([&] { h.recover(1, Zxid{0}, RecoveryVerdict::kFaulty); }), "");
}

TEST_F(GhostTest, damage_is_not_hidden) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1, 2}, at(1, 1));
  g.ghost.on_damaged(1);
  g.crash(1);
  EXPECT_EQ(broken_by([&] { g.recover(1, Zxid{0}); }), laws::kSilentLoss);
}

TEST_F(GhostTest, Z18_a_deposed_leader_commits_nothing_that_its_successor_lacks) {
  GhostBench five(5);
  five.elect(0, {1, 2, 3, 4}, 1);
  five.log(0, at(1, 1));
  five.step(0);
  five.log(1, at(1, 1));
  // Epoch 2 begins without it; then one of those who promised epoch 2 logs it all the same.
  five.crown(4, {2, 3}, 2);
  five.log(2, at(1, 1));
  EXPECT_EQ(broken_by([&] { five.commit(0, at(1, 1)); }), laws::kFencing);
}

TEST_F(GhostTest, Z18_a_reign_that_came_to_nothing_binds_nobody_after_it) {
  GhostBench five(5);
  five.elect(0, {1, 2, 3, 4}, 1);
  five.log(0, at(1, 1));
  five.step(0);
  five.log(1, at(1, 1));
  five.crown(4, {2, 3}, 2);  // without it, and nobody joins
  five.crash(0);
  five.crown(1, {2, 3}, 3);
  for (const Member m : {2u, 3u}) five.log(m, at(1, 1)), five.join(m, 3);
  EXPECT_EQ(broken_by([&] { five.establish(1); }), "");
  EXPECT_EQ(five.ghost.committed(), at(1, 1));
}

TEST_F(GhostTest, Z20_a_vote_never_gets_worse_within_a_round) {
  g.views[1].round = 4;
  g.views[1].vote_leader = ServerId{3};
  g.step(1);
  g.views[1].vote_leader = ServerId{2};
  EXPECT_EQ(broken_by([&] { g.step(1); }), laws::kVoteOrder);
  GhostBench h;
  h.views[1].round = 4;
  h.views[1].vote_leader = ServerId{3};
  h.step(1);
  h.views[1].vote_leader = ServerId{2};
  h.views[1].round = 5;
  EXPECT_EQ(broken_by([&] { h.step(1); }), "");
}

// ---- states and sessions
// ----------------------------------------------------------------------------------------------

TEST_F(GhostTest, D1_trees_are_equal_at_equal_zxids) {
  g.elect(0, {1, 2}, 1);
  g.write(0, {1}, at(1, 1));
  g.views[1].applied = at(1, 1);
  g.views[0].applied = Zxid{0};
  g.step(0, 1);
  g.views[0].applied = at(1, 1);
  g.step(0, 77);
  EXPECT_EQ(broken_by([&] { g.step(1, 78); }), laws::kDigest);
}

TEST_F(GhostTest, E1_only_an_established_leader_expires_sessions) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_txn(out, Txn{{SessionId{7}, Xid{0}, at(1, 1), WallTime{1}, OpCode::kCloseSession},
                      CloseSessionTxn{std::string_view("\0\0\0\0", 4)},
                      std::nullopt});
  g.elect(0, {1, 2}, 1);
  EXPECT_EQ(broken_by([&] { g.append(1, at(1, 1), std::string(view(bytes))), g.step(1); }), laws::kExpiryByLeader);
  GhostBench h;
  h.elect(0, {1, 2}, 1);
  EXPECT_EQ(broken_by([&] { h.append(0, at(1, 1), std::string(view(bytes))), h.step(0); }), "");
}

TEST_F(GhostTest, R3_a_sync_is_promised_what_the_oldest_reigning_leader_has) {
  EXPECT_EQ(g.ghost.sync_promise(false), Zxid{0});
  g.elect(0, {1, 2}, 1);
  g.write(0, {1, 2}, at(1, 1));
  EXPECT_EQ(g.ghost.sync_promise(false), at(1, 1));
  g.elect(1, {2}, 2);  // the old leader does not know yet
  g.write(1, {2}, at(2, 1));
  EXPECT_EQ(g.ghost.sync_promise(false), at(1, 1));
  EXPECT_EQ(g.ghost.sync_promise(true), at(2, 1));
}

}  // namespace
}  // namespace vivarium::sim
