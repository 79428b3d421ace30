// One session over many connections: handshake, time, failures, order.
#include "kernel/client/session_client.h"

#include <gtest/gtest.h>

#include "tests/unit/client/scripted_server.h"

namespace vivarium {
namespace {

ClientConfig three_servers() {
  ClientConfig config;
  config.server_count = 3;
  config.first_server = 1;
  config.timeout_ms = 9000;
  return config;
}

TEST(SessionClient, dials_its_first_server_and_asks_for_a_new_session) {
  ScriptedServer server(three_servers());
  server.start();
  EXPECT_EQ(server.dialled, std::vector<std::uint32_t>{1});
  server.connect();
  ASSERT_EQ(server.handshakes.size(), 1u);
  const auto request = decode_connect_request(server.handshakes[0]);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->session_id.value, 0);
  EXPECT_EQ(request->timeout_ms, 9000);
  EXPECT_EQ(request->password, std::string(16, '\0'));
  EXPECT_EQ(request->read_only, false);
}

TEST(SessionClient, is_connected_when_the_server_accepts) {
  ScriptedServer server;
  server.establish(4000);
  EXPECT_EQ(server.states, std::vector<SessionState>{SessionState::kConnected});
  EXPECT_EQ(server.client.session().value, 7);
  EXPECT_EQ(server.client.negotiated_timeout_ms(), 4000);
  EXPECT_EQ(server.client.password(), "0123456789abcdef");
}

TEST(SessionClient, tells_a_read_only_server_from_others) {
  ScriptedServer server;
  server.start();
  server.connect();
  server.bytes(ScriptedServer::accept_packet(7, 4000, true));
  EXPECT_EQ(server.client.state(), SessionState::kConnectedReadOnly);
  server.now = at_ms(1000);
  server.lose();
  server.connect();
  EXPECT_EQ(decode_connect_request(server.handshakes[1])->session_id.value, 0)
      << "a read-only server's session is nobody else's";
}

TEST(SessionClient, takes_bytes_in_any_split) {
  ScriptedServer server;
  server.start();
  server.connect();
  for (const char c : ScriptedServer::accept_packet(7, 4000)) server.bytes(std::string_view(&c, 1));
  const CallId call = server.call(requests::get_data("/a"));
  const std::string reply = ScriptedServer::packet(ReplyHeader{Xid{1}, Zxid{5}, ErrorCode::kOk}) +
                            ScriptedServer::packet(ReplyHeader{xids::kPing, Zxid{5}, ErrorCode::kOk});
  for (const char c : reply) server.bytes(std::string_view(&c, 1));
  ASSERT_EQ(server.replies.size(), 1u);
  EXPECT_EQ(server.replies[0].call, call);
  EXPECT_EQ(server.disconnects, 0);
}

TEST(SessionClient, answers_calls_in_their_order) {
  ScriptedServer server;
  server.establish();
  const CallId first = server.call(requests::get_data("/a"));
  const CallId second = server.call(requests::set_data("/a", "x"));
  ASSERT_EQ(server.sent.size(), 2u);
  EXPECT_EQ(server.sent[0].xid.value, 1);
  EXPECT_EQ(server.sent[1].xid.value, 2);
  server.answer(ErrorCode::kNoNode);
  server.answer(ErrorCode::kOk, "body", 101);
  ASSERT_EQ(server.replies.size(), 2u);
  EXPECT_EQ(server.replies[0].call, first);
  EXPECT_EQ(server.replies[0].error, ErrorCode::kNoNode);
  EXPECT_EQ(server.replies[1].call, second);
  EXPECT_EQ(server.replies[1].body, "body");
  EXPECT_EQ(server.client.last_zxid().value, 101);
}

TEST(SessionClient, leaves_a_server_that_answers_out_of_order) {
  ScriptedServer server(three_servers());
  server.establish();
  server.call(requests::get_data("/a"));
  server.call(requests::get_data("/b"));
  server.reply_to(Xid{2}, ErrorCode::kOk);
  EXPECT_EQ(server.disconnects, 1);
  ASSERT_EQ(server.replies.size(), 2u);
  EXPECT_EQ(server.replies[0].error, ErrorCode::kConnectionLoss);
  EXPECT_EQ(server.replies[1].error, ErrorCode::kConnectionLoss);
}

TEST(SessionClient, leaves_a_server_that_sends_an_absurd_length) {
  for (const std::string_view length : {std::string_view("\xff\xff\xff\xff", 4), std::string_view("\x7f\0\0\0", 4)}) {
    ScriptedServer server(three_servers());
    server.establish();
    server.bytes(length);
    EXPECT_EQ(server.disconnects, 1);
    EXPECT_EQ(server.client.state(), SessionState::kConnecting);
  }
}

TEST(SessionClient, sends_calls_made_before_the_handshake_once_it_is_done) {
  ScriptedServer server;
  server.start();
  const CallId early = server.call(requests::exists("/a"));
  server.connect();
  const CallId late = server.call(requests::exists("/b"));
  EXPECT_TRUE(server.sent.empty());
  server.accept();
  ASSERT_EQ(server.sent.size(), 2u);
  server.answer();
  server.answer();
  ASSERT_EQ(server.replies.size(), 2u);
  EXPECT_EQ(server.replies[0].call, early);
  EXPECT_EQ(server.replies[1].call, late);
}

TEST(SessionClient, gives_connection_loss_to_calls_in_flight_and_goes_to_the_next_server) {
  ScriptedServer server(three_servers());
  server.establish();
  server.call(requests::set_data("/a", "x"));
  server.sent.clear();
  server.lose();
  ASSERT_EQ(server.replies.size(), 1u);
  EXPECT_EQ(server.replies[0].error, ErrorCode::kConnectionLoss);
  EXPECT_EQ(server.dialled, (std::vector<std::uint32_t>{1, 2}));
  EXPECT_EQ(server.states, (std::vector<SessionState>{SessionState::kConnected, SessionState::kConnecting}));
  server.connect();
  server.accept();
  EXPECT_TRUE(server.sent.empty()) << "a call that may have been executed is never repeated";
}

TEST(SessionClient, resumes_its_session_with_password_and_last_zxid) {
  ScriptedServer server(three_servers());
  server.establish();
  server.call(requests::get_data("/a"));
  server.answer(ErrorCode::kOk, "", 42);
  server.lose();
  server.connect();
  const auto request = decode_connect_request(server.handshakes[1]);
  EXPECT_EQ(request->session_id.value, 7);
  EXPECT_EQ(request->password, "0123456789abcdef");
  EXPECT_EQ(request->last_zxid_seen.value, 42);
}

TEST(SessionClient, can_take_up_a_known_session) {
  ScriptedServer server;
  server.client = SessionClient({}, SessionId{99}, "passwordpassword", Zxid{5});
  server.start();
  server.connect();
  const auto request = decode_connect_request(server.handshakes[0]);
  EXPECT_EQ(request->session_id.value, 99);
  EXPECT_EQ(request->password, "passwordpassword");
  EXPECT_EQ(request->last_zxid_seen.value, 5);
}

TEST(SessionClient, learns_that_its_session_expired) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a"));
  server.now = at_ms(1000);
  server.lose();
  const CallId waiting = server.call(requests::get_data("/b"));
  server.connect();
  server.bytes(ScriptedServer::accept_packet(0, 0));
  EXPECT_EQ(server.client.state(), SessionState::kExpired);
  EXPECT_EQ(server.replies.back().call, waiting);
  EXPECT_EQ(server.replies.back().error, ErrorCode::kSessionExpired);
  EXPECT_EQ(server.disconnects, 1);
  EXPECT_EQ(server.client.next_deadline(), Instant::never());
  server.call(requests::get_data("/c"));
  EXPECT_EQ(server.replies.back().error, ErrorCode::kSessionExpired);
  EXPECT_EQ(server.dialled.size(), 2u);
}

