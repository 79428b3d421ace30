// A member that leads, whose learners are bytes made by hand: from FOLLOWERINFO to the late acknowledgement.
#include "kernel/replica/leader.h"

#include <gtest/gtest.h>

#include "tests/unit/replica/member_bench.h"

namespace vivarium::testing {
namespace {

using Types = std::vector<PacketType>;
using enum PacketType;

/// Server 3 with the txns 1:1 to 1:3, elected, its own votes and writes done.
class Leader : public ::testing::Test {
 protected:
  explicit Leader() : m(3, disk_with({zxid(1, 1), zxid(1, 2), zxid(1, 3)}, 1)) { m.elects(3, zxid(1, 3), 1); }

  /// A learner up to its ACKEPOCH; the leader's disk does what it is asked.
  void confirms(std::uint32_t slot, int id, Zxid last, std::int32_t current = 1) {
    m.opens(slot);
    m.hears(slot, learner_info(id));
    m.settle_disk();
    m.hears(slot, ack_epoch(current, last));
    m.settle_disk();
  }
  void synchronizes(std::uint32_t slot, int id, Zxid last) {
    confirms(slot, id, last);
    m.packets(slot);
    m.hears(slot, kAck, zxid(2, 0));
  }
  void serves() {
    synchronizes(10, 1, zxid(1, 3));
    ASSERT_TRUE(m.view().established);
    m.packets(10);
  }
  /// A new session's createSession is proposed.
  void proposes(std::uint32_t slot = 30) {
    m.step(ChannelOpened{{slot, 1}, ChannelKind::kClient, "127.0.0.1", {}});
    m.hears(slot, new_session());
  }

  Member m;
};

TEST_F(Leader, the_new_epoch_is_above_every_promise_of_the_quorum) {
  EXPECT_EQ(m.view().role, Role::kLeading);
  m.opens(10);
  m.hears(10, learner_info(1, kFollowerInfo, 7));
  EXPECT_EQ(m.types(10), Types{}) << "LEADERINFO waits for the leader's own acceptedEpoch";
  m.settle_disk();
  const auto info = m.packets(10);
  ASSERT_EQ(info.size(), 1u);
  EXPECT_EQ(info[0].type, kLeaderInfo);
  EXPECT_EQ(info[0].zxid, zxid(8, 0));
  EXPECT_EQ(m.view().accepted_epoch, Epoch{8});
  EXPECT_EQ(m.view().current_epoch, Epoch{1});
}

TEST_F(Leader, an_observers_promise_neither_raises_nor_opens_an_epoch) {
  m.opens(10);
  m.hears(10, learner_info(4, kObserverInfo, 1));
  m.settle_disk();
  EXPECT_EQ(m.types(10), Types{});
  EXPECT_EQ(m.view().accepted_epoch, Epoch{1});
}

TEST_F(Leader, currentEpoch_is_written_when_a_quorum_has_confirmed) {
  confirms(10, 1, zxid(1, 3));
  EXPECT_EQ(m.view().current_epoch, Epoch{2});
  EXPECT_FALSE(m.view().established);
}

TEST_F(Leader, an_epoch_that_was_promised_before_confirms_nothing) {
  confirms(10, 1, zxid(1, 3), -1);
  EXPECT_EQ(m.view().current_epoch, Epoch{1});
  EXPECT_FALSE(m.closed(10));
}

TEST_F(Leader, who_is_ahead_does_not_confirm) {
  confirms(10, 1, zxid(1, 4));
  EXPECT_TRUE(m.closed(10));
  EXPECT_TRUE(m.noted("ahead of this leader"));
}

TEST_F(Leader, who_is_of_a_later_epoch_does_not_confirm) {
  confirms(10, 1, zxid(1, 1), 2);
  EXPECT_TRUE(m.closed(10));
}

TEST_F(Leader, a_learner_that_lacks_a_few_gets_DIFF) {
  confirms(10, 1, zxid(1, 1));
  const auto sent = m.packets(10);
  ASSERT_EQ(sent.size(), 7u);
  EXPECT_EQ(sent[0].type, kLeaderInfo);
  EXPECT_EQ(sent[1].type, kDiff);
  EXPECT_EQ(sent[2].type, kProposal);
  EXPECT_EQ(sent[2].zxid, zxid(1, 2));
  EXPECT_EQ(sent[3].type, kCommit);
  EXPECT_EQ(sent[4].zxid, zxid(1, 3));
  EXPECT_EQ(sent[6].type, kNewLeader);
  EXPECT_EQ(sent[6].zxid, zxid(2, 0));
}

TEST_F(Leader, a_learner_with_a_tail_of_its_own_gets_TRUNC) {
  serves();
  proposes();
  m.settle_disk();
  m.opens(11);
  m.hears(11, learner_info(2, kFollowerInfo, 2));
  m.hears(11, ack_epoch(1, zxid(1, 9)));
  const auto sent = m.packets(11);
  ASSERT_GE(sent.size(), 2u);
  EXPECT_EQ(sent[1].type, kTrunc);
  EXPECT_EQ(sent[1].zxid, zxid(1, 3));
}

TEST_F(Leader, a_learner_behind_the_window_gets_SNAP_where_there_is_no_log) {
  Member bare(3, [] {
    RecoveredState disk = disk_with({zxid(1, 5)}, 1);
    disk.recent.clear();
    return disk;
  }());
  bare.elects(3, zxid(1, 5), 1);
  bare.opens(10);
  bare.hears(10, learner_info(1));
  bare.settle_disk();
  bare.packets(10);
  bare.hears(10, ack_epoch(1, zxid(1, 1)));
  bare.settle_disk();
  const auto sent = bare.packets(10);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].type, kSnap);
  EXPECT_EQ(sent[0].zxid, zxid(1, 5));
  EXPECT_FALSE(bare.rest(10).empty());
}

