// Quotas: the texts, what is counted, and the verdicts (features.md section 6).
#include "kernel/tree/quota.h"

#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

class QuotaOfTree : public TreeTest {
 protected:
  /// What the command line tool does.
  void set_quota(const std::string& path, std::string_view limits) {
    for (std::size_t at = path.find('/', 1);; at = path.find('/', at + 1)) {
      create("/zookeeper/quota" + path.substr(0, at));
      if (at == std::string::npos) break;
    }
    create("/zookeeper/quota" + path + "/zookeeper_limits", limits);
    create("/zookeeper/quota" + path + "/zookeeper_stats", "count=0,bytes=0");
  }
  std::string usage(const std::string& path) const { return data("/zookeeper/quota" + path + "/zookeeper_stats"); }
};

TEST(QuotaText, is_read_pair_by_pair) {
  EXPECT_EQ(parse_quota_limits("count=5,bytes=10"), (QuotaLimits{.count = 5, .bytes = 10}));
  EXPECT_EQ(parse_quota_limits("count=5,bytes=10=;byteHardLimit=20;countHardLimit=6"),
            (QuotaLimits{.count = 5, .bytes = 10, .hard_count = 6, .hard_bytes = 20}));
  EXPECT_EQ(parse_quota_limits("count=-1,bytes=-1"), QuotaLimits{});
}

TEST(QuotaText, that_cannot_be_read_sets_no_limit) {
  for (const auto text : {"", "count", "count=", "count=x", "count=1 ", "=;=", ",,;", "count=99999999999999999999"}) {
    EXPECT_EQ(parse_quota_limits(text), QuotaLimits{}) << text;
  }
}

TEST(QuotaText, shows_count_and_bytes) {
  EXPECT_EQ(format_quota_usage({.count = 0, .bytes = 0}), "count=0,bytes=0");
  EXPECT_EQ(format_quota_usage({.count = 12, .bytes = 9223372036854775807}), "count=12,bytes=9223372036854775807");
}

TEST_F(QuotaOfTree, counts_what_was_there_before_it) {
  create("/a", "123");
  create("/a/b", "45");
  create("/ab", "not below");
  set_quota("/a", "count=10,bytes=100");
  EXPECT_EQ(usage("/a"), "count=2,bytes=5");
}

TEST_F(QuotaOfTree, counts_every_change_below) {
  create("/a");
  set_quota("/a", "count=10,bytes=100");
  create("/a/b", "12345");
  EXPECT_EQ(usage("/a"), "count=2,bytes=5");
  set_data("/a/b", "1");
  EXPECT_EQ(usage("/a"), "count=2,bytes=1");
  set_data("/a", std::nullopt);
  remove("/a/b");
  EXPECT_EQ(usage("/a"), "count=1,bytes=0");
  remove("/a");
  EXPECT_EQ(usage("/a"), "count=0,bytes=0");
}

TEST_F(QuotaOfTree, changes_neither_version_nor_zxid_nor_digest_by_counting) {
  create("/a");
  set_quota("/a", "count=10,bytes=100");
  const StatPersisted before = tree_.stat_persisted(node("/zookeeper/quota/a/zookeeper_stats"));
  DataTree without;
  const std::uint64_t digest = tree_.digest();
  create("/a/b", "12345");
  remove("/a/b");
  EXPECT_EQ(tree_.stat_persisted(node("/zookeeper/quota/a/zookeeper_stats")), before);
  EXPECT_NE(tree_.digest(), digest);  // the parent's pzxid and cversion moved
  SnapshotCursor cursor;
  std::uint64_t sum = 0;
  while (const Znode* each = tree_.snapshot_next(cursor)) sum += each->digest;
  EXPECT_EQ(tree_.digest(), sum);
}

TEST_F(QuotaOfTree, ends_with_its_limits_node) {
  create("/a");
  set_quota("/a", "count=10,bytes=100");
  remove("/zookeeper/quota/a/zookeeper_limits");
  EXPECT_TRUE(tree_.quotas().empty());
  create("/a/b");
  EXPECT_EQ(usage("/a"), "count=1,bytes=0");
}

TEST_F(QuotaOfTree, goes_on_counting_without_its_stats_node) {
  create("/a");
  set_quota("/a", "count=10,bytes=100");
  remove("/zookeeper/quota/a/zookeeper_stats");
  create("/a/b");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/c", 100, 0), QuotaVerdict::kWithin);
  create("/zookeeper/quota/a/zookeeper_stats", "anything");
  EXPECT_EQ(usage("/a"), "count=2,bytes=0");
}

