// The quorum port of a leader with scripted channels: strangers, and a history that leaves at its reader's pace.
#include <gtest/gtest.h>

#include "kernel/replica/client_port.h"
#include "kernel/replica/leader.h"
#include "kernel/wire/quorum_packet.h"
#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

Config leader_config() {
  Config config;
  config.my_id = ServerId{3};
  config.tick = Duration::millis(2000);
  for (int id = 1; id <= 3; ++id) {
    MemberConfig member;
    member.id = ServerId{id};
    config.ensemble.members.push_back(member);
  }
  config.ensemble.text = to_string("version=0");
  return config;
}

class Leader {
 public:
  explicit Leader(const Config& config = leader_config())
      : s(config, Server::empty_directory(), Seed{1}, Instant{1'000'000'000}, WallTime{}) {
    s.ensemble.role = Role::kLeading;
    s.ensemble.leader.phase = LeaderState::Phase::kServing;
  }
  ChannelId accepts() {
    const ChannelId channel{next_slot_++, 1};
    leader_link_opened(s, ChannelOpened{channel, ChannelKind::kLearner, "10.0.0.9", {}}, out);
    return channel;
  }
  std::size_t count(EffectKind kind, std::optional<ChannelId> channel = {}) const {
    std::size_t count = 0;
    for (const Effect& effect : out.list()) {
      if (effect.kind == kind && (!channel || effect.channel == *channel)) ++count;
    }
    return count;
  }

  ReplicaState s;
  Effects out;

 private:
  std::uint32_t next_slot_ = 0;
};

std::string log_record(std::int64_t zxid) {
  Txn txn;
  txn.header = TxnHeader{SessionId{}, Xid{}, Zxid{zxid}, WallTime{}, OpCode::kError};
  txn.body = ErrorTxn{ErrorCode::kOk};
  const std::string bytes = bytes_of([&txn](ByteWriter& writer) { encode_txn(writer, txn); });
  return bytes_of([&bytes](ByteWriter& writer) { writer.buffer(bytes); });
}

std::string ack(Zxid zxid) {
  QuorumPacket packet;
  packet.type = PacketType::kAck;
  packet.zxid = zxid;
  return bytes_of([&packet](ByteWriter& writer) { encode(writer, packet); });
}

TEST(LeaderLinks, strangers_that_say_nothing_make_room_for_whoever_comes_next) {
  Leader leader;
  leader.s.ensemble.role = Role::kLooking;  // a learner may be early
  const ChannelId early = leader.accepts();
  take_learner_bytes(leader.s, *find_link(leader.s, early), "xx", leader.out);
  const ChannelId stranger = leader.accepts();
  for (std::size_t i = 2; i < limits::kMaxAnonymousLinks; ++i) leader.accepts();
  EXPECT_EQ(leader.count(EffectKind::kClose), 0u);
  const ChannelId next = leader.accepts();
  EXPECT_EQ(leader.count(EffectKind::kClose, stranger), 1u);
  EXPECT_NE(find_link(leader.s, next), nullptr);
  EXPECT_NE(find_link(leader.s, early), nullptr);
}

TEST(LeaderLinks, a_thousand_strangers_are_a_few_lines_in_the_log) {
  Leader leader;
  for (int i = 0; i < 1000; ++i) leader.accepts();
  EXPECT_EQ(leader.s.ensemble.leader.links.size(), limits::kMaxAnonymousLinks);
  EXPECT_EQ(leader.count(EffectKind::kNote), limits::kMaxNotesPerSecond);
  leader.out.clear();
  leader.s.now = leader.s.now + Duration::seconds(1);
  leader.accepts();
  ASSERT_EQ(leader.count(EffectKind::kNote), 1u);
  const Effect& note = leader.out.list().front();
  EXPECT_EQ(to_std(leader.out.payload(note)),
            "closing a connection to the quorum port: too many that do not say who they are "
            "(926 more lines like this were left out)");
}

TEST(LeaderLinks, the_log_is_read_on_when_what_was_read_has_left) {
  Leader leader;
  const ChannelId channel = leader.accepts();
  LearnerLink& link = *find_link(leader.s, channel);
  link.phase = LearnerLink::Phase::kReadingLog;
  link.log_until = Zxid{9};
  const std::string records = log_record(1) + log_record(2);
  leader_log_read(leader.s, LogRead{channel, Zxid{0}, records}, leader.out);
  EXPECT_EQ(leader.count(EffectKind::kAwaitDrain, channel), 1u);
  EXPECT_EQ(leader.count(EffectKind::kReadLog), 0u);
  leader_link_drained(leader.s, channel, leader.out);
  ASSERT_EQ(leader.count(EffectKind::kReadLog, channel), 1u);
  EXPECT_EQ(leader.out.list().back().zxid, Zxid{2});
}

TEST(LeaderLinks, acks_that_overtake_the_one_of_new_leader_count_once_it_has_come) {
  Leader leader;
  leader.s.ensemble.leader.voter_acked.resize(3);
  leader.s.ensemble.leader.epoch = Epoch{1};
  leader.s.progress.logged(Zxid::make(Epoch{1}, 5));
  const ChannelId channel = leader.accepts();
  LearnerLink& link = *find_link(leader.s, channel);
  link.phase = LearnerLink::Phase::kSynchronizing;
  link.voter = 0;
  take_learner_bytes(leader.s, link, ack(Zxid::make(Epoch{1}, 2)), leader.out);
  EXPECT_EQ(leader.count(EffectKind::kClose), 0u);
  EXPECT_EQ(leader.s.ensemble.leader.voter_acked[0], Zxid{});
  take_learner_bytes(leader.s, link, ack(Zxid::make(Epoch{1}, 0)), leader.out);
  EXPECT_EQ(leader.s.ensemble.leader.voter_acked[0], Zxid::make(Epoch{1}, 2));
  EXPECT_EQ(link.phase, LearnerLink::Phase::kServing);
  // Nobody can acknowledge what was never proposed.
  const ChannelId liar = leader.accepts();
  find_link(leader.s, liar)->phase = LearnerLink::Phase::kSynchronizing;
  take_learner_bytes(leader.s, *find_link(leader.s, liar), ack(Zxid::make(Epoch{1}, 6)), leader.out);
  EXPECT_EQ(leader.count(EffectKind::kClose, liar), 1u);
}

TEST(LeaderLinks, a_leader_serves_no_clients_when_it_was_told_not_to) {
  Config config = leader_config();
  for (const bool serves : {true, false}) {
    config.ensemble.leader_serves = serves;
    Leader leader(config);
    const ChannelId client{7, 1};
    open_connection(leader.s, ChannelOpened{client, ChannelKind::kClient, "10.0.0.9", {}}, leader.out);
    take_bytes(leader.s, ChannelBytes{client, new_session()}, leader.out);
    EXPECT_EQ(leader.count(EffectKind::kClose, client), serves ? 0u : 1u);
  }
}

}  // namespace
}  // namespace vivarium::testing
