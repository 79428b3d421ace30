#include <gtest/gtest.h>

#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

TEST(Requests, a_write_is_acknowledged_only_when_its_record_is_durable) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  EXPECT_TRUE(server.take_replies(0).empty());
  EXPECT_FALSE(server.replica().tree().contains("/a"));
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].zxid, 2);
  EXPECT_EQ(replies[0].error, ErrorCode::kOk);
}

TEST(Requests, a_completion_of_another_incarnation_acknowledges_nothing) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.step(LogDurable{Incarnation{12345}, Zxid{2}});
  EXPECT_TRUE(server.take_replies(0).empty());
}

TEST(Requests, writes_are_pipelined_and_answered_in_order_with_their_own_zxids) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/a/b") + create(3, "/a/b/c"));
  EXPECT_EQ(server.count(EffectKind::kAppendLog), 3);
  EXPECT_EQ(server.count(EffectKind::kSyncLog), 1);
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 3u);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(replies[i].xid, i + 1);
    EXPECT_EQ(replies[i].zxid, i + 2);
  }
}

TEST(Requests, a_partly_durable_log_answers_only_what_it_covers) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/b") + create(3, "/c"));
  server.make_durable(3);
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2}));
  server.make_durable(4);
  EXPECT_EQ(server.take_xids(0), std::vector<int>{3});
}

TEST(Requests, a_read_waits_behind_its_own_connections_writes) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a", "x") + get_data(2, "/a"));
  EXPECT_TRUE(server.take_replies(0).empty());
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[1].xid, 2);
  EXPECT_EQ(replies[1].error, ErrorCode::kOk);
}

TEST(Requests, a_read_between_two_writes_sees_only_the_first) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a", "one") + get_data(2, "/a") + set_data(3, "/a", "two") + get_data(4, "/a"));
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_NE(replies[1].body.find("one"), std::string::npos);
  EXPECT_EQ(replies[1].zxid, 2);
  EXPECT_NE(replies[3].body.find("two"), std::string::npos);
}

TEST(Requests, reads_of_other_connections_never_wait) {
  Server server;
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a"));
  server.send(1, exists(1, "/a"));
  const auto replies = server.take_replies(1);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].error, ErrorCode::kNoNode);
  EXPECT_EQ(replies[0].zxid, server.replica().tree().last_processed_zxid().value);
}

TEST(Requests, a_failed_write_consumes_a_zxid_and_is_answered_when_durable) {
  Server server;
  server.connect(0);
  server.send(0, remove(1, "/missing"));
  EXPECT_TRUE(server.take_replies(0).empty());
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].error, ErrorCode::kNoNode);
  EXPECT_EQ(replies[0].zxid, 2);
  EXPECT_EQ(server.replica().counters().txns_failed, 1u);
}

TEST(Requests, an_unknown_operation_gets_unimplemented_and_the_connection_is_closed) {
  Server server;
  server.connect(0);
  server.send(0, bare_request(9, static_cast<OpCode>(4711)));
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0].error, ErrorCode::kUnimplemented);
  EXPECT_EQ(replies[0].zxid, -1);
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Requests, an_unknown_operation_is_answered_after_the_writes_before_it) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a") + bare_request(2, OpCode::kCheck) + create(3, "/b"));
  EXPECT_FALSE(server.channel(0).closed);
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2}));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_FALSE(server.replica().tree().contains("/b"));
}

TEST(Requests, a_top_level_check_is_refused_and_never_logged) {
  Server server;
  server.connect(0);
  server.send(0, request(1, OpCode::kCheck, [](ByteWriter& out) { encode(out, PathVersionRequest{"/", 0}); }));
  EXPECT_EQ(server.take_replies(0).at(0).error, ErrorCode::kUnimplemented);
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_EQ(server.log().size(), 1u);
}

TEST(Requests, a_create_session_from_the_wire_is_refused) {
  Server server;
  server.connect(0);
  server.send(0, request(1, OpCode::kCreateSession, [](ByteWriter& out) { out.i32(5000); }));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_EQ(server.log().size(), 1u);
}

TEST(Requests, an_undecodable_body_gets_marshalling_error) {
  Server server;
  server.connect(0);
  server.send(0, bare_request(1, OpCode::kGetData) + bare_request(2, OpCode::kSetData));
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_EQ(replies[0].error, ErrorCode::kMarshallingError);
  EXPECT_EQ(replies[1].error, ErrorCode::kMarshallingError);
  EXPECT_FALSE(server.channel(0).closed);
}

