// A member that follows a leader made by hand: what it writes before what it says, and each packet that it refuses.
#include "kernel/replica/learner.h"

#include <gtest/gtest.h>

#include "tests/unit/replica/member_bench.h"

namespace vivarium::testing {
namespace {

using Types = std::vector<PacketType>;
using enum PacketType;

/// Server 1 with the txns 1:1 to 1:3 follows server 3.
class Learner : public ::testing::Test {
 protected:
  explicit Learner() : m(1, disk_with({zxid(1, 1), zxid(1, 2), zxid(1, 3)}, 1)) {
    m.elects(3, zxid(1, 3), 1);
    m.reaches(3);
  }
  void promises() {
    m.hears(10, kLeaderInfo, zxid(2, 0), int_bytes(kProtocolVersion));
    m.settle_disk();
    m.packets(10);
  }
  void synchronizes() {
    promises();
    m.hears(10, kDiff, zxid(1, 3));
    m.hears(10, kNewLeader, zxid(2, 0));
    m.settle_disk();
    m.packets(10);
  }
  void serves() {
    synchronizes();
    m.hears(10, kUpToDate, Zxid{-1});
    ASSERT_TRUE(m.view().serving);
    m.packets(10);
  }
  void proposal(Zxid at) { m.hears(10, kProposal, at, idle_txn(at)); }
  /// It has left its role, and the link with it.
  void expect_left(const char* why) {
    EXPECT_NE(m.view().role, Role::kFollowing);
    EXPECT_TRUE(m.closed(10));
    EXPECT_TRUE(m.noted(why));
  }

  Member m;
};

TEST_F(Learner, it_greets_with_what_it_promised) {
  EXPECT_EQ(m.view().role, Role::kFollowing);
  const auto sent = m.packets(10);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].type, kFollowerInfo);
  EXPECT_EQ(sent[0].zxid, zxid(1, 0));
}

TEST_F(Learner, a_promise_is_durable_before_it_is_given) {
  m.packets(10);
  m.hears(10, kLeaderInfo, zxid(2, 0), int_bytes(kProtocolVersion));
  EXPECT_EQ(m.types(10), Types{});
  m.settle_disk();
  const auto sent = m.packets(10);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].type, kAckEpoch);
  EXPECT_EQ(sent[0].zxid, zxid(1, 3));
  EXPECT_EQ(sent[0].data, int_bytes(1)) << "currentEpoch";
}

TEST_F(Learner, an_epoch_that_it_promised_before_is_not_counted_twice) {
  m.packets(10);
  m.hears(10, kLeaderInfo, zxid(1, 0), int_bytes(kProtocolVersion));
  const auto sent = m.packets(10);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].data, int_bytes(-1));
}

TEST_F(Learner, an_epoch_older_than_its_promise_is_refused) {
  m.hears(10, kLeaderInfo, zxid(0, 0), int_bytes(kProtocolVersion));
  expect_left("older than one we promised");
}

TEST_F(Learner, a_leader_begins_with_LEADERINFO) {
  m.hears(10, kDiff, zxid(1, 3));
  expect_left("did not begin with LEADERINFO");
}

TEST_F(Learner, history_and_epoch_are_durable_before_NEWLEADER_is_acknowledged) {
  promises();
  m.hears(10, kDiff, zxid(1, 4));
  proposal(zxid(1, 4));
  m.hears(10, kCommit, zxid(1, 4));
  m.hears(10, kNewLeader, zxid(2, 0));
  EXPECT_EQ(m.types(10), Types{});
  EXPECT_EQ(m.view().current_epoch, Epoch{1});
  m.settle_disk();
  EXPECT_EQ(m.types(10), Types{kAck});
  EXPECT_EQ(m.view().current_epoch, Epoch{2});
  EXPECT_EQ(m.view().last_durable, zxid(1, 4));
}