TEST(SessionClient, tries_every_server_at_once_and_then_pauses) {
  ScriptedServer server(three_servers());
  server.start();
  server.lose();
  server.lose();
  EXPECT_EQ(server.dialled, (std::vector<std::uint32_t>{1, 2, 0}));
  server.lose();
  EXPECT_EQ(server.dialled.size(), 3u);
  const Instant again = server.client.next_deadline();
  EXPECT_GE(again, at_ms(500));
  EXPECT_LE(again, at_ms(1000));
  server.tick(1000);
  EXPECT_EQ(server.dialled, (std::vector<std::uint32_t>{1, 2, 0, 1}));
}

TEST(SessionClient, does_not_dial_in_a_tight_loop_when_links_break_at_once) {
  ScriptedServer server;
  server.establish();
  server.lose();
  EXPECT_EQ(server.dialled.size(), 1u) << "the only server, and the link stood for no time";
  server.tick(1000);
  server.connect();
  server.accept();
  server.tick(3000);
  server.lose();
  EXPECT_EQ(server.dialled.size(), 3u) << "a link that stood is replaced at once";
}

TEST(SessionClient, gives_up_a_server_that_does_not_answer_the_handshake) {
  ScriptedServer server(three_servers());
  server.start();
  server.connect();
  EXPECT_EQ(server.client.next_deadline(), at_ms(3000));
  server.tick(3000);
  EXPECT_EQ(server.disconnects, 1);
  EXPECT_EQ(server.dialled, (std::vector<std::uint32_t>{1, 2}));
}

