// What features.md 5.1 lists: sessions for tokens, requests that wait, are too old, or too large.
#include <gtest/gtest.h>

#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

// ---- sessions for tokens -----------------------------------------------------------------------------------------

class ConnectionThrottling : public ::testing::Test {
 protected:
  ConnectionThrottling() {
    config.connection_throttle.tokens = 2;
    config.connection_throttle.fill_time_ms = 1000;
  }
  bool is_let_in(Server& server) {
    const std::uint32_t slot = next_slot_++;
    server.connect(slot);
    return !server.channel(slot).closed;
  }
  Config config;

 private:
  std::uint32_t next_slot_ = 0;
};

TEST_F(ConnectionThrottling, without_tokens_to_spend_a_connection_is_closed_unanswered) {
  Server server(config);
  EXPECT_TRUE(is_let_in(server));
  EXPECT_TRUE(is_let_in(server));
  EXPECT_FALSE(is_let_in(server));
  EXPECT_EQ(server.channel(2).sent, "");
  EXPECT_EQ(server.replica().counters().connections_throttled, 1u);
  EXPECT_EQ(server.replica().counters().connection_requests, 2u);
  EXPECT_EQ(server.replica().counters().token_deficit.max_ms, 2);
}

TEST_F(ConnectionThrottling, tokens_come_back_by_time_and_not_beyond_their_number) {
  Server server(config);
  EXPECT_TRUE(is_let_in(server));
  EXPECT_TRUE(is_let_in(server));
  server.pass(Duration::millis(1000));
  EXPECT_FALSE(is_let_in(server)) << "Apache fills when more than the time has passed";
  server.pass(Duration::millis(1));
  EXPECT_TRUE(is_let_in(server));
  EXPECT_FALSE(is_let_in(server));
  server.pass(Duration::seconds(100'000));
  EXPECT_TRUE(is_let_in(server));
  EXPECT_TRUE(is_let_in(server));
  EXPECT_FALSE(is_let_in(server));
}

TEST_F(ConnectionThrottling, zero_tokens_let_everybody_in) {
  config.connection_throttle.tokens = 0;
  Server server(config);
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(is_let_in(server));
}

TEST_F(ConnectionThrottling, four_letter_words_cost_nothing) {
  Server server(config);
  for (std::uint32_t slot = 0; slot < 5; ++slot) {
    server.open(slot);
    server.send(slot, "ruok");
    EXPECT_EQ(server.channel(slot).admin.size(), 1u);
  }
}

TEST_F(ConnectionThrottling, with_weights_a_renewed_session_is_cheaper_than_a_new_one) {
  config.connection_throttle.weighted = true;  // 3 for a new one, 2 for a renewed one, of 6
  config.connection_throttle.fill_count = 0;
  Server server(config);
  const SessionId session = server.connect(0);
  server.open(1);
  server.send(1, resume_session(session, password_of(session)));
  EXPECT_FALSE(server.channel(1).closed);
  server.open(2);
  server.send(2, new_session());
  EXPECT_TRUE(server.channel(2).closed) << "one token is left";
}

TEST_F(ConnectionThrottling, the_odds_of_being_refused_rise_while_the_tokens_are_used_up_and_fall_again) {
  config.connection_throttle.tokens = 1;
  config.connection_throttle.fill_time_ms = 100;
  config.connection_throttle.freeze_time_ms = 10;
  config.connection_throttle.drop_increase = ConnectionThrottleConfig::kOne / 2;
  config.connection_throttle.drop_decrease = ConnectionThrottleConfig::kOne / 2;
  Server server(config);
  const auto odds = [&server] { return server.replica().counters().connection_drop_odds; };
  EXPECT_TRUE(is_let_in(server));
  for (int i = 0; i < 3; ++i) {
    server.pass(Duration::millis(11));
    EXPECT_FALSE(is_let_in(server));
  }
  EXPECT_EQ(odds(), ConnectionThrottleConfig::kOne) << "they end at one";
  server.step(ResetStatistics{true, false});
  EXPECT_EQ(odds(), ConnectionThrottleConfig::kOne) << "they are no statistic";
  server.pass(Duration::millis(200));
  is_let_in(server);
  server.pass(Duration::millis(200));
  is_let_in(server);
  EXPECT_EQ(odds(), 0);
  EXPECT_FALSE(server.channel(5).closed);
}

// ---- requests that wait ------------------------------------------------------------------------------------------

Config one_request_at_a_time() {
  Config config;
  config.throttle.max_requests = 1;
  return config;
}

TEST(RequestThrottling, requests_over_the_limit_wait_and_lose_nothing) {
  Server server(one_request_at_a_time());
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a") + create(2, "/b"));
  server.send(1, create(1, "/c"));
  EXPECT_EQ(server.replica().counters().outstanding, 1);
  EXPECT_EQ(server.replica().counters().throttle_waits, 2u);
  for (int i = 0; i < 3; ++i) server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2}));
  EXPECT_EQ(server.take_xids(1), std::vector<int>{1});
}

