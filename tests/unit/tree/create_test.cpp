// What creating a node does (protocol.md 3.1).
#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using Create = TreeTest;

TEST_F(Create, stamps_the_new_node_with_the_txn) {
  ASSERT_EQ(create("/a", "hello"), ErrorCode::kOk);
  const Stat a = stat("/a");
  EXPECT_EQ(a.czxid, zxid_);
  EXPECT_EQ(a.mzxid, zxid_);
  EXPECT_EQ(a.pzxid, zxid_);
  EXPECT_EQ(a.ctime, time_);
  EXPECT_EQ(a.mtime, time_);
  EXPECT_EQ(a.version, 0);
  EXPECT_EQ(a.cversion, 0);
  EXPECT_EQ(a.aversion, 0);
  EXPECT_EQ(a.ephemeral_owner, 0);
  EXPECT_EQ(a.data_length, 5);
  EXPECT_EQ(a.num_children, 0);
  EXPECT_EQ(data("/a"), "hello");
}

TEST_F(Create, keeps_null_data_apart_from_empty_data) {
  create("/null", std::nullopt);
  create("/empty", "");
  EXPECT_EQ(tree_.data(node("/null")), std::nullopt);
  EXPECT_EQ(tree_.data(node("/empty")), MaybeBytes(""));
  EXPECT_EQ(stat("/null").data_length, 0);
}

TEST_F(Create, raises_the_parents_cversion_and_pzxid) {
  create("/a");
  create("/a/b");
  EXPECT_EQ(node("/a").cversion, 1);
  EXPECT_EQ(node("/a").pzxid, zxid_);
  EXPECT_EQ(stat("/a").cversion, 1);
  EXPECT_EQ(stat("/a").num_children, 1);
}

TEST_F(Create, takes_the_parents_cversion_from_the_txn) {
  create("/a");
  advance();
  EXPECT_EQ(tree_.create("/a/b", "", open_acl(), 0, 7, zxid_, time_), ErrorCode::kOk);
  EXPECT_EQ(node("/a").cversion, 7);
}

TEST_F(Create, never_lowers_the_parents_cversion_or_moves_its_pzxid_back) {
  create("/a");
  advance();
  tree_.create("/a/b", "", open_acl(), 0, 7, zxid_, time_);
  const Zxid ahead = zxid_;
  EXPECT_EQ(tree_.create("/a/c", "", open_acl(), 0, 3, Zxid{zxid_.value - 1}, time_), ErrorCode::kOk);
  EXPECT_EQ(node("/a").cversion, 7);
  EXPECT_EQ(node("/a").pzxid, ahead);
}

TEST_F(Create, needs_a_parent) {
  EXPECT_EQ(create("/a/b"), ErrorCode::kNoNode);
  EXPECT_FALSE(tree_.contains("/a/b"));
}

TEST_F(Create, refuses_a_path_without_a_name_or_with_an_alias_of_the_root) {
  create("/a");
  for (const auto path : {"", "/", "/a/", "nothing", "//a"}) EXPECT_EQ(create(path), ErrorCode::kBadArguments) << path;
}

TEST_F(Create, of_a_present_node_replaces_its_acl_and_nothing_else) {
  create("/a", "first");
  const StatPersisted before = tree_.stat_persisted(node("/a"));
  const StatPersisted root = tree_.stat_persisted(node("/"));
  EXPECT_EQ(create_with_acl("/a", read_only_acl(), "second"), ErrorCode::kNodeExists);
  EXPECT_EQ(tree_.acl(node("/a")), read_only_acl());
  EXPECT_EQ(data("/a"), "first");
  EXPECT_EQ(tree_.stat_persisted(node("/a")), before);
  EXPECT_EQ(tree_.stat_persisted(node("/")), root);
}

TEST_F(Create, of_a_present_node_raises_the_parent_when_asked) {
  create("/a");
  create("/a/b");
  advance();
  EXPECT_EQ(tree_.create("/a/b", "", open_acl(), 0, 5, zxid_, time_, true), ErrorCode::kNodeExists);
  EXPECT_EQ(node("/a").cversion, 5);
  EXPECT_EQ(node("/a").pzxid, zxid_);
}

TEST_F(Create, of_a_present_node_leaves_a_parent_that_is_ahead) {
  create("/a");
  create("/a/b");
  const StatPersisted before = tree_.stat_persisted(node("/a"));
  advance();
  EXPECT_EQ(tree_.create("/a/b", "", open_acl(), 0, 1, zxid_, time_, true), ErrorCode::kNodeExists);
  EXPECT_EQ(tree_.create("/a/b", "", open_acl(), 0, -1, zxid_, time_, true), ErrorCode::kNodeExists);
  EXPECT_EQ(tree_.stat_persisted(node("/a")), before);
}

TEST_F(Create, keeps_children_in_byte_order_of_their_names) {
  create("/d");
  for (const auto name : {"b", "a", "c10", "c", "c9", "B", "\xc3\xa9"}) create("/d/" + std::string(name));
  EXPECT_EQ(children("/d"), (std::vector<std::string>{"B", "a", "b", "c", "c10", "c9", "\xc3\xa9"}));
}

TEST_F(Create, works_with_names_longer_than_any_length_byte) {
  const std::string names[] = {std::string(254, 'x'), std::string(255, 'x'), std::string(256, 'x'),
                               std::string(70'000, 'x')};
  create("/d");
  for (const std::string& name : names) ASSERT_EQ(create("/d/" + name, name + "-data"), ErrorCode::kOk);
  for (const std::string& name : names) {
    EXPECT_EQ(data("/d/" + name), name + "-data");
    EXPECT_EQ(set_data("/d/" + name, "new"), ErrorCode::kOk);
    EXPECT_EQ(data("/d/" + name), "new");
  }
  EXPECT_EQ(children("/d"), std::vector<std::string>(std::begin(names), std::end(names)));
}

TEST_F(Create, shows_a_find_only_the_exact_path) {
  create("/a");
  create("/a/b");
  for (const auto path : {"/a/", "//a", "/a//b", "a/b", "/b", "/a/bb", "/a/b/", "/a/b/c"}) {
    EXPECT_FALSE(tree_.contains(path)) << path;
  }
}

TEST_F(Create, adds_path_and_data_to_the_approximate_size) {
  const std::int64_t before = tree_.approximate_data_size();
  create("/abc", "12345");
  EXPECT_EQ(tree_.approximate_data_size(), before + 9);
  remove("/abc");
  EXPECT_EQ(tree_.approximate_data_size(), before);
}

}  // namespace
}  // namespace vivarium
