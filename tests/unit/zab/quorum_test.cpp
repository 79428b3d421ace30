// Which voters may decide: majorities, and ZooKeeper's groups with weights.
#include "kernel/zab/quorum.h"

#include <gtest/gtest.h>

#include <initializer_list>

namespace vivarium {
namespace {

VoterSet set_of(std::initializer_list<std::size_t> indices) {
  VoterSet set;
  for (const std::size_t index : indices) set.insert(index);
  return set;
}

EnsembleConfig ensemble(std::initializer_list<MemberConfig> members, bool hierarchical = false) {
  EnsembleConfig config;
  config.hierarchical = hierarchical;
  for (const MemberConfig& member : members) config.members.push_back(member);
  return config;
}

MemberConfig voter(std::int64_t id, std::int64_t group = 0, std::int64_t weight = 1) {
  return {ServerId{id}, true, group, weight};
}
MemberConfig observer(std::int64_t id) { return {ServerId{id}, false, 0, 1}; }

TEST(VoterSet, holds_every_index_up_to_its_limit) {
  VoterSet set;
  for (std::size_t i = 0; i < VoterSet::kMaxVoters; i += 5) set.insert(i);
  set.insert(5);
  EXPECT_EQ(set.size(), 52u);
  for (std::size_t i = 0; i < VoterSet::kMaxVoters; ++i) EXPECT_EQ(set.contains(i), i % 5 == 0) << i;
  set.clear();
  EXPECT_EQ(set, VoterSet());
}

TEST(Quorum, is_more_than_half_of_the_voters) {
  const Quorum three(ensemble({voter(1), voter(2), voter(3)}));
  EXPECT_FALSE(three.contains_quorum(set_of({})));
  EXPECT_FALSE(three.contains_quorum(set_of({1})));
  EXPECT_TRUE(three.contains_quorum(set_of({0, 2})));
  const Quorum four(ensemble({voter(1), voter(2), voter(3), voter(4)}));
  EXPECT_FALSE(four.contains_quorum(set_of({0, 2})));
  EXPECT_TRUE(four.contains_quorum(set_of({0, 2, 3})));
  const Quorum one(ensemble({voter(9)}));
  EXPECT_TRUE(one.contains_quorum(set_of({0})));
}

TEST(Quorum, does_not_count_observers_or_strangers) {
  const Quorum quorum(ensemble({voter(1), observer(2), voter(5), observer(6), voter(7)}));
  EXPECT_EQ(quorum.size(), 3u);
  EXPECT_EQ(quorum.id(1), ServerId{5});
  EXPECT_EQ(quorum.index_of(ServerId{7}), 2u);
  EXPECT_EQ(quorum.index_of(ServerId{2}), Quorum::kNotAVoter);
  EXPECT_FALSE(quorum.is_voter(ServerId{8}));
  EXPECT_EQ(quorum.weight(ServerId{5}), 1);
  EXPECT_EQ(quorum.weight(ServerId{6}), 0);
  EXPECT_FALSE(quorum.contains_quorum(set_of({0, 3, 4, 255})));
}

TEST(Quorum, of_nobody_never_decides) {
  EXPECT_FALSE(Quorum().contains_quorum(set_of({})));
  EXPECT_FALSE(Quorum().contains_quorum(set_of({0, 1})));
  EXPECT_FALSE(Quorum(ensemble({voter(1, 1, 0)}, true)).contains_quorum(set_of({0})));
}

TEST(Quorum, of_majority_ignores_weights_and_groups) {
  const Quorum quorum(ensemble({voter(1, 1, 100), voter(2, 1, 0), voter(3, 2, 0)}));
  EXPECT_EQ(quorum.weight(ServerId{2}), 1);
  EXPECT_FALSE(quorum.contains_quorum(set_of({0})));
  EXPECT_TRUE(quorum.contains_quorum(set_of({1, 2})));
}

TEST(HierarchicalQuorum, is_most_of_the_weight_in_most_groups) {
  const Quorum quorum(ensemble({voter(1, 1), voter(2, 1), voter(3, 1), voter(4, 2), voter(5, 2), voter(6, 2),
                                voter(7, 3), voter(8, 3), voter(9, 3)},
                               true));
  EXPECT_TRUE(quorum.contains_quorum(set_of({0, 1, 3, 4})));
  EXPECT_FALSE(quorum.contains_quorum(set_of({0, 1, 2, 3, 6})));
  EXPECT_FALSE(quorum.contains_quorum(set_of({0, 3, 6})));
}

TEST(HierarchicalQuorum, needs_more_than_half_of_a_groups_weight) {
  const Quorum quorum(ensemble({voter(1, 1, 3), voter(2, 1, 1), voter(3, 1, 2)}, true));
  EXPECT_FALSE(quorum.contains_quorum(set_of({0})));
  EXPECT_FALSE(quorum.contains_quorum(set_of({1, 2})));
  EXPECT_TRUE(quorum.contains_quorum(set_of({0, 1})));
}

TEST(HierarchicalQuorum, does_not_count_groups_without_weight) {
  const Quorum quorum(ensemble({voter(1, 1), voter(2, 2, 0), voter(3, 2, 0), voter(4, 3, 0)}, true));
  EXPECT_TRUE(quorum.contains_quorum(set_of({0})));
  EXPECT_FALSE(quorum.contains_quorum(set_of({1, 2, 3})));
  EXPECT_EQ(quorum.weight(ServerId{2}), 0);
}

TEST(HierarchicalQuorum, gives_a_voter_without_group_no_say) {
  const Quorum quorum(ensemble({voter(1, 1), voter(2, 0), voter(3, 0)}, true));
  EXPECT_TRUE(quorum.contains_quorum(set_of({0})));
  EXPECT_FALSE(quorum.contains_quorum(set_of({1, 2})));
  EXPECT_EQ(quorum.weight(ServerId{2}), 0);
}

TEST(QuorumDeathTest, insists_on_id_order_and_sane_weights) {
  EXPECT_DEATH(Quorum(ensemble({voter(2), voter(1)})), "member.id");
  EXPECT_DEATH(Quorum(ensemble({voter(1, 1, -1)})), "weight >= 0");
}

}  // namespace
}  // namespace vivarium
