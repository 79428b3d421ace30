#include <gtest/gtest.h>

#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

TEST(Handshake, a_new_session_is_answered_only_after_its_create_session_is_durable) {
  Server server;
  server.open(0);
  server.send(0, new_session());
  EXPECT_EQ(server.log().size(), 1u);
  EXPECT_FALSE(server.take_frame(0).has_value());
  server.make_durable();
  const auto response = server.take_connect_response(0);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->timeout_ms, 10'000);
  EXPECT_EQ(to_std(response->password), password_of(response->session_id));
  EXPECT_TRUE(server.replica().sessions().contains(response->session_id));
}

TEST(Handshake, a_request_without_the_read_only_byte_gets_a_response_without_it) {
  Server server;
  server.open(0);
  ConnectRequest connect;
  connect.timeout_ms = 5000;
  const std::string password(16, '\0');
  connect.password = password;
  const std::string frame = connect_frame(connect);
  ASSERT_EQ(frame.size(), 4u + 44u);
  server.send(0, frame);
  server.make_durable();
  EXPECT_EQ(server.take_frame(0)->size(), 36u);
}

TEST(Handshake, a_request_with_the_read_only_byte_gets_a_response_with_it) {
  Server server;
  server.open(0);
  server.send(0, new_session());
  server.make_durable();
  const auto frame = server.take_frame(0);
  ASSERT_EQ(frame->size(), 37u);
  EXPECT_EQ(frame->back(), '\0');
}

TEST(Handshake, the_timeout_is_clamped_into_the_configured_range) {
  Config config;
  config.min_session_timeout_ms = 4000;
  config.max_session_timeout_ms = 40'000;
  Server server(config);
  server.open(0);
  server.open(1);
  server.send(0, new_session(1));
  server.send(1, new_session(1'000'000));
  server.make_durable();
  EXPECT_EQ(server.take_connect_response(0)->timeout_ms, 4000);
  EXPECT_EQ(server.take_connect_response(1)->timeout_ms, 40'000);
}

TEST(Handshake, a_client_that_has_seen_more_than_the_server_is_closed_without_a_reply) {
  Server server;
  server.open(0);
  ConnectRequest connect;
  connect.last_zxid_seen = Zxid{1};
  connect.timeout_ms = 5000;
  const std::string password(16, '\0');
  connect.password = password;
  server.send(0, connect_frame(connect));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_TRUE(server.channel(0).sent.empty());
  EXPECT_TRUE(server.log().empty());
}

TEST(Handshake, requests_behind_the_connect_request_wait_for_the_session) {
  Server server;
  server.open(0);
  server.send(0, new_session() + create(1, "/a") + get_data(2, "/a") + ping());
  EXPECT_EQ(server.log().size(), 1u);
  server.make_durable();
  EXPECT_TRUE(server.take_connect_response(0).has_value());
  EXPECT_EQ(server.log().size(), 2u);
  EXPECT_TRUE(server.take_replies(0).empty());
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2, -2}));
}

TEST(Handshake, a_session_moves_to_a_new_connection_with_its_password_and_closes_the_old_one) {
  Server server;
  const SessionId session = server.connect(0);
  server.open(1);
  server.send(1, resume_session(session, password_of(session)));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_EQ(server.take_connect_response(1)->session_id, session);
  server.send(1, ping());
  EXPECT_EQ(server.take_xids(1), std::vector<int>{-2});
}

TEST(Handshake, a_wrong_password_gets_timeout_zero_and_leaves_the_session_alone) {
  Server server;
  const SessionId session = server.connect(0);
  server.open(1);
  server.send(1, resume_session(session, std::string(16, 'x')));
  const auto response = server.take_connect_response(1);
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->timeout_ms, 0);
  EXPECT_EQ(response->session_id, SessionId{});
  EXPECT_EQ(to_std(response->password), std::string(16, '\0'));
  EXPECT_TRUE(server.channel(1).closed);
  EXPECT_FALSE(server.channel(0).closed);
}

