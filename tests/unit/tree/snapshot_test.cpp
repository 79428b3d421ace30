// Walking a tree for a snapshot while it changes, and loading one.
#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using SnapshotWalk = TreeTest;
using SnapshotLoad = TreeTest;

TEST_F(SnapshotWalk, visits_parents_first_and_children_in_byte_order_of_names) {
  for (const auto path : {"/b", "/a-b", "/a", "/a/c", "/a/b", "/a/b/x"}) create(path);
  EXPECT_EQ(snapshot_paths(), (std::vector<std::string>{"", "/a", "/a/b", "/a/b/x", "/a/c", "/a-b", "/b", "/zookeeper",
                                                        "/zookeeper/config", "/zookeeper/quota"}));
}

TEST_F(SnapshotWalk, ends_and_stays_ended) {
  SnapshotCursor cursor;
  for (int i = 0; i < 4; ++i) ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  EXPECT_EQ(tree_.snapshot_next(cursor), nullptr);
  create("/zzz");
  EXPECT_EQ(tree_.snapshot_next(cursor), nullptr);
}

TEST_F(SnapshotWalk, goes_on_behind_a_node_that_was_deleted) {
  for (const auto path : {"/a", "/a/b", "/a/b/c", "/a/d"}) create(path);
  SnapshotCursor cursor;
  while (cursor.path() != "/a/b/c") ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  remove("/a/b");
  ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  EXPECT_EQ(cursor.path(), "/a/d");
}

TEST_F(SnapshotWalk, leaves_a_directory_that_was_deleted) {
  for (const auto path : {"/a", "/a/b", "/c"}) create(path);
  SnapshotCursor cursor;
  while (cursor.path() != "/a/b") ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  remove("/a");
  ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  EXPECT_EQ(cursor.path(), "/c");
}

TEST_F(SnapshotWalk, sees_what_is_created_ahead_and_not_what_is_created_behind) {
  for (const auto path : {"/a", "/c"}) create(path);
  SnapshotCursor cursor;
  while (cursor.path() != "/a") ASSERT_NE(tree_.snapshot_next(cursor), nullptr);
  create("/0");
  create("/a/x");
  create("/b");
  std::vector<std::string> rest;
  while (tree_.snapshot_next(cursor) != nullptr) rest.emplace_back(cursor.path());
  EXPECT_EQ(rest,
            (std::vector<std::string>{"/a/x", "/b", "/c", "/zookeeper", "/zookeeper/config", "/zookeeper/quota"}));
}

TEST_F(SnapshotWalk, finds_nothing_in_a_tree_that_was_emptied) {
  SnapshotCursor fresh, under_way;
  ASSERT_NE(tree_.snapshot_next(under_way), nullptr);
  tree_.begin_load();
  EXPECT_EQ(tree_.snapshot_next(fresh), nullptr);
  EXPECT_EQ(tree_.snapshot_next(under_way), nullptr);
}

TEST_F(SnapshotLoad, gives_the_same_tree_back) {
  create("/a", "data", 7);
  create_with_acl("/a/b", read_only_acl(), std::nullopt);
  set_data("/a", "changed", 3);
  tree_.advance(zxid_);
  DataTree loaded(tree_.options());
  load_from(loaded, tree_);
  EXPECT_EQ(state_of(loaded), state_of(tree_));
  EXPECT_EQ(loaded.approximate_data_size(), tree_.approximate_data_size());
  EXPECT_EQ(loaded.acls().references(loaded.find("/a/b")->acl), 2);
}

TEST_F(SnapshotLoad, refuses_orphans_twins_and_second_roots) {
  tree_.begin_load();
  EXPECT_FALSE(tree_.load_node("/a", "", kOpenAclId, {}));
  EXPECT_TRUE(tree_.load_node("", "", kOpenAclId, {}));
  EXPECT_FALSE(tree_.load_node("", "", kOpenAclId, {}));
  EXPECT_TRUE(tree_.load_node("/b", "", kOpenAclId, {}));
  EXPECT_TRUE(tree_.load_node("/a", "", kOpenAclId, {}));
  EXPECT_FALSE(tree_.load_node("/a", "", kOpenAclId, {}));
  EXPECT_FALSE(tree_.load_node("/x/y", "", kOpenAclId, {}));
  for (const auto path : {"/", "/a/", "x", "//", "//x"})
    EXPECT_FALSE(tree_.load_node(path, "", kOpenAclId, {})) << path;
}

TEST_F(SnapshotLoad, adds_the_system_nodes_that_are_missing) {
  tree_.begin_load(1000);
  tree_.end_load();
  EXPECT_EQ(state_of(tree_), state_of(DataTree()));
}

TEST_F(SnapshotLoad, lets_nobody_at_a_node_whose_acl_is_missing_until_the_replay_brings_it) {
  const std::string mine = acl_of(perms::kAll, "digest", "me:hash");
  tree_.begin_load();
  ASSERT_TRUE(tree_.load_node("", "", kOpenAclId, {}));
  StatPersisted stat;
  stat.czxid = stat.mzxid = stat.pzxid = Zxid{5};
  ASSERT_TRUE(tree_.load_node("/a", "x", 17, stat));
  tree_.end_load();
  EXPECT_EQ(tree_.nodes_loaded_without_acl(), 1u);
  EXPECT_EQ(tree_.acl(node("/a")), acl_of(0, "world", "anyone"));
  EXPECT_EQ(tree_.create("/a", "x", mine, 0, 1, Zxid{5}, WallTime{}, true), ErrorCode::kNodeExists);
  EXPECT_EQ(tree_.acl(node("/a")), mine);
}

TEST_F(SnapshotLoad, drops_lists_that_no_node_uses) {
  tree_.begin_load();
  tree_.load_acl(1, read_only_acl());
  tree_.load_acl(9, acl_of(perms::kAll, "digest", "gone:hash"));
  ASSERT_TRUE(tree_.load_node("", "", 1, {}));
  tree_.end_load();
  EXPECT_EQ(tree_.acls().size(), 1u);
}

}  // namespace
}  // namespace vivarium