TEST_F(Learner, a_tail_is_cut_on_disk_and_memory_is_read_anew) {
  promises();
  m.hears(10, kTrunc, zxid(1, 2));
  EXPECT_EQ(m.asked_of_disk(EffectKind::kTruncateLog), 1);
  m.settle_disk();
  EXPECT_EQ(m.asked_of_disk(EffectKind::kReload), 1);
  m.reloads(disk_with({zxid(1, 1), zxid(1, 2)}, 1));
  m.hears(10, kNewLeader, zxid(2, 0));
  m.settle_disk();
  EXPECT_EQ(m.types(10), Types{kAck});
  EXPECT_EQ(m.view().last_logged, zxid(1, 2));
}

TEST_F(Learner, a_disk_that_does_not_give_back_the_cut_is_not_built_on) {
  promises();
  m.hears(10, kTrunc, zxid(1, 2));
  m.settle_disk();
  m.reloads(disk_with({zxid(1, 1)}, 1));
  expect_left("the disk does not give back what the leader wants to build on");
  EXPECT_FALSE(m.view().knows_its_history);
}

/// What a leader with the txns up to `last` sends after SNAP.
std::string snapshot_up_to(Zxid last) {
  RecoveredState disk = disk_with({last}, 1);
  disk.recent.clear();
  Member leader(3, std::move(disk));
  leader.elects(3, last, 1);
  leader.opens(10);
  leader.hears(10, learner_info(1));
  leader.settle_disk();
  leader.packets(10);
  leader.hears(10, ack_epoch(1, zxid(1, 1)));
  leader.settle_disk();
  leader.packets(10);
  return leader.rest(10);
}

TEST_F(Learner, a_tree_that_was_written_while_it_changed_is_compared_from_NEWLEADER_on) {
  const auto commits_with_another_digest = [this](Zxid at) {
    m.hears(10, kProposal, at, bytes_of([at](ByteWriter& out) {
              const TxnHeader header{SessionId{}, Xid{}, at, WallTime{1}, OpCode::kError};
              encode_txn(out, Txn{header, ErrorTxn{ErrorCode::kOk}, TxnDigest{2, 4711}});
            }));
    m.hears(10, kCommit, at);
  };
  promises();
  m.hears(10, kSnap, zxid(1, 5));
  m.hears(10, snapshot_up_to(zxid(1, 5)));
  commits_with_another_digest(zxid(1, 6));
  EXPECT_EQ(m.state().counters.digest_mismatches, 0u);
  m.hears(10, kNewLeader, zxid(2, 0));
  for (int chunk = 0; chunk < 4; ++chunk) m.step(SnapshotChunkWritten{zxid(1, 6)});
  m.step(SnapshotDurable{zxid(1, 6)});
  m.settle_disk();
  commits_with_another_digest(zxid(1, 7));
  EXPECT_EQ(m.state().counters.digest_mismatches, 1u);
}

TEST_F(Learner, a_disk_that_takes_no_snapshot_is_given_time) {
  const auto wastes_a_snapshot = [this](std::uint32_t slot) {
    m.hears(slot, kLeaderInfo, zxid(2, 0), int_bytes(kProtocolVersion));
    m.settle_disk();
    m.hears(slot, kSnap, zxid(1, 5));
    m.hears(slot, snapshot_up_to(zxid(1, 5)));
    m.hears(slot, kNewLeader, zxid(2, 0));
    m.step(SnapshotFailed{zxid(1, 5)});
    m.reloads(disk_with({zxid(1, 1), zxid(1, 2), zxid(1, 3)}, 1));
    m.settle_disk();
    m.elects(3, zxid(1, 3), 1);
  };
  EXPECT_EQ(m.dials(), 1);
  wastes_a_snapshot(10);
  EXPECT_EQ(m.dials(), 2) << "the first may be chance";
  m.reaches(3, 11);
  wastes_a_snapshot(11);
  EXPECT_EQ(m.dials(), 2);
  m.pass(Duration::millis(1000));
  EXPECT_EQ(m.dials(), 3);
  m.reaches(3, 12);
  wastes_a_snapshot(12);
  m.pass(Duration::millis(1000));
  EXPECT_EQ(m.dials(), 3) << "twice as long";
  m.pass(Duration::millis(1000));
  EXPECT_EQ(m.dials(), 4);
}