TEST_F(QuotaOfTree, does_not_believe_a_stats_node_that_a_client_wrote) {
  create("/a");
  set_quota("/a", "count=10,bytes=100");
  set_data("/zookeeper/quota/a/zookeeper_stats", "count=99,bytes=99");
  EXPECT_EQ(usage("/a"), "count=1,bytes=0");
}

TEST_F(QuotaOfTree, takes_new_limits_from_the_limits_node) {
  create("/a");
  set_quota("/a", "count=1,bytes=-1");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b", 1, 0), QuotaVerdict::kSoftExceeded);
  set_data("/zookeeper/quota/a/zookeeper_limits", "count=2,bytes=-1");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b", 1, 0), QuotaVerdict::kWithin);
}

TEST_F(QuotaOfTree, judges_hard_limits_before_soft_ones) {
  create("/a");
  set_quota("/a", "count=1,bytes=1=;countHardLimit=5;byteHardLimit=5");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b", 4, 5), QuotaVerdict::kWithin);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b", 5, 0), QuotaVerdict::kHardExceeded);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b", 1, 6), QuotaVerdict::kHardExceeded);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/b", 100, 100), QuotaVerdict::kWithin);
}

TEST_F(QuotaOfTree, refuses_data_that_shrinks_but_is_still_too_much) {
  create("/a", "1234567890");
  set_quota("/a", "count=-1,bytes=-1=;byteHardLimit=5");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a", 0, -1), QuotaVerdict::kHardExceeded);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a", 0, -5), QuotaVerdict::kWithin);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a", 0, 0), QuotaVerdict::kWithin);
}

TEST_F(QuotaOfTree, is_judged_at_the_deepest_path_only) {
  create("/a");
  create("/a/b");
  set_quota("/a", "count=1,bytes=-1");
  set_quota("/a/b", "count=9,bytes=-1");
  EXPECT_EQ(tree_.quotas().governing_path("/a/b/c"), "/a/b");
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/b/c", 1, 0), QuotaVerdict::kWithin);
  EXPECT_EQ(tree_.quotas().quota_exceeded("/a/c", 1, 0), QuotaVerdict::kSoftExceeded);
  EXPECT_EQ(tree_.quotas().governing_path("/b"), "");
}

TEST_F(QuotaOfTree, counts_nested_quotas_as_a_fresh_count_would) {
  create("/a");
  create("/a/b");
  set_quota("/a", "count=1,bytes=-1");
  set_quota("/a/b", "count=9,bytes=-1");
  create("/a/b/c", "xyz");
  EXPECT_EQ(usage("/a"), "count=3,bytes=3");
  EXPECT_EQ(usage("/a/b"), "count=2,bytes=3");
}

TEST_F(QuotaOfTree, is_not_kept_for_the_root_or_for_zookeepers_own_nodes) {
  create("/zookeeper/quota/zookeeper_limits", "count=1,bytes=1");
  create("/zookeeper/quota/zookeeper");
  create("/zookeeper/quota/zookeeper/zookeeper_limits", "count=1,bytes=1");
  create("/zookeeper/quotas");
  create("/zookeeper/quotas/zookeeper_limits", "count=1,bytes=1");
  EXPECT_TRUE(tree_.quotas().empty());
}

TEST_F(QuotaOfTree, is_counted_anew_when_a_snapshot_is_loaded) {
  create("/a", "123");
  set_quota("/a", "count=10,bytes=100");
  create("/a/b", "45");
  DataTree loaded;
  load_from(loaded, tree_);
  ASSERT_NE(loaded.quotas().find("/a"), nullptr);
  EXPECT_EQ(loaded.quotas().find("/a")->usage, (QuotaUsage{.count = 2, .bytes = 5}));
  EXPECT_EQ(loaded.quotas().find("/a")->limits, (QuotaLimits{.count = 10, .bytes = 100}));
  EXPECT_EQ(state_of(loaded), state_of(tree_));
}

TEST_F(QuotaOfTree, stays_right_when_a_subtree_goes_at_once) {
  create("/a", "123");
  set_quota("/a", "count=10,bytes=100");
  create("/a/b", "45");
  create("/a/b/c", "6");
  remove("/a/b");
  EXPECT_EQ(usage("/a"), "count=1,bytes=3");
  remove("/zookeeper/quota/a");
  EXPECT_TRUE(tree_.quotas().empty());
}

}  // namespace
}  // namespace vivarium
