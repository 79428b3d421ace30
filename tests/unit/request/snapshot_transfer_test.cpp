// A snapshot from a living tree over the wire into another one: with the txns since it began, both are the same.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/request/snapshot_stream.h"
#include "kernel/request/tree_loader.h"
#include "tests/support/request_world.h"

namespace vivarium {
namespace {

using testing::RequestWorld;

StateHash state_of(const DataTree& tree, const SessionTable& sessions) {
  StateHash hash;
  tree.hash_into(hash);
  sessions.for_each([&](SessionId id, std::int32_t timeout_ms) {
    hash.add(static_cast<std::uint64_t>(id.value));
    hash.add(static_cast<std::uint64_t>(timeout_ms));
  });
  return hash;
}

/// What a learner holds while it loads; copied between two feeds, as a replica's state may be.
struct Learner {
  DataTree tree;
  SessionTable sessions;
  SnapshotReader reader{SnapshotForm::kStream};
  std::size_t consumed = 0;

  Learner() { tree.begin_load(); }
  void feed(std::string_view bytes) {
    TreeLoader loader(tree, sessions);
    const auto fed = reader.feed_stream(bytes, loader);
    ASSERT_TRUE(fed.ok());
    consumed += *fed;
  }
};

/// A leader whose snapshot is under way: every commit is told to it, and noted for the learner.
struct Leader {
  RequestWorld world;
  Vector<char> bytes;
  std::optional<SnapshotStream> snapshot;
  std::vector<std::string> since;

  void begin() {
    SnapshotOptions options;
    options.form = SnapshotForm::kStream;
    ByteWriter out(bytes);
    snapshot.emplace(world.tree, world.sessions, options, out);
  }
  void step() {
    ByteWriter out(bytes);
    if (!snapshot->finished()) snapshot->next_chunk(world.tree, 1, out);
  }
  void write(OpCode op, const std::string& body) {
    world.prepare(op, body);
    const auto txn = decode_txn(world.pending.front());
    ASSERT_TRUE(txn.ok());
    if (!snapshot->finished()) snapshot->before_apply(world.tree, *txn);
    since.push_back(world.pending.front());
    world.commit();
  }
};

TEST(SnapshotTransfer, makes_the_learners_tree_the_leaders) {
  Leader leader;
  const std::string read_only = testing::acl_of({{1, "world", "anyone"}}),
                    other = testing::acl_of({{3, "ip", "10.0.0.1"}});
  leader.world.create("/a", "1");
  leader.world.create("/a/b", std::nullopt, 0, read_only);
  leader.world.create("/c", std::string(2000, 'x'));
  leader.begin();
  leader.step();
  leader.write(OpCode::kSetAcl, testing::set_acl_body("/c", other));
  leader.write(OpCode::kCreate, testing::create_body(OpCode::kCreate, "/a/late", "2"));
  leader.step();
  leader.write(OpCode::kDelete, testing::path_version_body("/a/b"));
  while (!leader.snapshot->finished()) leader.step();
  leader.write(OpCode::kSetData, testing::set_data_body("/a", "3"));

  const std::string sent = testing::bytes_of(leader.bytes) + "next packet";
  Learner learner;
  for (std::size_t at = 0; at < sent.size(); at += 100) {
    Learner copy = learner;
    ASSERT_NO_FATAL_FAILURE(copy.feed(std::string_view(sent).substr(at, 100)));
    learner = std::move(copy);
  }
  EXPECT_TRUE(learner.reader.complete());
  EXPECT_EQ(sent.substr(learner.consumed), "next packet");
  learner.tree.end_load();
  learner.tree.advance(leader.snapshot->zxid());
  ApplyOutcome outcome;
  for (const std::string& bytes : leader.since) {
    const auto txn = decode_txn(bytes);
    ASSERT_TRUE(txn.ok());
    apply(learner.tree, learner.sessions, *txn, outcome);
  }
  EXPECT_TRUE(outcome.digest_matches);  // not before: the walk has seen what the txns in front of its end did
  EXPECT_EQ(state_of(learner.tree, learner.sessions), state_of(leader.world.tree, leader.world.sessions));
  EXPECT_EQ(learner.tree.digest(), leader.world.tree.digest());
}

TEST(TreeLoader, remembers_the_digest_of_a_file) {
  RequestWorld world;
  world.create("/a", "1");
  Vector<char> bytes;
  ByteWriter out(bytes);
  SnapshotStream snapshot(world.tree, world.sessions, {}, out);
  while (!snapshot.finished()) snapshot.next_chunk(world.tree, 1000, out);
  DataTree tree;
  SessionTable sessions;
  tree.begin_load();
  TreeLoader loader(tree, sessions);
  EXPECT_FALSE(loader.digest());
  SnapshotReader reader;
  ASSERT_TRUE(reader.feed(view(bytes), loader).ok());
  ASSERT_TRUE(reader.finish().ok());
  ASSERT_TRUE(loader.digest());
  EXPECT_EQ(loader.digest()->zxid, world.tree.last_processed_zxid());
  EXPECT_EQ(loader.digest()->tree_digest, world.tree.digest());
  EXPECT_TRUE(sessions.contains(world.session));
}

TEST(TreeLoader, refuses_a_root_that_somebody_owns_and_a_node_without_parent) {
  DataTree tree;
  SessionTable sessions;
  tree.begin_load();
  TreeLoader loader(tree, sessions);
  StatPersisted owned;
  owned.ephemeral_owner = 1;
  EXPECT_FALSE(loader.on_node("", "", kOpenAclId, owned));
  EXPECT_TRUE(loader.on_node("", "", kOpenAclId, {}));
  EXPECT_FALSE(loader.on_node("/a/b", "", kOpenAclId, {}));
}

}  // namespace
}  // namespace vivarium
