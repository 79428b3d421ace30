// The order of votes.
#include "kernel/zab/vote.h"

#include <gtest/gtest.h>

namespace vivarium {
namespace {

Quorum three_voters() {
  EnsembleConfig config;
  config.hierarchical = true;
  for (std::int64_t id = 1; id <= 3; ++id) config.members.push_back({ServerId{id}, true, 1, id == 3 ? 0 : 1});
  return Quorum(config);
}

Vote vote(std::int64_t leader, std::int64_t zxid, std::int64_t epoch, std::int64_t round = 1) {
  return {ServerId{leader}, Zxid{zxid}, Epoch{epoch}, Round{round}};
}

TEST(Vote, is_better_by_epoch_then_zxid_then_id) {
  const Quorum quorum = three_voters();
  EXPECT_TRUE(is_better(vote(1, 5, 2), vote(2, 9, 1), quorum));
  EXPECT_FALSE(is_better(vote(2, 9, 1), vote(1, 5, 2), quorum));
  EXPECT_TRUE(is_better(vote(1, 6, 2), vote(2, 5, 2), quorum));
  EXPECT_FALSE(is_better(vote(2, 5, 2), vote(1, 6, 2), quorum));
  EXPECT_TRUE(is_better(vote(2, 5, 2), vote(1, 5, 2), quorum));
  EXPECT_FALSE(is_better(vote(1, 5, 2), vote(1, 5, 2), quorum));
}

TEST(Vote, is_not_better_by_its_round) { EXPECT_FALSE(is_better(vote(1, 5, 2, 9), vote(1, 5, 2, 3), three_voters())); }

TEST(Vote, for_somebody_who_may_not_lead_is_never_better) {
  const Quorum quorum = three_voters();
  EXPECT_FALSE(is_better(vote(3, 100, 9), vote(1, 5, 2), quorum));  // no weight
  EXPECT_FALSE(is_better(vote(4, 100, 9), vote(1, 5, 2), quorum));  // not a member
  EXPECT_FALSE(is_better(vote(kNoVote, kNoVote, kNoVote), vote(1, 5, 2), quorum));
}

TEST(Vote, beats_no_vote_at_all) {
  EXPECT_TRUE(is_better(vote(1, 0, 0), vote(kNoVote, kNoVote, kNoVote), three_voters()));
}

}  // namespace
}  // namespace vivarium