TEST(Requests, a_frame_too_short_for_a_header_closes) {
  Server server;
  server.connect(0);
  server.send(0, std::string("\0\0\0\2ab", 6));
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Requests, a_frame_over_the_limit_closes_without_a_reply) {
  Config config;
  config.max_frame = 1000;
  Server server(config);
  server.connect(0);
  server.send(0, std::string("\0\0\4\0", 4));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_TRUE(server.take_replies(0).empty());
}

TEST(Requests, a_negative_frame_length_closes) {
  Server server;
  server.connect(0);
  server.send(0, ping() + std::string("\xff\xff\xff\xff", 4));
  EXPECT_EQ(server.take_xids(0), std::vector<int>{-2});
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Requests, frames_may_be_cut_anywhere) {
  Server server;
  server.connect(0);
  const std::string bytes = create(1, "/a", "data") + get_data(2, "/a") + ping() + exists(3, "/b");
  for (const char byte : bytes) server.send(0, std::string_view(&byte, 1));
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2, -2, 3}));
}

TEST(Requests, close_session_is_answered_then_the_connection_is_closed_and_later_bytes_are_dropped) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/e", "", create_flags::kEphemeral) + close_session(2) + create(3, "/late"));
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2}));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_FALSE(server.replica().tree().contains("/e"));
  EXPECT_FALSE(server.replica().tree().contains("/late"));
}

TEST(Requests, replies_to_one_channel_leave_in_one_send) {
  Server server;
  server.connect(0);
  server.send(0, ping() + ping() + ping());
  EXPECT_EQ(server.count(EffectKind::kSend), 1);
  EXPECT_EQ(server.take_xids(0).size(), 3u);
}

TEST(Requests, sasl_without_a_sasl_server_answers_ok_with_a_null_token) {
  Server server;
  server.connect(0);
  server.send(0, request(3, OpCode::kSasl, [](ByteWriter& out) { out.buffer(std::string_view("x")); }));
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0], (Reply{3, 0, ErrorCode::kOk, std::string("\xff\xff\xff\xff", 4)}));
}

TEST(Requests, bytes_for_a_channel_that_is_gone_are_ignored) {
  Server server;
  server.connect(0);
  const ChannelId old = server.channel(0).id;
  server.hang_up(0);
  server.step(ChannelBytes{old, ping()});
  EXPECT_TRUE(server.take_replies(0).empty());
  server.connect(0);
  const std::string late = ping();
  server.step(ChannelBytes{old, late});
  EXPECT_TRUE(server.take_replies(0).empty());
}

TEST(Requests, latency_runs_from_arrival_to_reply) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.pass(Duration::millis(7));
  server.make_durable();
  EXPECT_EQ(server.replica().counters().update_latency.stats.max_ms, 7);
  EXPECT_EQ(server.replica().counters().outstanding, 0);
}

TEST(Requests, percentiles_are_those_of_all_requests_since_the_last_reset) {
  Server server;
  server.connect(0);
  for (int i = 0; i < 10; ++i) {
    server.send(0, set_data(i, "/", "x"));
    server.pass(Duration::millis(i == 9 ? 40 : 3));
    server.make_durable();
  }
  const LatencyDistribution& writes = server.replica().counters().update_latency;
  EXPECT_EQ(writes.percentile(500), 3);
  EXPECT_EQ(writes.percentile(990), 40);
  EXPECT_EQ(server.replica().counters().read_latency.percentile(990), 0);
  server.step(ResetStatistics{true, false});
  EXPECT_EQ(writes.percentile(990), 0);
  EXPECT_EQ(writes.stats.count, 0);
}

TEST(Requests, propagation_runs_by_the_wall_clock_from_a_txns_stamp_until_it_is_applied) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.step(WallClock{WallTime{Server::kBoot.millis + 12}});
  server.make_durable();
  EXPECT_EQ(server.replica().counters().propagation_latency.stats.max_ms, 12);
  const auto count = server.replica().counters().propagation_latency.stats.count;
  server.send(0, create(2, "/b"));
  server.step(WallClock{Server::kBoot});  // the clock was set back: that is no latency
  server.make_durable();
  EXPECT_EQ(server.replica().counters().propagation_latency.stats.count, count);
}

// ---- authentication ----------------------------------------------------------------------------------------------

