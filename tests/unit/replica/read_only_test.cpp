// A member without a leader serves reads to clients that asked for that, and nothing else (R4).
#include <gtest/gtest.h>

#include "kernel/wire/vote_packet.h"
#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

/// One of three voters, whose others are never heard of.
Config lonely(bool read_only_mode) {
  Config config;
  config.my_id = ServerId{1};
  config.tick = Duration::millis(1000);
  for (int id = 1; id <= 3; ++id) {
    MemberConfig member;
    member.id = ServerId{id};
    config.ensemble.members.push_back(member);
  }
  config.ensemble.read_only_mode = read_only_mode;
  return config;
}

std::string connect_as(bool read_only, SessionId session = {}) {
  const std::string password = session.value == 0 ? std::string(16, '\0') : password_of(session);
  ConnectRequest request;
  request.timeout_ms = 4000;
  request.session_id = session;
  request.password = password;
  request.read_only = read_only;
  return connect_frame(request);
}

RecoveredState a_member_of_old() {
  RecoveredState recovered = Server::empty_directory();
  recovered.accepted_epoch = recovered.current_epoch = Epoch{0};
  return recovered;
}

class ReadOnly : public ::testing::Test {
 protected:
  explicit ReadOnly(bool enabled = true) : server_(lonely(enabled), a_member_of_old()) { wait(3000); }
  void wait(std::int64_t millis) { server_.run_until(server_.now() + Duration::millis(millis)); }
  SessionId connect(std::uint32_t slot, SessionId session = {}) {
    server_.open(slot);
    server_.send(slot, connect_as(true, session));
    const auto response = server_.take_connect_response(slot);
    EXPECT_TRUE(response.has_value());
    EXPECT_EQ(response->read_only, std::optional<bool>(true));
    return response->session_id;
  }
  bool is_refused(bool read_only, SessionId session = {}) {
    server_.open(9);
    server_.send(9, connect_as(read_only, session));
    return server_.channel(9).closed && server_.channel(9).sent.empty();
  }
  Server server_;
};

class ReadOnlySwitchedOff : public ReadOnly {
 protected:
  ReadOnlySwitchedOff() : ReadOnly(false) {}
};

TEST_F(ReadOnly, service_answers_reads_and_says_what_it_is) {
  EXPECT_NE(connect(0), SessionId{});
  server_.send(0, exists(1, "/zookeeper", true));
  const auto replies = server_.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].error, ErrorCode::kOk);
  EXPECT_TRUE(server_.replica().member().read_only);
  EXPECT_FALSE(server_.replica().member().serving);
}

TEST_F(ReadOnly, service_changes_nothing) {  // ZK-1754, ZK-3863
  const SessionId session = connect(0);
  const std::uint64_t records = server_.log().size();
  for (const std::string& write : {create(1, "/a"), set_data(2, "/zookeeper", ""), remove(3, "/zookeeper"),
                                   bare_request(4, OpCode::kMulti), bare_request(5, OpCode::kReconfig)}) {
    server_.send(0, write);
    const auto replies = server_.take_replies(0);
    ASSERT_EQ(replies.size(), 1u);
    EXPECT_EQ(replies[0].error, ErrorCode::kNotReadOnly);
  }
  EXPECT_EQ(server_.log().size(), records);
  EXPECT_FALSE(server_.replica().sessions().contains(session));
}

TEST_F(ReadOnly, service_promises_nothing_about_what_is_newer) {
  connect(0);
  server_.send(0, request(1, OpCode::kSync, [](ByteWriter& out) { out.ustring("/"); }));
  EXPECT_EQ(server_.take_replies(0).at(0).error, ErrorCode::kNotReadOnly);
}

TEST_F(ReadOnly, service_begins_after_a_while) {
  Server fresh(lonely(true), a_member_of_old());
  fresh.run_until(Instant{} + Duration::millis(1900));
  fresh.open(0);
  fresh.send(0, connect_as(true));
  EXPECT_TRUE(fresh.channel(0).closed);
}

TEST_F(ReadOnly, service_is_not_for_those_who_want_to_write) { EXPECT_TRUE(is_refused(false)); }

TEST_F(ReadOnly, service_neither_renews_a_session_of_the_ensemble_nor_calls_it_gone) {
  EXPECT_TRUE(is_refused(true, SessionId{0x100000000000007}));
}

TEST_F(ReadOnly, session_can_be_resumed_and_closed) {
  const SessionId session = connect(0);
  EXPECT_EQ(connect(1, session), session);
  EXPECT_TRUE(server_.channel(0).closed) << "it has moved";
  server_.send(1, close_session(7));
  EXPECT_EQ(server_.take_replies(1).at(0).error, ErrorCode::kOk);
  EXPECT_TRUE(server_.channel(1).closed);
  EXPECT_TRUE(is_refused(true, session));
}

TEST_F(ReadOnly, session_that_falls_silent_is_over) {
  const SessionId session = connect(0);
  wait(3000);
  server_.send(0, ping());
  wait(3000);
  EXPECT_FALSE(server_.channel(0).closed);
  wait(1001);
  EXPECT_TRUE(server_.channel(0).closed);
  server_.open(1);
  server_.send(1, connect_as(true, session));
  EXPECT_EQ(server_.take_connect_response(1)->session_id, SessionId{});
}

TEST_F(ReadOnly, service_ends_when_a_leader_is_found) {
  connect(0);
  const ChannelId link{20, 1};
  server_.step(ChannelOpened{link, ChannelKind::kElection, "127.0.0.1", {}});
  NotificationPacket vote;
  vote.state = 0;
  vote.leader = ServerId{3};
  vote.round = 1;
  vote.peer_epoch = Epoch{0};
  vote.version = 2;
  server_.step(ChannelBytes{link, bytes_of([&](ByteWriter& out) {
                              encode(out, ElectionGreeting{ServerId{3}, "127.0.0.1:3888"});
                              encode_frame(out, vote);
                            })});
  wait(300);
  EXPECT_EQ(server_.replica().member().role, Role::kFollowing);
  EXPECT_TRUE(server_.channel(0).closed);
  EXPECT_FALSE(server_.replica().member().read_only);
  EXPECT_TRUE(is_refused(true));
}

TEST_F(ReadOnlySwitchedOff, service_is_refused) { EXPECT_TRUE(is_refused(true)); }

}  // namespace
}  // namespace vivarium::testing