TEST_F(Leader, it_is_established_by_a_quorum_of_acknowledged_NEWLEADERs) {
  confirms(10, 1, zxid(1, 3));
  EXPECT_FALSE(m.view().established);
  m.packets(10);
  m.hears(10, kAck, zxid(2, 0));
  EXPECT_TRUE(m.view().established);
  EXPECT_EQ(m.types(10).front(), kUpToDate);
}

TEST_F(Leader, an_observers_NEWLEADER_establishes_nobody) {
  confirms(10, 1, zxid(1, 3));
  m.opens(11);
  m.hears(11, learner_info(4, kObserverInfo));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  m.hears(11, kAck, zxid(2, 0));
  EXPECT_FALSE(m.closed(11));
  EXPECT_FALSE(m.view().established);
}

TEST_F(Leader, another_epochs_ack_is_not_that_of_NEWLEADER) {
  confirms(10, 1, zxid(1, 3));
  m.hears(10, kAck, zxid(1, 0));
  EXPECT_TRUE(m.closed(10));
  EXPECT_FALSE(m.view().established);
}

TEST_F(Leader, a_txn_is_committed_by_its_own_disk_and_one_follower) {
  serves();
  proposes();
  EXPECT_EQ(m.types(10), Types{kProposal});
  m.hears(10, kAck, zxid(2, 1));
  EXPECT_EQ(m.view().committed, zxid(1, 3)) << "its own log is not durable yet";
  m.settle_disk();
  EXPECT_EQ(m.view().committed, zxid(2, 1));
  EXPECT_EQ(m.types(10), Types{kCommit});
}

TEST_F(Leader, it_measures_each_acknowledgement_and_what_made_the_quorum) {
  serves();
  proposes();
  m.pass(Duration::millis(3));
  m.hears(10, kAck, zxid(2, 1));
  m.pass(Duration::millis(4));
  m.settle_disk();
  const ServerCounters& counters = m.state().counters;
  EXPECT_EQ(counters.ack_latency.at(1).stats.max_ms, 3);
  EXPECT_EQ(counters.quorum_ack_latency.stats.count, 1);
  EXPECT_EQ(counters.quorum_ack_latency.percentile(500), 7);
}

