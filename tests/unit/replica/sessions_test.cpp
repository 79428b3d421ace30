#include <gtest/gtest.h>

#include "tests/support/replica_harness.h"
#include "tests/support/replica_recovery.h"

namespace vivarium::testing {
namespace {

Config two_second_ticks() {
  Config config;
  config.tick = Duration::seconds(2);
  return config;
}

TEST(Sessions, a_silent_client_expires_by_a_logged_close_session_and_its_ephemerals_go) {
  Server server(two_second_ticks());
  const SessionId session = server.connect(0, 10'000);
  server.send(0, create(1, "/e", "", create_flags::kEphemeral));
  server.make_durable();
  server.run_until(Instant{} + Duration::seconds(30));
  EXPECT_FALSE(server.replica().sessions().contains(session));
  EXPECT_FALSE(server.replica().tree().contains("/e"));
  EXPECT_TRUE(server.channel(0).closed);
  const auto last = decode_txn(server.log().back().bytes);
  EXPECT_EQ(last->header.type, OpCode::kCloseSession);
  EXPECT_EQ(last->header.cxid.value, 0);
  EXPECT_EQ(server.replica().counters().sessions_expired, 1u);
}

TEST(Sessions, no_session_expires_before_its_timeout_has_passed_since_its_last_packet) {
  Server server(two_second_ticks());
  const SessionId session = server.connect(0, 10'000);
  for (int i = 0; i < 5; ++i) {
    server.run_until(server.now() + Duration::seconds(9));
    server.send(0, ping());
  }
  EXPECT_TRUE(server.replica().sessions().contains(session));
  server.run_until(server.now() + Duration::millis(9'999));
  EXPECT_TRUE(server.replica().sessions().contains(session));
}

TEST(Sessions, a_session_outlives_its_connection_until_it_expires) {
  Server server(two_second_ticks());
  const SessionId session = server.connect(0, 10'000);
  server.hang_up(0);
  EXPECT_TRUE(server.replica().sessions().contains(session));
  server.run_until(Instant{} + Duration::seconds(15));
  EXPECT_FALSE(server.replica().sessions().contains(session));
}

TEST(Sessions, a_server_that_slept_hears_its_clients_before_it_judges_them) {
  Server server(two_second_ticks());
  const SessionId session = server.connect(0, 10'000);
  const std::string bytes = ping();
  const Input input = ChannelBytes{server.channel(0).id, bytes};
  server.pass(Duration{});
  // A jump far beyond the deadline, with the client's ping in the same batch.
  Server& late = server;
  const Instant then = Instant{} + Duration::seconds(60);
  Effects effects;
  late.replica().step(then, std::span(&input, 1), effects);
  EXPECT_TRUE(late.replica().sessions().contains(session));
  EXPECT_FALSE(late.replica().sessions().is_closing(session));
}

TEST(Sessions, a_connection_of_an_expiring_session_takes_no_more_requests) {
  Server server(two_second_ticks());
  server.connect(0, 10'000);
  server.pass(Duration::seconds(20));  // the closeSession is proposed, not durable
  server.send(0, create(1, "/late"));
  server.make_durable();
  EXPECT_TRUE(server.channel(0).closed);
  EXPECT_FALSE(server.replica().tree().contains("/late"));
}

TEST(Sessions, a_restarted_server_gives_every_session_its_full_timeout) {
  Server first(two_second_ticks());
  const SessionId session = first.connect(0, 10'000);
  Server second(two_second_ticks(), recovered_from(first.log()));
  second.run_until(Instant{} + Duration::millis(9'999));
  EXPECT_TRUE(second.replica().sessions().contains(session));
  second.open(0);
  second.send(0, resume_session(session, password_of(session)));
  EXPECT_EQ(second.take_connect_response(0)->session_id, session);
  EXPECT_NE(second.connect(1), session);
}

TEST(Sessions, a_client_that_is_kept_waiting_by_the_server_does_not_expire) {
  Config config = two_second_ticks();
  config.global_outstanding_limit = 2;
  Server server(config);
  const SessionId session = server.connect(0, 10'000);
  server.send(0, create(1, "/a") + create(2, "/b") + create(3, "/c"));
  EXPECT_TRUE(server.channel(0).paused);
  server.pass(Duration::seconds(60));
  EXPECT_FALSE(server.replica().sessions().is_closing(session));
  server.make_durable();
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2, 3}));
}

TEST(Sessions, a_client_whose_unread_channel_closes_has_a_full_timeout_from_then) {
  Config config = two_second_ticks();
  config.global_outstanding_limit = 2;
  Server server(config);
  const SessionId session = server.connect(0, 10'000);
  server.send(0, create(1, "/a") + create(2, "/b") + create(3, "/c"));
  ASSERT_TRUE(server.channel(0).paused);
  server.pass(Duration::seconds(9));
  server.hang_up(0);
  server.pass(Duration::seconds(9));
  EXPECT_FALSE(server.replica().sessions().is_closing(session));
}

TEST(Sessions, a_client_that_is_read_from_again_has_a_full_timeout_from_then) {
  Config config = two_second_ticks();
  config.global_outstanding_limit = 2;
  Server server(config);
  const SessionId session = server.connect(0, 10'000);
  server.send(0, create(1, "/a") + create(2, "/b") + create(3, "/c"));
  ASSERT_TRUE(server.channel(0).paused);
  server.sleep(Duration::seconds(60));
  server.make_durable();  // makes room: reading goes on in the very step in which the deadline has passed
  ASSERT_FALSE(server.channel(0).paused);
  EXPECT_FALSE(server.replica().sessions().is_closing(session));
}

TEST(Sessions, wall_time_going_back_expires_nobody) {
  Server server(two_second_ticks());
  const SessionId session = server.connect(0, 10'000);
  server.step(WallClock{WallTime{1}});
  server.send(0, create(1, "/a"));
  server.make_durable();
  EXPECT_TRUE(server.replica().sessions().contains(session));
  EXPECT_EQ(server.replica().tree().find("/a")->ctime.millis, 1);
}

// ---- boot --------------------------------------------------------------------------------------------------------

TEST(Boot, ephemerals_whose_session_is_gone_are_removed_by_a_logged_close_session) {
  RecoveredState recovered = Server::empty_directory();
  recovered.tree.create("/orphan", "x", open_acl(), 0x99, -1, Zxid{1}, WallTime{5});
  recovered.tree.advance(Zxid{1});
  recovered.last_zxid = Zxid{1};
  Server server({}, std::move(recovered));
  server.step();
  ASSERT_EQ(server.log().size(), 1u);
  server.make_durable();
  EXPECT_FALSE(server.replica().tree().contains("/orphan"));
  const auto txn = decode_txn(server.log()[0].bytes);
  EXPECT_EQ(txn->header.type, OpCode::kCloseSession);
  EXPECT_EQ(txn->header.client_id.value, 0x99);
  ASSERT_TRUE(txn->digest.has_value());
  EXPECT_EQ(txn->digest->tree_digest, server.replica().tree().digest());
}

TEST(Boot, a_damaged_directory_halts_a_lone_server) {
  RecoveredState recovered = Server::empty_directory();
  recovered.verdict = RecoveryVerdict::kFaulty;
  Server server({}, std::move(recovered));
  server.step();
  EXPECT_EQ(server.exit_code(), 2);
  EXPECT_TRUE(server.replica().halted());
}

TEST(Boot, zxids_go_on_from_the_recovered_log) {
  RecoveredState recovered = Server::empty_directory();
  recovered.tree.advance(Zxid{41});
  recovered.last_zxid = Zxid{41};
  Server server({}, std::move(recovered));
  server.connect(0);
  EXPECT_EQ(server.log().at(0).zxid, 42);
}

// ---- the end -----------------------------------------------------------------------------------------------------

TEST(Storage, a_failure_halts_at_once_and_acknowledges_nothing_more) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.step(StorageFailed{"fsync: input/output error"});
  EXPECT_EQ(server.exit_code(), 10);
  server.make_durable();
  EXPECT_TRUE(server.take_replies(0).empty());
  EXPECT_EQ(server.replica().next_deadline(), Instant::never());
}

TEST(Shutdown, answers_what_becomes_durable_then_halts) {
  Server server;
  server.connect(0);
  server.send(0, create(1, "/a"));
  server.step(Shutdown{});
  EXPECT_FALSE(server.exit_code().has_value());
  server.send(0, create(2, "/b"));
  server.open(1);
  EXPECT_TRUE(server.channel(1).closed);
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), std::vector<int>{1});
  EXPECT_EQ(server.exit_code(), 0);
}

TEST(Shutdown, an_idle_server_halts_at_once) {
  Server server;
  server.step(Shutdown{});
  EXPECT_EQ(server.exit_code(), 0);
}

// ---- containers and TTL ------------------------------------------------------------------------------------------

TEST(Containers, an_emptied_container_is_removed_at_the_next_scan) {
  Server server;
  server.connect(0, 60'000);
  server.send(0, create(1, "/c", "", create_flags::kContainer, OpCode::kCreateContainer) + create(2, "/c/x") +
                     remove(3, "/c/x"));
  server.make_durable();
  server.run_until(Instant{} + Duration::millis(59'999));
  EXPECT_TRUE(server.replica().tree().contains("/c"));
  server.run_until(Instant{} + Duration::seconds(60));
  EXPECT_FALSE(server.replica().tree().contains("/c"));
  const auto txn = decode_txn(server.log().back().bytes);
  EXPECT_EQ(txn->header.type, OpCode::kDeleteContainer);
  EXPECT_EQ(txn->header.client_id.value, 0);
}

TEST(Containers, one_that_never_had_a_child_stays_by_default) {
  Server server;
  server.connect(0, 60'000);
  server.send(0, create(1, "/c", "", create_flags::kContainer, OpCode::kCreateContainer));
  server.make_durable();
  server.run_until(Instant{} + Duration::seconds(300));
  EXPECT_TRUE(server.replica().tree().contains("/c"));
}

TEST(Containers, removals_are_paced) {
  Config config;
  config.container_max_per_minute = 1;
  Server server(config);
  server.connect(0, 60'000);
  for (int i = 0; i < 3; ++i) {
    const std::string path = "/c" + std::to_string(i);
    server.send(0, create(1, path, "", create_flags::kContainer, OpCode::kCreateContainer) + create(2, path + "/x") +
                       remove(3, path + "/x"));
  }
  server.make_durable();
  const auto left = [&] {
    int n = 0;
    for (int i = 0; i < 3; ++i) n += server.replica().tree().contains("/c" + std::to_string(i)) ? 1 : 0;
    return n;
  };
  server.run_until(Instant{} + Duration::seconds(60));
  EXPECT_EQ(left(), 2);
  server.run_until(Instant{} + Duration::seconds(120));
  EXPECT_EQ(left(), 1);
  server.run_until(Instant{} + Duration::seconds(180));
  EXPECT_EQ(left(), 0);
}

TEST(Containers, a_container_that_got_a_child_since_the_scan_is_spared) {
  Config config;
  config.container_max_per_minute = 1;
  Server server(config);
  server.connect(0, 60'000);
  for (const char* path : {"/a", "/b"}) {
    server.send(0, create(1, path, "", create_flags::kContainer, OpCode::kCreateContainer) +
                       create(2, std::string(path) + "/x") + remove(3, std::string(path) + "/x"));
  }
  server.make_durable();
  server.run_until(Instant{} + Duration::seconds(60));
  EXPECT_FALSE(server.replica().tree().contains("/a"));
  server.connect(1, 60'000);
  server.send(1, create(4, "/b/child"));
  server.make_durable();
  server.run_until(Instant{} + Duration::seconds(121));
  EXPECT_TRUE(server.replica().tree().contains("/b"));
}

TEST(Ttl, a_node_of_3_5_3_is_removed_like_others_where_that_is_emulated) {
  Config config;
  config.extended_types_enabled = config.emulate_353_ttl_nodes = true;
  TreeOptions options;
  options.extended_types = options.emulate_353 = true;
  RecoveredState recovered = Server::empty_directory();
  recovered.tree = DataTree(options);
  const auto old_form = [](std::uint64_t ttl) { return static_cast<std::int64_t>(0x8000000000000000ULL | ttl); };
  StatPersisted stat;
  stat.mtime = Server::kBoot;
  recovered.tree.begin_load();
  for (const auto& [path, owner] : {std::pair("", std::int64_t{0}), std::pair("/t", old_form(30'000)),
                                    std::pair("/beyond_40_bits", old_form(std::uint64_t{1} << 40))}) {
    stat.ephemeral_owner = owner;
    ASSERT_TRUE(recovered.tree.load_node(path, "", kOpenAclId, stat));
  }
  recovered.tree.end_load();
  Server server(config, std::move(recovered));
  EXPECT_EQ(server.replica().tree().ephemerals().size(), 0u);
  server.step(WallClock{WallTime{Server::kBoot.millis + 60'000}});
  server.run_until(Instant{} + Duration::seconds(60));
  EXPECT_FALSE(server.replica().tree().contains("/t"));
  EXPECT_TRUE(server.replica().tree().contains("/beyond_40_bits"));
}

TEST(Ttl, a_node_is_removed_once_its_time_since_the_last_change_has_passed) {
  Config config;
  config.extended_types_enabled = true;
  RecoveredState recovered = Server::empty_directory();
  TreeOptions options;
  options.extended_types = true;
  recovered.tree = DataTree(options);
  Server server(config, std::move(recovered));
  server.connect(0, 60'000);
  server.send(0, create(1, "/t", "", create_flags::kPersistentWithTtl, OpCode::kCreateTtl, 90'000));
  server.make_durable();
  ASSERT_EQ(server.take_replies(0).back().error, ErrorCode::kOk);
  server.step(WallClock{WallTime{Server::kBoot.millis + 60'000}});
  server.run_until(Instant{} + Duration::seconds(60));
  EXPECT_TRUE(server.replica().tree().contains("/t"));
  server.step(WallClock{WallTime{Server::kBoot.millis + 120'000}});
  server.run_until(Instant{} + Duration::seconds(120));
  EXPECT_FALSE(server.replica().tree().contains("/t"));
}

}  // namespace
}  // namespace vivarium::testing