TEST(SessionClient, ignores_news_of_older_connections) {
  ScriptedServer server(three_servers());
  server.start();
  const std::uint32_t old = server.connection;
  server.tick(3000);
  server.client.connected(server.now, old, server.out);
  server.client.received(server.now, old, "x", server.out);
  server.client.disconnected(server.now, old, server.out);
  EXPECT_TRUE(server.out.empty());
}

TEST(SessionClient, pings_after_a_third_of_the_timeout_without_sending) {
  ScriptedServer server;
  server.establish(9000);
  EXPECT_EQ(server.client.next_deadline(), at_ms(3000));
  server.now = at_ms(2000);
  server.call(requests::get_data("/a"));
  server.sent.clear();
  server.tick(3000);
  EXPECT_TRUE(server.sent.empty());
  server.tick(5000);
  ASSERT_EQ(server.sent.size(), 1u);
  EXPECT_EQ(server.sent[0].op, OpCode::kPing);
  EXPECT_EQ(server.sent[0].xid, xids::kPing);
}

TEST(SessionClient, pings_at_least_every_ten_seconds) {
  ScriptedServer server;
  server.establish(90'000);
  EXPECT_EQ(server.client.next_deadline(), at_ms(10'000));
}

TEST(SessionClient, leaves_a_silent_server_after_two_thirds_of_the_timeout) {
  ScriptedServer server(three_servers());
  server.establish(9000);
  server.tick(3000);
  server.tick(5999);
  EXPECT_EQ(server.disconnects, 0);
  server.tick(6000);
  EXPECT_EQ(server.disconnects, 1);
  EXPECT_EQ(server.dialled, (std::vector<std::uint32_t>{1, 2}));
}

TEST(SessionClient, close_ends_the_session_on_the_server) {
  ScriptedServer server;
  server.establish();
  const CallId before = server.call(requests::get_data("/a"));
  server.close();
  server.close();
  ASSERT_EQ(server.sent.size(), 2u);
  EXPECT_EQ(server.sent[1].op, OpCode::kCloseSession);
  server.call(requests::get_data("/b"));
  EXPECT_EQ(server.replies.back().error, ErrorCode::kConnectionLoss);
  server.answer();
  server.answer();
  EXPECT_EQ(server.replies.back().call, before);
  EXPECT_EQ(server.client.state(), SessionState::kClosed);
  EXPECT_EQ(server.disconnects, 1);
}

TEST(SessionClient, close_without_a_connection_is_immediate) {
  ScriptedServer server;
  server.start();
  server.lose();
  server.close();
  EXPECT_EQ(server.client.state(), SessionState::kClosed);
  EXPECT_EQ(server.client.next_deadline(), Instant::never());
}

TEST(SessionClient, close_does_not_reconnect_when_the_link_breaks) {
  ScriptedServer server(three_servers());
  server.establish();
  server.close();
  server.lose();
  EXPECT_EQ(server.client.state(), SessionState::kClosed);
  EXPECT_EQ(server.dialled.size(), 1u);
}

TEST(SessionClient, authenticates_on_every_connection) {
  ScriptedServer server(three_servers());
  const CallId first = server.client.add_auth(server.now, "digest", "a:b", server.out);
  server.start();
  server.connect();
  ASSERT_EQ(server.sent.size(), 1u) << "behind the ConnectRequest, without waiting";
  EXPECT_EQ(server.sent[0].xid, xids::kAuth);
  ByteReader body(server.sent[0].body);
  const auto auth = decode_auth_request(body);
  EXPECT_EQ(auth->scheme, "digest");
  EXPECT_EQ(auth->credential, "a:b");
  server.accept();
  server.reply_to(xids::kAuth, ErrorCode::kOk, {}, 0);
  ASSERT_EQ(server.replies.size(), 1u);
  EXPECT_EQ(server.replies[0].call, first);
  server.lose();
  server.connect();
  server.accept();
  server.reply_to(xids::kAuth, ErrorCode::kOk, {}, 0);
  EXPECT_EQ(server.sent.size(), 2u);
  EXPECT_EQ(server.replies.size(), 1u) << "the call was answered before";
}

TEST(SessionClient, an_unanswered_auth_waits_for_the_next_connection) {
  ScriptedServer server(three_servers());
  server.establish();
  const CallId call = server.client.add_auth(server.now, "digest", "a:b", server.out);
  server.take();
  server.lose();
  EXPECT_TRUE(server.replies.empty());
  server.connect();
  server.accept();
  server.reply_to(xids::kAuth, ErrorCode::kOk, {}, 0);
  ASSERT_EQ(server.replies.size(), 1u);
  EXPECT_EQ(server.replies[0].call, call);
}

TEST(SessionClient, a_refused_auth_ends_everything) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a"));
  server.client.add_auth(server.now, "digest", "a:b", server.out);
  server.take();
  server.reply_to(xids::kAuth, ErrorCode::kAuthFailed, {}, 0);
  EXPECT_EQ(server.client.state(), SessionState::kAuthFailed);
  ASSERT_EQ(server.replies.size(), 2u);
  EXPECT_EQ(server.replies[0].error, ErrorCode::kAuthFailed);
  EXPECT_EQ(server.replies[1].error, ErrorCode::kAuthFailed);
  server.call(requests::get_data("/a"));
  EXPECT_EQ(server.replies[2].error, ErrorCode::kAuthFailed);
}

TEST(SessionClient, survives_answers_that_nobody_asked_for) {
  for (const Xid xid : {xids::kAuth, xids::kSetWatches, Xid{1}, Xid{-77}}) {
    ScriptedServer server(three_servers());
    server.establish();
    server.reply_to(xid, ErrorCode::kOk);
    EXPECT_EQ(server.disconnects, 1);
  }
}

TEST(SessionClient, xids_stay_positive) {
  ScriptedServer server;
  server.establish();
  for (int i = 0; i < 3; ++i) server.call(requests::who_am_i());
  EXPECT_EQ(server.sent.back().xid.value, 3);
}

TEST(SessionClient, a_copy_is_another_world) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a", true));
  SessionClient copy = server.client;
  StateHash one, two, three;
  server.client.hash_into(one);
  copy.hash_into(two);
  EXPECT_EQ(one, two);
  server.answer();
  server.client.hash_into(three);
  EXPECT_NE(one, three);
  EXPECT_EQ(copy.calls_in_flight(), 1u);
  EXPECT_EQ(server.client.calls_in_flight(), 0u);
}

}  // namespace
}  // namespace vivarium
