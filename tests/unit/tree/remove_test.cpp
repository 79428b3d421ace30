// What deleting a node does (protocol.md 3.1).
#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using Remove = TreeTest;

TEST_F(Remove, takes_the_node_away) {
  create("/a");
  create("/a/b");
  EXPECT_EQ(remove("/a/b"), ErrorCode::kOk);
  EXPECT_FALSE(tree_.contains("/a/b"));
  EXPECT_TRUE(children("/a").empty());
}

TEST_F(Remove, raises_the_parents_pzxid_and_leaves_its_stored_cversion) {
  create("/a");
  create("/a/b");
  remove("/a/b");
  EXPECT_EQ(node("/a").pzxid, zxid_);
  EXPECT_EQ(node("/a").cversion, 1);
}

TEST_F(Remove, counts_as_a_change_in_the_cversion_that_clients_see) {
  create("/a");
  create("/a/b");
  EXPECT_EQ(stat("/a").cversion, 1);
  remove("/a/b");
  EXPECT_EQ(stat("/a").cversion, 2);
}

TEST_F(Remove, raises_the_parents_pzxid_even_when_the_node_is_gone) {
  create("/a");
  EXPECT_EQ(remove("/a/b"), ErrorCode::kNoNode);
  EXPECT_EQ(node("/a").pzxid, zxid_);
}

TEST_F(Remove, never_moves_the_parents_pzxid_back) {
  create("/a");
  create("/a/b");
  const Zxid ahead = zxid_;
  EXPECT_EQ(tree_.remove("/a/b", Zxid{1}), ErrorCode::kOk);
  EXPECT_EQ(node("/a").pzxid, ahead);
}

TEST_F(Remove, of_a_node_without_a_parent_changes_nothing) {
  const StateHash before = state_of(tree_);
  EXPECT_EQ(remove("/a/b"), ErrorCode::kNoNode);
  EXPECT_EQ(state_of(tree_), before);
}

TEST_F(Remove, leaves_alone_the_nodes_that_every_tree_has) {
  const StateHash before = state_of(tree_);
  for (const auto path : {std::string_view("/"), kSystemRoot, kQuotaRoot, kConfigNode}) {
    EXPECT_EQ(remove(path), ErrorCode::kBadArguments) << path;
  }
  EXPECT_EQ(state_of(tree_), before);
}

TEST_F(Remove, of_a_node_with_children_takes_everything_below_along) {
  const DataTree before = tree_;
  create("/a");
  create("/a/b", "data", 7);
  create("/a/b/c", "data", kContainerOwner);
  create("/a/d", "data", ttl_owner(5));
  create_with_acl("/a/e", read_only_acl());
  remove("/a");
  EXPECT_EQ(tree_.node_count(), before.node_count());
  EXPECT_EQ(tree_.approximate_data_size(), before.approximate_data_size());
  EXPECT_EQ(tree_.ephemerals().size(), 0u);
  EXPECT_EQ(tree_.container_count(), 0u);
  EXPECT_EQ(tree_.ttl_node_count(), 0u);
  EXPECT_EQ(tree_.acls().references(node(kConfigNode).acl), 1);
  EXPECT_EQ(create("/a"), ErrorCode::kOk);
  EXPECT_EQ(create("/a/b"), ErrorCode::kOk);
}

TEST_F(Remove, lets_a_name_be_created_anew) {
  create("/a", "old", 9);
  remove("/a");
  create("/a", "new");
  EXPECT_EQ(data("/a"), "new");
  EXPECT_EQ(stat("/a").czxid, zxid_);
  EXPECT_EQ(stat("/a").ephemeral_owner, 0);
}

}  // namespace
}  // namespace vivarium
