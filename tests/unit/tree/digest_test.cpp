// The tree digest: known values, and that every mutation keeps the sum (protocol.md 3.2).
#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using Digest = TreeTest;

/// The definition, from scratch.
std::uint64_t recomputed(const DataTree& tree) {
  std::uint64_t sum = 0;
  SnapshotCursor cursor;
  while (const Znode* node = tree.snapshot_next(cursor)) {
    if (counts_in_digest(cursor.path())) {
      sum += node_digest(cursor.path(), tree.data(*node), tree.stat_persisted(*node));
    }
  }
  return sum;
}

TEST_F(Digest, of_the_fresh_nodes_is_what_apache_prints) {
  EXPECT_EQ(node_digest("", "", {}), 0x04128908u);
  EXPECT_EQ(node_digest("/", "", {}), 0x04128908u);
  EXPECT_EQ(node_digest("/zookeeper", "", {}), 0x4db44d58u);
}

TEST_F(Digest, covers_path_data_and_every_field_in_digest_order) {
  StatPersisted stat;
  stat.czxid = Zxid{1};
  stat.mzxid = Zxid{2};
  stat.pzxid = Zxid{3};
  stat.ctime = WallTime{4};
  stat.mtime = WallTime{5};
  stat.version = 6;
  stat.cversion = 7;
  stat.aversion = -8;
  stat.ephemeral_owner = INT64_MIN;
  // zlib.crc32 over path, data and struct.pack('>qqqqqiiiq', ...)
  EXPECT_EQ(node_digest("/a/b", "data", stat), 0x9fcf79a5u);
}

TEST_F(Digest, tells_null_data_from_none_no_more_than_apache_does) {
  EXPECT_EQ(node_digest("/a", std::nullopt, {}), node_digest("/a", "", {}));
}

TEST_F(Digest, counts_zookeeper_itself_but_nothing_below) {
  EXPECT_TRUE(counts_in_digest("/zookeeper"));
  EXPECT_TRUE(counts_in_digest("/zookeeperx"));
  EXPECT_TRUE(counts_in_digest(""));
  EXPECT_FALSE(counts_in_digest("/zookeeper/quota"));
}

TEST_F(Digest, follows_every_mutation) {
  create("/a", "x");
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
  create("/a/b", std::nullopt, 5);
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
  set_data("/a", "yy");
  set_data("/", "root");
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
  tree_.set_acl("/a/b", read_only_acl(), 1);
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
  remove("/a/missing");
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
  remove("/a");
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
}

TEST_F(Digest, ignores_what_happens_below_zookeeper_except_to_zookeeper) {
  const std::uint64_t before = tree_.digest();
  set_data(kConfigNode, "server.1=host");
  create("/zookeeper/quota/x");
  EXPECT_EQ(tree_.digest(), before);
  create("/zookeeper/x");
  EXPECT_NE(tree_.digest(), before);
  EXPECT_EQ(tree_.digest(), recomputed(tree_));
}

TEST_F(Digest, comes_back_from_a_snapshot) {
  create("/a", "x");
  create("/a/b", "y");
  DataTree loaded;
  load_from(loaded, tree_);
  EXPECT_EQ(loaded.digest(), tree_.digest());
}

}  // namespace
}  // namespace vivarium
