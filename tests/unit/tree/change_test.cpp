// setData, setACL, the zxid mark and copies.
#include <algorithm>

#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using SetData = TreeTest;
using SetAcl = TreeTest;
using Tree = TreeTest;

TEST_F(SetData, stores_data_version_zxid_and_time) {
  create("/a", "old");
  const StatPersisted before = tree_.stat_persisted(node("/a"));
  ASSERT_EQ(set_data("/a", "longer than before", 4), ErrorCode::kOk);
  StatPersisted expected = before;
  expected.version = 4;
  expected.mzxid = zxid_;
  expected.mtime = time_;
  EXPECT_EQ(tree_.stat_persisted(node("/a")), expected);
  EXPECT_EQ(data("/a"), "longer than before");
}

TEST_F(SetData, takes_data_of_every_length_and_none) {
  create("/a", "12345");
  for (const MaybeBytes next : {MaybeBytes("54321"), MaybeBytes(""), MaybeBytes(), MaybeBytes("x"), MaybeBytes()}) {
    set_data("/a", next);
    EXPECT_EQ(tree_.data(node("/a")), next);
    EXPECT_EQ(children("/").front(), "a");
  }
}

TEST_F(SetData, accepts_the_nodes_own_bytes) {
  create("/a", "0123456789");
  set_data("/a", node("/a").data_or_empty().substr(3, 4));
  EXPECT_EQ(data("/a"), "3456");
}

TEST_F(SetData, works_on_the_root) {
  EXPECT_EQ(set_data("/", "root"), ErrorCode::kOk);
  EXPECT_EQ(data("/"), "root");
}

TEST_F(SetData, needs_the_node) { EXPECT_EQ(set_data("/a", "x"), ErrorCode::kNoNode); }

TEST_F(SetAcl, stores_list_and_aversion_and_nothing_else) {
  create("/a");
  StatPersisted expected = tree_.stat_persisted(node("/a"));
  ASSERT_EQ(tree_.set_acl("/a", read_only_acl(), 3), ErrorCode::kOk);
  expected.aversion = 3;
  EXPECT_EQ(tree_.stat_persisted(node("/a")), expected);
  EXPECT_EQ(tree_.acl(node("/a")), read_only_acl());
}

TEST_F(SetAcl, needs_the_node) { EXPECT_EQ(tree_.set_acl("/a", open_acl(), 1), ErrorCode::kNoNode); }

TEST_F(SetAcl, forgets_a_list_that_nobody_has_any_more) {
  const std::string mine = acl_of(perms::kAll, "digest", "me:secret");
  create_with_acl("/a", mine);
  EXPECT_EQ(tree_.acls().size(), 2u);
  tree_.set_acl("/a", open_acl(), 1);
  EXPECT_EQ(tree_.acls().size(), 1u);
}

TEST_F(Tree, remembers_the_largest_zxid) {
  tree_.advance(Zxid{5});
  tree_.advance(Zxid{3});
  EXPECT_EQ(tree_.last_processed_zxid(), Zxid{5});
}

TEST_F(Tree, copies_share_nothing) {
  create("/a", "original");
  create("/a/b", "below");
  const StateHash before = state_of(tree_);
  DataTree copy = tree_;
  EXPECT_EQ(state_of(copy), before);
  copy.set_data("/a", "changed!", 1, Zxid{9}, WallTime{9});
  copy.remove("/a/b", Zxid{10});
  EXPECT_EQ(state_of(tree_), before);
  EXPECT_EQ(data("/a"), "original");
}

TEST_F(Tree, moves_keep_everything) {
  create("/a", "original");
  const StateHash before = state_of(tree_);
  DataTree moved = std::move(tree_);
  EXPECT_EQ(state_of(moved), before);
  tree_ = std::move(moved);
  EXPECT_EQ(state_of(tree_), before);
}

TEST_F(Tree, counts_descendants_without_the_node_itself) {
  create("/a");
  create("/a/b");
  create("/a/b/c");
  create("/ab");
  EXPECT_EQ(tree_.count_descendants("/a"), 2);
  EXPECT_EQ(tree_.count_descendants("/a/b/c"), 0);
  EXPECT_EQ(tree_.count_descendants("/"), 7);
  EXPECT_EQ(tree_.count_descendants("/missing"), 0);
}

TEST_F(Tree, keeps_a_big_directory_in_order_while_it_grows_and_shrinks) {
  create("/d");
  std::vector<std::string> expected;
  for (int i = 0; i < 5000; ++i) {
    const std::string name = std::to_string(i * 7919 % 5000);
    ASSERT_EQ(create("/d/" + name), ErrorCode::kOk);
    expected.push_back(name);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(children("/d"), expected);
  for (int i = 0; i < 4990; ++i) ASSERT_EQ(remove("/d/" + std::to_string(i * 4999 % 5000)), ErrorCode::kOk);
  EXPECT_EQ(children("/d").size(), 10u);
  EXPECT_EQ(stat("/d").cversion, 5000 + 4990);
}

}  // namespace
}  // namespace vivarium
