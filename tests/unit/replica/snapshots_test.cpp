#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/replica/snapshot_task.h"
#include "tests/support/replica_harness.h"
#include "tests/support/replica_recovery.h"

namespace vivarium::testing {
namespace {

Config small_snapshots() {
  Config config;
  config.snap_count = 20;
  return config;
}

RecoveredState fresh_directory() {
  RecoveredState recovered;
  recovered.verdict = RecoveryVerdict::kFresh;
  recovered.needs_snapshot = true;
  return recovered;
}

std::string restricted_acl(int n) {
  return bytes_of([&](ByteWriter& out) {
    out.i32(1);
    encode(out, Acl{perms::kAll, "ip", "127.0.0." + std::to_string(n)});
  });
}

TEST(Snapshots, a_fresh_directory_gets_one_before_anything_is_proposed) {
  Server server({}, fresh_directory());
  server.open(0);
  server.send(0, new_session());
  EXPECT_TRUE(server.log().empty());
  EXPECT_TRUE(server.channel(0).paused);
  server.finish_snapshot();
  EXPECT_EQ(server.log().size(), 1u);
  server.make_durable();
  EXPECT_TRUE(server.take_connect_response(0).has_value());
  EXPECT_FALSE(server.channel(0).paused);
}

TEST(Snapshots, the_first_one_of_a_fresh_server_has_apaches_457_bytes) {
  Config config;
  config.serialize_last_processed_zxid = false;  // as 3.8.0 writes it
  Server server(config, fresh_directory());
  server.step();
  server.finish_snapshot();
  ASSERT_EQ(server.snapshots().size(), 1u);
  const std::string& bytes = server.snapshots().begin()->second;
  EXPECT_EQ(server.snapshots().begin()->first, 0);
  EXPECT_EQ(bytes.size(), 457u);
}

TEST(Snapshots, a_first_one_that_fails_halts_the_server) {
  Server server({}, fresh_directory());
  server.step();
  server.step(SnapshotFailed{Zxid{0}});
  EXPECT_EQ(server.exit_code(), 10);
}

TEST(Snapshots, a_later_one_that_fails_is_noted_and_the_server_goes_on) {
  Server server(small_snapshots());
  server.connect(0);
  for (int i = 1; !server.snapshot_open(); ++i) {
    server.send(0, create(i, "/n" + std::to_string(i)));
    server.make_durable();
  }
  server.step(SnapshotFailed{Zxid{server.snapshot_zxid()}});
  EXPECT_FALSE(server.exit_code().has_value());
  EXPECT_EQ(server.replica().counters().snapshots_failed, 1u);
  server.send(0, create(100, "/on"));
  server.make_durable();
  EXPECT_TRUE(server.replica().tree().contains("/on"));
}

TEST(Snapshots, one_is_taken_when_the_log_has_grown_by_half_to_all_of_snap_count) {
  Server server(small_snapshots());
  server.connect(0);
  int records = 1;
  for (int i = 1; !server.snapshot_open(); ++i, ++records) {
    server.send(0, set_data(i, "/", "x"));
    server.make_durable();
    ASSERT_LT(records, 21);
  }
  EXPECT_GE(records, 11);
  EXPECT_EQ(server.total(EffectKind::kRollLog), 1);
}

TEST(Snapshots, at_most_one_chunk_is_under_way) {
  Server server(small_snapshots());
  server.connect(0);
  const std::string big(100'000, 'x');
  for (int i = 1; !server.snapshot_open(); ++i) {
    server.send(0, create(i, "/n" + std::to_string(i), big));
    server.make_durable();
  }
  EXPECT_EQ(server.total(EffectKind::kSnapshotChunk), 1);
  server.step();
  EXPECT_EQ(server.total(EffectKind::kSnapshotChunk), 1);
  server.step(SnapshotChunkWritten{Zxid{server.snapshot_zxid()}});
  EXPECT_EQ(server.total(EffectKind::kSnapshotChunk), 2);
  server.step(SnapshotChunkWritten{Zxid{12345}});
  EXPECT_EQ(server.total(EffectKind::kSnapshotChunk), 2);
}

TEST(Snapshots, writes_during_the_walk_are_brought_back_by_replay) {
  Server server(small_snapshots());
  server.connect(0);
  const std::string big(60'000, 'x');
  constexpr int kXid = 1;  // order is all that matters here
  int names = 0;
  const auto run = [&](const std::string& bytes) {
    server.send(0, bytes);
    server.make_durable();
  };
  run(create(kXid, "/d") + create(kXid, "/m") + create(kXid, "/z") + create(kXid, "/z/old"));
  while (!server.snapshot_open()) run(create(kXid, "/m/n" + std::to_string(names++), big));
  const std::int64_t zxid = server.snapshot_zxid();
  int round = 0;
  while (server.snapshot_open()) {
    const std::string n = std::to_string(++round);
    const std::string acl = restricted_acl(round);
    run(create(kXid, "/a" + n) + create(kXid, "/z/new" + n, "y", 0, OpCode::kCreate, 0, acl) +
        set_acl(kXid, "/z/old", acl) + set_data(kXid, "/z", n) + set_data(kXid, "/d", n));
    if (round == 1) run(remove(kXid, "/z/old") + create(kXid, "/z/old", "again", 0, OpCode::kCreate, 0, acl));
    server.step(SnapshotChunkWritten{Zxid{zxid}});
  }
  ASSERT_GT(round, 3);
  server.step(SnapshotDurable{Zxid{zxid}});
  EXPECT_EQ(server.replica().counters().snapshots_written, 1u);
  const Recovery recovery = recover(server.snapshots().at(zxid), zxid, server.log());
  ASSERT_TRUE(recovery.ok);
  EXPECT_EQ(recovery.nodes_without_acl, 0u);
  EXPECT_EQ(recovery.found_digest, recovery.expected_digest);
  EXPECT_EQ(hash_of(recovery.tree), hash_of(server.replica().tree()));
}

TEST(Snapshots, an_acl_that_is_replaced_during_the_walk_is_written_as_it_was_at_the_start) {
  Server server(small_snapshots());
  server.connect(0);
  const std::string big(60'000, 'x');
  const std::string before = restricted_acl(1);
  const std::string after = restricted_acl(2);
  constexpr int kXid = 1;  // order is all that matters here
  int names = 0;
  const auto run = [&](const std::string& bytes) {
    server.send(0, bytes);
    server.make_durable();
  };
  run(create(kXid, "/m") + create(kXid, "/z", "", 0, OpCode::kCreate, 0, before));
  while (!server.snapshot_open()) run(create(kXid, "/m/n" + std::to_string(names++), big));
  const std::int64_t zxid = server.snapshot_zxid();
  run(set_acl(kXid, "/z", after));
  server.finish_snapshot();
  const Recovery without_log = recover(server.snapshots().at(zxid), zxid, {});
  ASSERT_TRUE(without_log.ok);
  EXPECT_EQ(to_std(without_log.tree.acl(*without_log.tree.find("/z"))), before);
  const Recovery whole = recover(server.snapshots().at(zxid), zxid, server.log());
  EXPECT_EQ(to_std(whole.tree.acl(*whole.tree.find("/z"))), after);
  EXPECT_EQ(hash_of(whole.tree), hash_of(server.replica().tree()));
}

TEST(Snapshots, purges_follow_their_interval_and_only_when_one_is_set) {
  Config config;
  config.purge_interval = Duration::seconds(3600);
  config.snap_retain_count = 5;
  Server server(config);
  server.step();
  EXPECT_EQ(server.total(EffectKind::kPurge), 1);
  server.run_until(Instant{} + Duration::seconds(3599));
  EXPECT_EQ(server.total(EffectKind::kPurge), 1);
  server.run_until(Instant{} + Duration::seconds(3600));
  EXPECT_EQ(server.total(EffectKind::kPurge), 2);
  Server unset;
  unset.run_until(Instant{} + Duration::seconds(100'000));
  EXPECT_EQ(unset.total(EffectKind::kPurge), 0);
}

TEST(Snapshots, the_log_rolls_at_its_size_limit_without_a_snapshot) {
  Config config;
  config.log_size_limit_bytes = 10'000;
  Server server(config);
  server.connect(0);
  for (int i = 1; i <= 12; ++i) server.send(0, set_data(i, "/", std::string(1000, 'x')));
  EXPECT_EQ(server.total(EffectKind::kRollLog), 1);
  EXPECT_EQ(server.total(EffectKind::kBeginSnapshot), 0);
}

TEST(Snapshots, one_gets_its_name_only_once_the_log_covers_what_it_holds) {
  DataTree tree;
  const SessionTable sessions;
  RecoveredState recovered;
  recovered.verdict = RecoveryVerdict::kIntact;
  SnapshotTask task({}, recovered, Seed{1}, Instant{});
  Effects out;
  const auto ends = [&](Zxid log_durable) {
    out.clear();
    task.step_ends({}, tree, log_durable, Instant{}, out);
    return std::any_of(out.list().begin(), out.list().end(),
                       [](const Effect& e) { return e.kind == EffectKind::kEndSnapshot; });
  };
  ASSERT_TRUE(task.install({}, tree, sessions, out));
  // A learner applied up to 5 while it was walked; its own disk is behind.
  tree.advance(Zxid{5});
  task.chunk_written(Zxid{0});
  EXPECT_FALSE(ends(Zxid{3}));
  EXPECT_FALSE(ends(Zxid{4}));
  EXPECT_TRUE(ends(Zxid{5}));
  EXPECT_FALSE(ends(Zxid{6}));
}

// ---- throttling --------------------------------------------------------------------------------------------------

TEST(Throttling, writes_over_the_outstanding_limit_wait_in_the_order_of_arrival) {
  Config config;
  config.global_outstanding_limit = 2;
  Server server(config);
  for (std::uint32_t slot : {0u, 1u, 2u}) server.connect(slot);
  server.send(2, create(1, "/2a") + create(2, "/2b") + create(3, "/2c"));
  server.send(1, create(1, "/1a"));
  server.send(0, create(1, "/0a"));
  EXPECT_TRUE(server.channel(0).paused);
  EXPECT_TRUE(server.channel(1).paused);
  EXPECT_TRUE(server.channel(2).paused);
  EXPECT_EQ(server.state().proposals.size(), 2u);
  server.make_durable();
  const auto proposed = [&](std::size_t back) {
    const auto txn = decode_txn(server.log()[server.log().size() - back].bytes);
    return to_std(std::get<CreateTxn>(txn->body).path);
  };
  EXPECT_EQ(proposed(2), "/2c");
  EXPECT_EQ(proposed(1), "/1a");
  EXPECT_TRUE(server.channel(0).paused);
  EXPECT_FALSE(server.channel(2).paused);
  server.make_durable();
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), std::vector<int>{1});
  EXPECT_EQ(server.take_xids(2), (std::vector<int>{1, 2, 3}));
  EXPECT_FALSE(server.channel(2).paused);
}

TEST(Throttling, a_busy_connection_does_not_starve_the_others) {
  Config config;
  config.global_outstanding_limit = 2;
  Server server(config);
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a") + create(2, "/b") + create(3, "/c") + create(4, "/d"));
  server.send(1, create(1, "/other"));
  for (int i = 5; i < 9 && server.take_replies(1).empty(); ++i) {
    server.make_durable();
    server.send(0, set_data(i, "/a", "more") + set_data(i, "/a", "still more"));
  }
  EXPECT_TRUE(server.replica().tree().contains("/other"));
}

TEST(Throttling, reads_go_on_while_writes_have_no_room) {
  Config config;
  config.global_outstanding_limit = 1;
  Server server(config);
  server.connect(0);
  server.connect(1);
  server.send(0, create(1, "/a"));
  server.send(1, exists(1, "/"));
  EXPECT_EQ(server.take_xids(1), std::vector<int>{1});
}

TEST(Throttling, requests_far_beyond_an_unanswered_write_are_held_and_all_answered) {
  Server server;
  server.connect(0);
  std::string bytes = create(1, "/a");
  for (std::size_t i = 0; i < limits::kMaxQueuedPerChannel; ++i) bytes += ping();
  server.send(0, bytes);
  EXPECT_TRUE(server.take_replies(0).empty());
  server.make_durable();
  EXPECT_EQ(server.take_replies(0).size(), limits::kMaxQueuedPerChannel + 1);
}

TEST(Throttling, a_connection_that_sends_ahead_of_its_handshake_is_paused) {
  Server server;
  server.open(0);
  server.send(0, new_session());
  const std::string data(900'000, 'x');
  server.send(0, create(1, "/a", data));
  EXPECT_FALSE(server.channel(0).paused);
  server.send(0, create(2, "/b", data) + create(3, "/c", data));
  EXPECT_TRUE(server.channel(0).paused);
  server.make_durable();
  EXPECT_FALSE(server.channel(0).paused);
  server.make_durable();
  server.take_frame(0);
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{1, 2, 3}));
}

TEST(Throttling, unsynced_log_bytes_are_bounded) {
  Config config;
  config.global_outstanding_limit = 100'000;
  Server server(config);
  server.connect(0);
  const std::string data(1'000'000, 'x');
  for (int i = 1; i <= 100 && !server.channel(0).paused; ++i) server.send(0, set_data(i, "/", data));
  EXPECT_TRUE(server.channel(0).paused);
  EXPECT_LE(server.state().proposals.bytes(), limits::kMaxUnsyncedLog);
  server.make_durable();
  EXPECT_FALSE(server.channel(0).paused);
}

}  // namespace
}  // namespace vivarium::testing