class SlowRequests : public ::testing::Test {
 protected:
  SlowRequests() : config(one_request_at_a_time()) { config.throttle.max_wait = Duration::millis(100); }
  Config config;
};

TEST_F(SlowRequests, what_waited_too_long_is_answered_THROTTLEDOP_in_its_place_and_not_done) {
  Server server(config);
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/b") + get_data(3, "/a") + create(4, "/c"));
  server.pass(Duration::millis(101));
  server.make_durable();
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_EQ(replies[0].error, ErrorCode::kOk);
  for (const int later : {1, 2, 3}) {
    EXPECT_EQ(replies[later], (Reply{later + 1, replies[0].zxid, ErrorCode::kThrottledOp, ""}));
  }
  EXPECT_FALSE(server.replica().tree().contains("/b"));
  EXPECT_EQ(server.replica().counters().throttled_ops, 3u);
}

TEST_F(SlowRequests, a_throttled_answer_keeps_its_place_behind_earlier_writes) {
  Server server(config);
  server.connect(0);
  server.connect(1);
  server.send(1, create(1, "/other"));
  server.send(0, create(1, "/a"));  // stalls
  server.pass(Duration::millis(60));
  server.send(0, create(2, "/b") + get_data(3, "/a"));
  server.make_durable();  // lets 0's first write in after 60 ms
  server.pass(Duration::millis(90));
  server.make_durable();
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[0].error, ErrorCode::kOk);
  EXPECT_EQ(replies[1].error, ErrorCode::kOk) << "it came later, and waited for 90 ms";
  EXPECT_EQ(replies[2].error, ErrorCode::kOk);
}

TEST_F(SlowRequests, each_request_waits_by_its_own_clock) {
  Server server(config);
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/b"));
  server.pass(Duration::millis(80));
  server.send(0, create(3, "/c"));
  server.pass(Duration::millis(80));
  server.make_durable();
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 3u);
  EXPECT_EQ(replies[1].error, ErrorCode::kThrottledOp);
  EXPECT_EQ(replies[2].error, ErrorCode::kOk);
}

TEST_F(SlowRequests, pings_and_the_end_of_a_session_are_never_throttled) {
  Server server(config);
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/b") + ping() + close_session(3));
  server.pass(Duration::millis(101));
  server.make_durable();
  server.make_durable();
  const auto replies = server.take_replies(0);
  ASSERT_EQ(replies.size(), 4u);
  EXPECT_EQ(replies[1].error, ErrorCode::kThrottledOp);
  EXPECT_EQ(replies[2].error, ErrorCode::kOk);
  EXPECT_EQ(replies[3].error, ErrorCode::kOk);
  EXPECT_TRUE(server.channel(0).closed);
}

TEST_F(SlowRequests, waiting_for_an_authentication_is_no_throttle) {
  Server server(config);
  server.connect(0);
  server.send(0, auth("digest", "u:p") + create(1, "/a"));
  server.pass(Duration::seconds(5));
  server.step(AuthResult{server.channel(0).id, true, {}});
  server.make_durable();
  EXPECT_EQ(server.take_replies(0).at(1).error, ErrorCode::kOk);
}

TEST_F(SlowRequests, off_nothing_is_throttled) {
  config.throttle.max_wait = Duration{};
  Server server(config);
  server.connect(0);
  server.send(0, create(1, "/a") + create(2, "/b"));
  server.pass(Duration::seconds(9));
  server.make_durable();
  server.make_durable();
  EXPECT_EQ(server.take_replies(0).at(1).error, ErrorCode::kOk);
}

