// What every tree starts with (protocol.md section 5, "minimal tree").
#include <gtest/gtest.h>

#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

TEST(FreshTree, has_the_digest_that_apache_computes) { EXPECT_EQ(DataTree().digest(), 1371985504u); }

TEST(FreshTree, has_the_root_and_the_three_system_nodes) {
  const DataTree tree;
  EXPECT_EQ(tree.node_count(), 4u);
  for (const auto path : {std::string_view("/"), kSystemRoot, kQuotaRoot, kConfigNode}) {
    ASSERT_TRUE(tree.contains(path)) << path;
    EXPECT_EQ(tree.data(*tree.find(path)), MaybeBytes("")) << path;
  }
}

TEST(FreshTree, answers_to_both_names_of_the_root) {
  const DataTree tree;
  EXPECT_EQ(tree.find("/"), tree.find(""));
}

TEST(FreshTree, protects_its_configuration_by_acl_number_one) {
  const DataTree tree;
  const Znode& config = *tree.find(kConfigNode);
  EXPECT_EQ(tree.acl(config), read_only_acl());
  EXPECT_EQ(tree.acl_id(config), 1);
  EXPECT_EQ(config.aversion, -1);
}

TEST(FreshTree, opens_its_other_nodes_to_everybody) {
  const DataTree tree;
  for (const auto path : {std::string_view("/"), kSystemRoot, kQuotaRoot}) {
    EXPECT_EQ(tree.acl_id(*tree.find(path)), kOpenAclId) << path;
    EXPECT_EQ(tree.find(path)->aversion, 0) << path;
  }
}

TEST(FreshTree, has_no_stats_that_count_changes) {
  const DataTree tree;
  EXPECT_EQ(tree.stat_persisted(*tree.find("/")), StatPersisted{});
  EXPECT_EQ(tree.stat(*tree.find("/")).cversion, -1);
  EXPECT_EQ(tree.stat(*tree.find("/")).num_children, 1);
}

TEST(FreshTree, keeps_no_digest_when_told_not_to) {
  DataTree tree(TreeOptions{.extended_types = false, .digest = false});
  EXPECT_EQ(tree.create("/a", "x", open_acl(), 0, 1, Zxid{1}, WallTime{2}), ErrorCode::kOk);
  EXPECT_EQ(tree.digest(), 0u);
}

}  // namespace
}  // namespace vivarium