TEST_F(Leader, an_observer_is_informed_and_its_ack_counts_for_nothing) {
  serves();
  m.opens(11);
  m.hears(11, learner_info(4, kObserverInfo, 2));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  m.hears(11, kAck, zxid(2, 0));
  m.packets(11);
  proposes();
  m.settle_disk();
  m.hears(11, kAck, zxid(2, 1));
  EXPECT_EQ(m.view().committed, zxid(1, 3));
  EXPECT_EQ(m.types(11), Types{});
  m.hears(10, kAck, zxid(2, 1));
  EXPECT_EQ(m.types(11), Types{kInform});
}

TEST_F(Leader, a_commit_is_held_back_until_UPTODATE) {
  serves();
  m.opens(11);
  m.hears(11, learner_info(2, kFollowerInfo, 2));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  m.packets(11);
  proposes();
  m.settle_disk();
  m.hears(10, kAck, zxid(2, 1));
  EXPECT_EQ(m.types(11), Types{kProposal});
  m.hears(11, kAck, zxid(2, 0));
  EXPECT_EQ(m.types(11), (Types{kUpToDate, kCommit}));
}

TEST_F(Leader, what_was_acknowledged_on_an_earlier_link_counts_no_more) {
  serves();
  proposes();
  m.hears(10, kAck, zxid(2, 1));
  m.opens(11);
  m.hears(11, learner_info(1, kFollowerInfo, 2));
  EXPECT_TRUE(m.closed(10));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  m.settle_disk();
  EXPECT_EQ(m.view().committed, zxid(1, 3)) << "it may have cut off what it acknowledged";
  m.hears(11, kAck, zxid(2, 0));
  m.hears(11, kAck, zxid(2, 1));
  EXPECT_EQ(m.view().committed, zxid(2, 1));
}

TEST_F(Leader, an_ack_of_what_was_never_proposed_ends_the_link) {
  serves();
  m.hears(10, kAck, zxid(2, 9));
  EXPECT_TRUE(m.closed(10));
}

TEST_F(Leader, a_learner_whose_acknowledgements_are_late_is_dropped) {
  serves();
  m.opens(11);
  m.hears(11, learner_info(2, kFollowerInfo, 2));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  m.hears(11, kAck, zxid(2, 0));
  proposes();
  m.settle_disk();
  for (int half_tick = 0; half_tick < 12; ++half_tick) {
    m.hears(10, kAck, zxid(2, 1));
    m.hears(10, kPing, zxid(2, 1));
    m.hears(11, kPing, zxid(2, 0));  // it lives, and does not acknowledge
    m.pass(Duration::millis(500));
  }
  EXPECT_TRUE(m.closed(11));
  EXPECT_TRUE(m.noted("its acknowledgements are late"));
  EXPECT_FALSE(m.closed(10));
  EXPECT_TRUE(m.view().established);
}

TEST_F(Leader, without_a_quorum_of_live_followers_it_steps_down) {
  serves();
  for (int half_tick = 0; half_tick < 14; ++half_tick) m.pass(Duration::millis(500));
  EXPECT_NE(m.view().role, Role::kLeading);
  EXPECT_TRUE(m.closed(10));
}

TEST_F(Leader, a_voter_that_promised_a_later_epoch_begins_a_new_one) {
  serves();
  m.opens(11);
  m.hears(11, learner_info(2, kFollowerInfo, 9));
  EXPECT_NE(m.view().role, Role::kLeading);
}

TEST_F(Leader, who_speaks_out_of_turn_is_dropped) {
  m.opens(10);
  m.hears(10, kAck, zxid(2, 0));
  EXPECT_TRUE(m.closed(10));
  m.opens(11);
  m.hears(11, learner_info(1));
  m.hears(11, ack_epoch(1, zxid(1, 3)));
  EXPECT_TRUE(m.closed(11)) << "LEADERINFO was not sent yet";
  m.opens(12);
  m.hears(12, learner_info(3));
  EXPECT_TRUE(m.closed(12)) << "it claims this server's own id";
}

}  // namespace
}  // namespace vivarium::testing