// ---- stale requests ----------------------------------------------------------------------------------------------

class StaleRequests : public ::testing::Test {
 protected:
  StaleRequests() : config(one_request_at_a_time()) { config.throttle.stale_latency_check = true; }
  /// A write that waits for longer than its session's timeout of 6 s; its client pings.
  void play(Server& server) {
    server.connect(0, 6000);
    server.connect(1, 6000);
    server.send(1, create(1, "/other"));
    server.send(0, create(1, "/a"));
    server.pass(Duration::millis(5000));
    server.send(0, ping());
    server.pass(Duration::millis(1001));
    server.make_durable();
    server.make_durable();
  }
  Config config;
};

TEST_F(StaleRequests, a_request_older_than_its_sessions_timeout_closes_the_connection) {
  Server server(config);
  play(server);
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_FALSE(server.replica().tree().contains("/a"));
  EXPECT_EQ(server.replica().counters().stale_requests_dropped, 1u);
}

TEST_F(StaleRequests, it_is_only_counted_when_nothing_is_to_be_dropped) {
  config.throttle.drop_stale = false;
  Server server(config);
  play(server);
  EXPECT_TRUE(server.replica().tree().contains("/a"));
  EXPECT_EQ(server.replica().counters().stale_requests, 1u);
}

// ---- large requests ----------------------------------------------------------------------------------------------

class LargeRequests : public ::testing::Test {
 protected:
  LargeRequests() {
    config.throttle.large_threshold = 1000;
    config.throttle.large_max_bytes = 5000;
  }
  const std::string big = std::string(2000, 'x');
  Config config;
};

TEST_F(LargeRequests, beyond_their_budget_the_connection_is_closed_as_soon_as_the_length_is_known) {
  Server server(config);
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a", big) + create(2, "/b", big));
  server.send(1, create(1, "/c", big).substr(0, 4));
  EXPECT_TRUE(server.channel(1).closed);
  EXPECT_FALSE(server.channel(0).closed);
  EXPECT_EQ(server.replica().counters().large_requests_rejected, 1u);
}

TEST_F(LargeRequests, what_is_answered_makes_room) {
  Server server(config);
  server.connect(0);
  for (int i = 1; i < 10; ++i) {
    server.send(0, create(2 * i, "/a" + std::to_string(i), big) + create(2 * i + 1, "/b" + std::to_string(i), big));
    EXPECT_GT(server.state().large_bytes, 4000);
    server.make_durable();
    EXPECT_EQ(server.state().large_bytes, 0);
  }
  EXPECT_FALSE(server.channel(0).closed);
}

TEST_F(LargeRequests, the_requests_of_a_closed_connection_make_room) {
  Server server(config);
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a", big) + create(2, "/b", big));
  server.hang_up(0);
  EXPECT_EQ(server.state().large_bytes, 0);
  server.send(1, create(1, "/c", big));
  server.make_durable();
  EXPECT_EQ(server.take_replies(1).at(0).error, ErrorCode::kOk);
}

TEST_F(LargeRequests, small_ones_never_count) {
  Server server(config);
  server.connect(0);
  std::string requests;
  for (int i = 0; i < 20; ++i) requests += create(i, "/n" + std::to_string(i), std::string(900, 'x'));
  server.send(0, requests);
  EXPECT_FALSE(server.channel(0).closed);
  EXPECT_EQ(server.state().large_bytes, 0);
}

// ---- shutdown ----------------------------------------------------------------------------------------------------

TEST(ShutdownTimeout, what_is_not_durable_in_time_stays_unanswered) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.step(Shutdown{});
  EXPECT_FALSE(server.exit_code().has_value());
  EXPECT_LE(server.replica().next_deadline(), server.now() + Duration::seconds(10));
  server.pass(Duration::millis(9999));
  EXPECT_FALSE(server.exit_code().has_value());
  server.pass(Duration::millis(1));
  EXPECT_EQ(server.exit_code(), 0);
  EXPECT_TRUE(server.take_replies(0).empty());
}

}  // namespace
}  // namespace vivarium::testing