TEST_F(Learner, a_cut_to_what_it_does_not_have_is_refused) {
  promises();
  m.hears(10, kTrunc, zxid(1, 9));
  expect_left("a truncation to a zxid that we do not have");
}

TEST_F(Learner, a_cut_of_what_was_committed_is_refused) {
  serves();
  proposal(zxid(2, 1));
  m.settle_disk();
  m.hears(10, kCommit, zxid(2, 1));
  m.step(ChannelClosed{{10, 1}});
  m.settle_disk();
  m.elects(3, zxid(2, 1), 2);
  m.reaches(3, 11);
  m.hears(11, kLeaderInfo, zxid(3, 0), int_bytes(kProtocolVersion));
  m.settle_disk();
  m.hears(11, kTrunc, zxid(1, 3));
  EXPECT_TRUE(m.noted("the leader would cut what was committed"));
  EXPECT_EQ(m.asked_of_disk(EffectKind::kTruncateLog), 0);
}

TEST_F(Learner, NEWLEADER_of_another_epoch_is_refused) {
  promises();
  m.hears(10, kDiff, zxid(1, 3));
  m.hears(10, kNewLeader, zxid(3, 0));
  expect_left("NEWLEADER of another epoch");
}

TEST_F(Learner, UPTODATE_comes_after_the_ack_of_NEWLEADER) {
  promises();
  m.hears(10, kUpToDate, Zxid{-1});
  expect_left("UPTODATE before NEWLEADER was acknowledged");
}

TEST_F(Learner, nothing_but_broadcast_comes_between_NEWLEADER_and_UPTODATE) {
  synchronizes();
  m.hears(10, kSync, Zxid{0});
  expect_left("an unexpected packet before UPTODATE");
}

TEST_F(Learner, a_proposal_is_acknowledged_when_it_is_durable) {
  serves();
  proposal(zxid(2, 1));
  EXPECT_EQ(m.types(10), Types{});
  m.settle_disk();
  const auto sent = m.packets(10);
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].type, kAck);
  EXPECT_EQ(sent[0].zxid, zxid(2, 1));
}

TEST_F(Learner, a_proposal_behind_a_gap_is_refused) {
  serves();
  proposal(zxid(2, 2));
  expect_left("does not follow");
}

TEST_F(Learner, a_proposal_that_is_no_txn_is_refused) {
  serves();
  m.hears(10, kProposal, zxid(2, 1), "rubbish");
  expect_left("not a transaction");
}

TEST_F(Learner, a_proposal_under_a_wrong_name_is_refused) {
  serves();
  m.hears(10, kProposal, zxid(2, 1), idle_txn(zxid(2, 2)));
  expect_left("not a transaction");
}

TEST_F(Learner, a_commit_that_skips_one_is_refused) {
  serves();
  proposal(zxid(2, 1));
  proposal(zxid(2, 2));
  m.settle_disk();
  m.hears(10, kCommit, zxid(2, 2));
  expect_left("which is not the oldest proposal");
}

TEST_F(Learner, a_sync_that_nobody_asked_for_is_refused) {
  serves();
  m.hears(10, kSync, Zxid{0});
  expect_left("SYNC from the leader that nobody asked for");
}

TEST_F(Learner, a_malformed_packet_ends_it) {
  serves();
  m.hears(10, packet_bytes(kProposal, zxid(2, 1)).substr(0, 12) + std::string(4, '\x7f'));
  expect_left("malformed");
}

TEST_F(Learner, a_silent_leader_is_left) {
  serves();
  for (int i = 0; i < 11; ++i) m.pass(Duration::millis(500));
  expect_left("the leader fell silent");
}

}  // namespace
}  // namespace vivarium::testing
