// The election port with scripted channels: what happens to connections, greetings and frames goes in, effects come
// out.
#include "kernel/replica/election_port.h"

#include <gtest/gtest.h>

#include "kernel/wire/vote_packet.h"
#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

Config member_config(int me) {
  Config config;
  config.my_id = ServerId{me};
  config.tick = Duration::millis(2000);
  for (int id = 1; id <= 4; ++id) {
    MemberConfig member;
    member.id = ServerId{id};
    member.voter = id != 4;
    config.ensemble.members.push_back(member);
  }
  config.ensemble.election_address = to_string("127.0.0.1:3888");
  config.ensemble.text = to_string("version=0");
  return config;
}

RecoveredState recovered() {
  RecoveredState state;
  state.verdict = RecoveryVerdict::kIntact;
  return state;
}

std::string greeting_of(int id) {
  return bytes_of([id](ByteWriter& out) { encode(out, ElectionGreeting{ServerId{id}, "127.0.0.1:3888"}); });
}
std::string frame_of_vote(PeerState state, int leader, std::int64_t zxid, std::int64_t round) {
  NotificationPacket packet;
  packet.state = static_cast<std::int32_t>(state);
  packet.leader = ServerId{leader};
  packet.zxid = Zxid{zxid};
  packet.round = round;
  packet.config = "version=0";
  return bytes_of([&packet](ByteWriter& out) { encode_frame(out, packet); });
}
std::string looking_vote(int leader, std::int64_t round = 1) {
  return frame_of_vote(PeerState::kLooking, leader, 0, round);
}