TEST(Authentication, asks_the_adapter_and_answers_with_zxid_zero) {
  Server server;
  server.connect(0);
  server.send(0, auth("digest", "user:password"));
  ASSERT_EQ(server.channel(0).authenticate.size(), 1u);
  ByteReader asked(server.channel(0).authenticate[0]);
  EXPECT_EQ(asked.ustring(), "digest");
  EXPECT_EQ(asked.ustring(), "user:password");
  EXPECT_TRUE(asked.finished());
  const AuthResult::Id id{"digest", "user:hash"};
  server.step(AuthResult{server.channel(0).id, true, std::span(&id, 1)});
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0], (Reply{-4, 0, ErrorCode::kOk, ""}));
}

TEST(Authentication, later_requests_wait_for_it_and_have_its_identity) {
  Server server;
  server.connect(0);
  server.send(0, auth("digest", "user:password") + bare_request(1, OpCode::kWhoAmI));
  EXPECT_TRUE(server.take_replies(0).empty());
  const AuthResult::Id id{"digest", "user:hash"};
  server.step(AuthResult{server.channel(0).id, true, std::span(&id, 1)});
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 2u);
  EXPECT_NE(replies[1].body.find("user"), std::string::npos);
}

TEST(Authentication, failure_is_answered_and_closes) {
  Server server;
  server.connect(0);
  server.send(0, auth("nonsense", "x") + ping());
  server.step(AuthResult{server.channel(0).id, false, {}});
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 1u);
  EXPECT_EQ(replies[0], (Reply{-4, 0, ErrorCode::kAuthFailed, ""}));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_EQ(server.replica().counters().auth_failures, 1u);
}

TEST(Authentication, a_result_for_a_channel_that_is_gone_is_dropped) {
  Server server;
  server.connect(0);
  server.send(0, auth("digest", "u:p"));
  const ChannelId old = server.channel(0).id;
  server.hang_up(0);
  server.connect(0);
  server.step(AuthResult{old, true, {}});
  EXPECT_TRUE(server.take_replies(0).empty());
}

TEST(Authentication, when_enforced_a_request_before_it_is_refused_and_closes) {
  Config config;
  config.enforce_auth_enabled = true;
  config.enforce_auth_schemes.push_back("digest");
  Server server(config);
  server.connect(0);
  server.send(0, exists(1, "/"));
  EXPECT_EQ(server.take_replies(0).at(0).error, ErrorCode::kSessionClosedRequireSaslAuth);
  EXPECT_TRUE(server.channel(0).closed);
}

// ---- watches -----------------------------------------------------------------------------------------------------

TEST(Watches, an_event_precedes_the_reply_to_the_write_that_caused_it_on_the_same_connection) {
  Server server;
  server.connect(0);
  server.send(0, exists(1, "/a", true) + create(2, "/a"));
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].xid, 1);
  EXPECT_EQ(replies[1].xid, -1);
  EXPECT_EQ(replies[1].zxid, 2);
  EXPECT_EQ(replies[2].xid, 2);
}

TEST(Watches, an_event_precedes_every_reply_that_reflects_the_txn_on_other_connections) {
  Server server;
  server.connect(0);
  server.connect(1);
  server.send(1, exists(1, "/a", true));
  server.take_replies(1);
  server.send(0, create(1, "/a"));
  server.send(1, set_data(2, "/", "x") + get_data(3, "/a"));
  server.make_durable();
  EXPECT_EQ(server.take_xids(1), (std::vector<int>{-1, 2, 3}));
}

TEST(Watches, die_with_their_connection) {
  Server server;
  server.connect(0);
  server.connect(1);
  server.send(1, exists(1, "/a", true));
  server.hang_up(1);
  EXPECT_TRUE(server.replica().watches().empty());
  server.send(0, create(1, "/a"));
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), std::vector<int>{1});
}

TEST(Watches, events_made_by_set_watches_carry_no_zxid_and_come_before_its_reply) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.make_durable();
  server.take_replies(0);
  const std::string paths = bytes_of([](ByteWriter& out) {
    out.i32(1);
    out.ustring("/a");
  });
  const std::string none = bytes_of([](ByteWriter& out) { out.i32(0); });
  server.send(0, request(-8, OpCode::kSetWatches, [&](ByteWriter& out) {
                SetWatchesRequest watches;
                watches.relative_zxid = Zxid{1};
                watches.data = paths;
                watches.exist = none;
                watches.child = none;
                encode(out, watches, OpCode::kSetWatches);
              }));
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 2u) << "mzxid 2 > 1: data changed";
  EXPECT_EQ(replies[0].xid, -1);
  EXPECT_EQ(replies[0].zxid, -1);
  EXPECT_EQ(replies[1].xid, -8);
}

}  // namespace
}  // namespace vivarium::testing