TEST(Handshake, an_unknown_session_gets_timeout_zero_and_is_closed) {
  Server server;
  server.open(0);
  server.send(0, resume_session(SessionId{77}, password_of(SessionId{77})));
  EXPECT_EQ(server.take_connect_response(0)->timeout_ms, 0);
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Handshake, writes_of_the_old_connection_are_not_answered_on_the_new_one) {
  Server server;
  const SessionId session = server.connect(0);
  server.send(0, create(5, "/a"));
  server.open(1);
  server.send(1, resume_session(session, password_of(session)));
  server.take_connect_response(1);
  server.make_durable();
  EXPECT_TRUE(server.replica().tree().contains("/a"));
  EXPECT_TRUE(server.take_replies(1).empty());
}

TEST(Handshake, a_connection_without_a_session_is_dropped_after_the_handshake_timeout) {
  Server server;
  server.open(0);
  server.run_until(Instant{} + Duration::millis(9'999));
  EXPECT_FALSE(server.channel(0).closed);
  server.run_until(Instant{} + Duration::seconds(10));
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_EQ(server.replica().connection_count(), 0u);
}

TEST(Handshake, a_four_letter_word_goes_to_the_adapter) {
  Server server;
  server.open(0);
  server.send(0, "ru");
  EXPECT_TRUE(server.channel(0).admin.empty());
  server.send(0, "ok\n");
  EXPECT_EQ(server.channel(0).admin, std::vector<std::string>{"ruok"});
  EXPECT_FALSE(server.channel(0).closed);
  server.hang_up(0);
  EXPECT_EQ(server.replica().connection_count(), 0u);
}

TEST(Handshake, stmk_carries_its_eight_bytes_of_mask) {
  Server server;
  server.open(0);
  server.send(0, "stmk");
  EXPECT_TRUE(server.channel(0).admin.empty());
  server.send(0, "12345678");
  EXPECT_EQ(server.channel(0).admin, std::vector<std::string>{"stmk12345678"});
}

TEST(Handshake, the_telnet_close_sequence_closes) {
  Server server;
  server.open(0);
  server.send(0, std::string("\xff\xf4\xff\xfd", 4));
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Handshake, other_words_are_absurd_lengths_and_close_without_a_reply) {
  Server server;
  server.open(0);
  server.send(0, "GET / HTTP/1.1\r\n");
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_TRUE(server.channel(0).sent.empty());
  ASSERT_FALSE(server.notes().empty());
}

TEST(Handshake, a_malformed_connect_request_closes) {
  Server server;
  server.open(0);
  server.send(0, std::string("\0\0\0\3abc", 7));
  EXPECT_TRUE(server.channel(0).closed);
}

TEST(Handshake, session_ids_start_above_every_id_that_recovery_has_seen) {
  RecoveredState recovered = Server::empty_directory();
  recovered.max_session_id = SessionId{INT64_C(0x00ffffffffff0000)};
  Server server({}, std::move(recovered));
  EXPECT_GT(server.connect(0).value, INT64_C(0x00ffffffffff0000));
}

TEST(Handshake, session_ids_start_above_those_of_an_earlier_life_whose_clock_was_ahead) {
  const WallTime earlier{WallTime{}.millis + 4'000'000'000'000};
  RecoveredState recovered = Server::empty_directory();
  recovered.newest_time = earlier;
  Server server({}, std::move(recovered));
  EXPECT_GT(server.connect(0), first_session_id(ServerId{0}, earlier));
}

TEST(Handshake, a_closed_session_cannot_be_resumed) {
  Server server;
  const SessionId session = server.connect(0);
  server.send(0, close_session(1));
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), std::vector<int>{1});
  EXPECT_TRUE(server.channel(0).closed);
  server.open(0);
  server.send(0, resume_session(session, password_of(session)));
  EXPECT_EQ(server.take_connect_response(0)->timeout_ms, 0);
}

TEST(Handshake, a_session_that_is_closing_cannot_be_resumed) {
  Server server;
  const SessionId session = server.connect(0);
  server.send(0, close_session(1));
  server.open(1);
  server.send(1, resume_session(session, password_of(session)));
  EXPECT_EQ(server.take_connect_response(1)->timeout_ms, 0);
}

}  // namespace
}  // namespace vivarium::testing