/// Server `me` of voters 1 to 3 and observer 4.
class Port {
 public:
  explicit Port(int me) : s(member_config(me), recovered(), Seed{1}, Instant{1'000'000'000}, WallTime{}) {}

  Port& looks() {
    s.ensemble.election.look(Standing::kVoter, Vote{s.config.my_id, Zxid{}, Epoch{}, Round{}}, s.now);
    keep();
    return *this;
  }
  void keep() { keep_election(s, out); }
  void waits(std::int64_t millis) {
    const Instant until = s.now + Duration::millis(millis);
    while (next_election_deadline(s) <= until) {
      s.now = std::max(s.now, next_election_deadline(s));
      keep();
    }
    s.now = until;
    keep();
  }
  ChannelId accepts() { return opens(std::nullopt); }
  ChannelId reaches(int id) { return opens(ServerId{id}); }
  void arrives(ChannelId channel, const std::string& bytes) {
    take_election_bytes(s, ChannelBytes{channel, bytes}, out);
    keep();
  }
  /// A link with a larger server, which dialled us.
  ChannelId linked_by(int id) {
    const ChannelId channel = accepts();
    arrives(channel, greeting_of(id));
    return channel;
  }
  void breaks(ChannelId channel) {
    EXPECT_TRUE(forget_election_channel(s, channel));
    keep();
  }

  std::vector<int> dials() {
    std::vector<int> result;
    for (const Effect& effect : out.list()) {
      if (effect.kind == EffectKind::kDialElection) result.push_back(static_cast<int>(effect.argument));
    }
    return result;
  }
  std::string sent(ChannelId channel) {
    std::string result;
    for (const Effect& effect : out.list()) {
      if (effect.kind == EffectKind::kSend && effect.channel == channel) result += to_std(out.payload(effect));
    }
    return result;
  }
  bool closed(ChannelId channel) {
    for (const Effect& effect : out.list()) {
      if (effect.kind == EffectKind::kClose && effect.channel == channel) return true;
    }
    return false;
  }
  std::string warnings() {
    std::string result;
    for (const Effect& effect : out.list()) {
      const bool warns = effect.kind == EffectKind::kNote && effect.argument == std::int64_t{2};
      if (warns) result += to_std(out.payload(effect)) + "\n";
    }
    return result;
  }
  bool linked(int id) {
    for (const ElectionPeer& peer : s.ensemble.port.peers) {
      if (peer.id == ServerId{id}) return peer.linked;
    }
    return false;
  }
  Vote vote() const { return s.ensemble.election.vote(); }

  ReplicaState s;
  Effects out;

 private:
  ChannelId opens(std::optional<ServerId> dialed) {
    const ChannelId channel{next_slot_++, 1};
    open_election_channel(s, ChannelOpened{channel, ChannelKind::kElection, "10.0.0.9", dialed}, out);
    keep();
    return channel;
  }
  std::uint32_t next_slot_ = 0;
};

TEST(ElectionPort, dials_every_voter_while_it_looks_and_no_observer) {
  Port port(2);
  port.keep();
  EXPECT_TRUE(port.dials().empty());
  port.looks();
  EXPECT_EQ(port.dials(), (std::vector<int>{1, 3}));
}

TEST(ElectionPort, keeps_a_link_that_it_dialled_to_a_smaller_server_and_says_its_vote) {
  Port port(2);
  const ChannelId channel = port.looks().reaches(1);
  EXPECT_EQ(port.sent(channel), greeting_of(2) + looking_vote(2));
  EXPECT_TRUE(port.linked(1));
  EXPECT_FALSE(port.closed(channel));
}

TEST(ElectionPort, sends_its_greeting_by_itself) {
  Port port(2);
  const ChannelId channel = port.looks().reaches(1);
  for (const Effect& effect : port.out.list()) {
    if (effect.kind != EffectKind::kSend || effect.channel != channel) continue;
    EXPECT_EQ(to_std(port.out.payload(effect)), greeting_of(2));
    return;
  }
  FAIL() << "nothing was sent";
}

TEST(ElectionPort, knocks_at_a_larger_server_and_hangs_up) {
  Port port(2);
  const ChannelId channel = port.looks().reaches(3);
  EXPECT_EQ(port.sent(channel), greeting_of(2));
  EXPECT_TRUE(port.closed(channel));
  EXPECT_FALSE(port.linked(3));
  EXPECT_FALSE(is_election_channel(port.s, channel));
}

TEST(ElectionPort, dials_back_a_smaller_server_that_knocks) {
  Port port(3);
  const ChannelId channel = port.accepts();
  port.arrives(channel, greeting_of(1));
  EXPECT_TRUE(port.closed(channel));
  EXPECT_EQ(port.dials(), (std::vector<int>{1}));
}

TEST(ElectionPort, dials_back_an_observer_that_knocks) {
  Port port(2);
  port.s.config.my_id = ServerId{9};  // larger than the observer
  const ChannelId channel = port.accepts();
  port.arrives(channel, greeting_of(4));
  EXPECT_EQ(port.dials(), (std::vector<int>{4}));
}

TEST(ElectionPort, keeps_a_link_that_a_larger_server_dialled) {
  Port port(2);
  port.looks();
  const ChannelId channel = port.linked_by(3);
  EXPECT_TRUE(port.linked(3));
  EXPECT_EQ(port.sent(channel), looking_vote(2));
}

TEST(ElectionPort, says_nothing_on_a_new_link_when_it_does_not_look) {
  Port port(2);
  const ChannelId channel = port.linked_by(3);
  EXPECT_EQ(port.sent(channel), "");
}

TEST(ElectionPort, says_what_is_true_now_when_a_link_comes_up) {
  Port port(1);
  port.looks();
  const ChannelId first = port.linked_by(2);
  port.arrives(first, frame_of_vote(PeerState::kLooking, 2, 9, 1));
  const ChannelId second = port.linked_by(3);
  EXPECT_EQ(port.sent(second), frame_of_vote(PeerState::kLooking, 2, 9, 1));
}

TEST(ElectionPort, replaces_a_link_by_a_newer_one_of_the_same_server) {
  Port port(1);
  const ChannelId first = port.linked_by(2);
  const ChannelId second = port.linked_by(2);
  EXPECT_TRUE(port.closed(first));
  EXPECT_FALSE(port.closed(second));
  EXPECT_FALSE(is_election_channel(port.s, first));
  EXPECT_TRUE(port.linked(2));
}

TEST(ElectionPort, drops_its_link_to_a_smaller_server_that_knocks_again) {
  Port port(2);
  const ChannelId first = port.looks().reaches(1);
  const ChannelId knock = port.accepts();
  port.out.clear();
  port.arrives(knock, greeting_of(1));
  EXPECT_TRUE(port.closed(first));
  EXPECT_TRUE(port.closed(knock));
  EXPECT_EQ(port.dials(), (std::vector<int>{1}));
}

TEST(ElectionPort, does_not_dial_twice_when_both_sides_dial_at_once) {
  Port port(2);
  port.looks();
  const ChannelId knock = port.accepts();
  port.out.clear();
  port.arrives(knock, greeting_of(1));
  EXPECT_TRUE(port.dials().empty()) << "the first dial is still under way";
  port.reaches(1);
  EXPECT_TRUE(port.linked(1));
  port.waits(10);
  EXPECT_TRUE(port.dials().empty());
}

TEST(ElectionPort, hangs_up_without_a_word_when_a_dial_is_answered_after_the_link_came_up) {
  Port port(2);
  port.looks();
  port.linked_by(3);
  const ChannelId late = port.reaches(3);
  EXPECT_TRUE(port.closed(late));
  EXPECT_EQ(port.sent(late), "") << "a greeting would make the other side drop the link";
  EXPECT_TRUE(port.linked(3));
}

TEST(ElectionPort, hangs_up_on_an_answer_to_a_dial_that_it_did_not_make) {
  Port port(2);
  const ChannelId channel = port.reaches(7);
  EXPECT_TRUE(port.closed(channel));
}

TEST(ElectionPort, dials_again_later_and_later_where_nobody_answers) {
  Port port(3);
  port.arrives(port.accepts(), greeting_of(1));
  std::vector<std::int64_t> delays;
  for (int i = 0; i < 8; ++i) {
    port.out.clear();
    election_dial_failed(port.s, ServerId{1});
    const Duration delay = next_election_deadline(port.s) - port.s.now;
    delays.push_back(delay.to_millis());
    port.waits(delay.to_millis());
    EXPECT_EQ(port.dials(), (std::vector<int>{1}));
  }
  EXPECT_EQ(delays, (std::vector<std::int64_t>{100, 200, 400, 800, 1600, 3200, 5000, 5000}));
}

TEST(ElectionPort, dials_at_once_when_the_election_wishes_for_connections) {
  Port port(2);
  port.looks();
  for (ElectionPeer& peer : port.s.ensemble.port.peers) {
    election_dial_failed(port.s, peer.id);
    peer.next_dial = port.s.now + Duration::seconds(5);
  }
  port.out.clear();
  port.waits(199);
  EXPECT_TRUE(port.dials().empty());
  port.waits(1);  // nobody answered
  EXPECT_EQ(port.dials(), (std::vector<int>{1, 3}));
}

TEST(ElectionPort, makes_no_election_wait_for_a_voter_that_left_a_dial_unanswered) {
  Port port(2);
  port.looks();
  election_dial_failed(port.s, ServerId{3});
  port.waits(150);
  EXPECT_EQ(port.dials(), (std::vector<int>{1, 3, 3})) << "it is being dialled again";
  const ChannelId channel = port.reaches(1);
  port.arrives(channel, looking_vote(2));
  EXPECT_EQ(port.s.ensemble.election.take_decision()->role, PeerState::kLeading);
}

TEST(ElectionPort, is_not_bothered_by_a_failure_of_a_dial_that_it_did_not_make) {
  Port port(2);
  election_dial_failed(port.s, ServerId{3});
  election_dial_failed(port.s, ServerId{77});
  EXPECT_TRUE(port.dials().empty());
}

TEST(ElectionPort, dials_again_when_a_link_breaks_while_it_looks) {
  Port port(2);
  const ChannelId channel = port.looks().reaches(1);
  port.out.clear();
  port.breaks(channel);
  EXPECT_TRUE(port.dials().empty()) << "not in a tight loop";
  port.waits(100);
  EXPECT_EQ(port.dials(), (std::vector<int>{1}));
}

TEST(ElectionPort, dials_anew_over_a_link_that_is_dead_without_having_broken) {
  Port port(2);
  const ChannelId channel = port.looks().reaches(1);
  port.waits(599);
  EXPECT_FALSE(port.closed(channel));
  port.out.clear();
  port.waits(801);
  EXPECT_TRUE(port.closed(channel));
  EXPECT_EQ(port.dials(), (std::vector<int>{1}));
}

TEST(ElectionPort, leaves_a_broken_link_alone_when_it_does_not_look) {
  Port port(2);
  const ChannelId channel = port.linked_by(3);
  port.breaks(channel);
  port.waits(60'000);
  EXPECT_TRUE(port.dials().empty());
  EXPECT_EQ(next_election_deadline(port.s), Instant::never());
}

TEST(ElectionPort, does_not_know_a_channel_that_it_closed) {
  Port port(2);
  EXPECT_FALSE(forget_election_channel(port.s, ChannelId{44, 1}));
  const ChannelId channel = port.looks().reaches(3);
  EXPECT_FALSE(forget_election_channel(port.s, channel));
}

TEST(ElectionPort, refuses_a_server_that_is_not_in_the_configuration) {
  Port port(2);
  const ChannelId channel = port.linked_by(77);
  EXPECT_TRUE(port.closed(channel));
  EXPECT_NE(port.warnings().find("10.0.0.9"), std::string::npos);
  EXPECT_NE(port.warnings().find("77"), std::string::npos);
}

TEST(ElectionPort, refuses_a_server_with_its_own_id) {
  Port port(2);
  EXPECT_TRUE(port.closed(port.linked_by(2)));
  EXPECT_NE(port.warnings().find("own id"), std::string::npos);
}

TEST(ElectionPort, refuses_what_is_not_a_greeting) {
  Port port(2);
  const ChannelId channel = port.accepts();
  port.arrives(channel, std::string(8, '\xff'));
  EXPECT_TRUE(port.closed(channel));
  EXPECT_NE(port.warnings().find("greeting"), std::string::npos);
}

TEST(ElectionPort, refuses_messages_of_impossible_length) {
  for (const std::string& length : {std::string(4, '\0'), std::string(4, '\xff'), std::string("\0\x10\0\0", 4)}) {
    Port port(2);
    const ChannelId channel = port.linked_by(3);
    port.arrives(channel, length);
    EXPECT_TRUE(port.closed(channel));
    EXPECT_FALSE(port.linked(3));
  }
}

TEST(ElectionPort, refuses_a_malformed_notification_and_takes_the_next_connection) {  // ZK-3769
  Port port(2);
  port.looks();
  const ChannelId channel = port.linked_by(3);
  port.arrives(channel, std::string("\0\0\0\x05hello", 9));
  EXPECT_TRUE(port.closed(channel));
  EXPECT_NE(port.warnings().find("server 3"), std::string::npos);
  port.arrives(port.linked_by(3), looking_vote(3));
  EXPECT_EQ(port.vote().leader, ServerId{3});
}

TEST(ElectionPort, refuses_a_state_that_it_does_not_know) {
  Port port(2);
  const ChannelId channel = port.linked_by(3);
  port.arrives(channel, frame_of_vote(static_cast<PeerState>(4), 3, 0, 1));
  EXPECT_TRUE(port.closed(channel));
}

TEST(ElectionPort, takes_a_web_browser_for_a_stranger) {
  Port port(2);
  const ChannelId channel = port.accepts();
  port.arrives(channel, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(port.closed(channel));
}

TEST(ElectionPort, does_not_listen_to_a_channel_after_it_refused_it) {
  Port port(2);
  port.looks();
  const ChannelId channel = port.linked_by(77);
  port.arrives(channel, looking_vote(3));
  EXPECT_EQ(port.vote().leader, ServerId{2});
}

TEST(ElectionPort, closes_a_channel_that_does_not_say_who_it_is) {
  Port port(2);
  const ChannelId channel = port.accepts();
  port.arrives(channel, greeting_of(3).substr(0, 21));
  port.waits(9999);
  EXPECT_FALSE(port.closed(channel));
  port.waits(1);
  EXPECT_TRUE(port.closed(channel));
  EXPECT_EQ(next_election_deadline(port.s), Instant::never());
}

TEST(ElectionPort, closes_the_oldest_of_too_many_anonymous_channels) {
  Port port(2);
  const ChannelId link = port.linked_by(3);
  const ChannelId oldest = port.accepts();
  for (std::size_t i = 1; i < limits::kMaxAnonymousLinks; ++i) port.accepts();
  EXPECT_FALSE(port.closed(oldest));
  port.accepts();
  EXPECT_TRUE(port.closed(oldest));
  EXPECT_FALSE(port.closed(link));
}

TEST(ElectionPort, takes_the_greeting_of_an_old_server) {
  Port port(2);
  const ChannelId channel = port.accepts();
  port.arrives(channel, std::string("\0\0\0\0\0\0\0\x03", 8));
  EXPECT_TRUE(port.linked(3));
}

TEST(ElectionPort, takes_bytes_that_are_split_anywhere) {
  const std::string bytes = greeting_of(3) + looking_vote(3) + looking_vote(3, 7);
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    Port port(2);
    port.looks();
    const ChannelId channel = port.accepts();
    port.arrives(channel, bytes.substr(0, cut));
    port.arrives(channel, bytes.substr(cut));
    ASSERT_TRUE(port.linked(3)) << cut;
    ASSERT_EQ(port.vote(), (Vote{ServerId{3}, Zxid{}, Epoch{}, Round{7}})) << cut;
  }
}

TEST(ElectionPort, takes_bytes_one_by_one) {
  Port port(2);
  port.looks();
  const ChannelId channel = port.accepts();
  for (const char byte : greeting_of(3) + looking_vote(3)) port.arrives(channel, std::string(1, byte));
  EXPECT_EQ(port.vote().leader, ServerId{3});
}

TEST(ElectionPort, answers_over_the_link_by_which_it_was_asked) {
  Port port(2);
  port.looks();
  const ChannelId channel = port.linked_by(4);
  EXPECT_EQ(port.sent(channel), "") << "observers are not asked";
  port.arrives(channel, frame_of_vote(PeerState::kLooking, 4, kNoVote, 1));
  EXPECT_EQ(port.sent(channel), looking_vote(2));
}

TEST(ElectionPort, takes_no_connection_while_it_shuts_down) {
  Port port(2);
  port.looks();
  port.s.shutting_down = true;
  EXPECT_TRUE(port.closed(port.accepts()));
  EXPECT_EQ(next_election_deadline(port.s), Instant::never());
}

TEST(ElectionPort, has_a_digest_that_shows_what_was_heard_in_part) {
  Port port(2);
  StateHash before, after;
  const ChannelId channel = port.accepts();
  port.s.ensemble.port.hash_into(before);
  port.arrives(channel, "\x7f");
  port.s.ensemble.port.hash_into(after);
  EXPECT_NE(before, after);
}

TEST(EmptyDisk, votes_where_all_are_empty_unless_db_autocreate_is_off) {
  const auto standing = [](bool auto_create, bool marked) {
    Config config = member_config(2);
    config.ensemble.auto_create_db = auto_create;
    RecoveredState empty;
    empty.verdict = RecoveryVerdict::kFresh;
    empty.may_bootstrap = marked;
    return Replica(config, std::move(empty), Seed{1}, Instant{}, Server::kBoot).state().ensemble.standing;
  };
  EXPECT_EQ(standing(true, false), Standing::kFresh);
  EXPECT_EQ(standing(false, false), Standing::kGuest);
  EXPECT_EQ(standing(false, true), Standing::kVoter) << "the operator said that it is new";
}

}  // namespace
}  // namespace vivarium::testing
