// Who may not simply vote: observers, guests that do not know what they had, and voters with an empty disk.
#include "tests/unit/zab/election_bench.h"

namespace vivarium::testing {
namespace {

Vote unknown(int from, std::int64_t round) { return vote_for(from, kUnknownHistory.value, round); }

// --- observers ----------------------------------------------------------------------------------------------------

TEST(Observer, asks_the_voters_without_a_vote_of_its_own) {
  Member member(voters(3, 2), 4);
  member.looks(7, 1, Standing::kObserver);
  const auto said = member.said();
  ASSERT_EQ(said.size(), 3U);
  EXPECT_EQ(said.at(1).vote, (Vote{ServerId{kNoVote}, Zxid{kNoVote}, Epoch{kNoVote}, Round{1}}));
}

TEST(Observer, joins_whom_a_quorum_follows) {
  Member member(voters(3, 1), 4);
  member.looks(7, 1, Standing::kObserver);
  member.hears_following(1, vote_for(2, 5, 3));
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_leading(2, vote_for(2, 5, 3));
  EXPECT_EQ(member.role(), PeerState::kObserving);
}

TEST(Observer, elects_nobody) {
  Member member(voters(3, 1), 4);
  member.looks(7, 1, Standing::kObserver);
  for (const int voter : {1, 2, 3}) member.hears_looking(voter, vote_for(3, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Observer, answers_nobody) {
  Member member(voters(3, 2), 4);
  member.looks(7, 1, Standing::kObserver);
  member.said();
  member.hears_looking(5, vote_for(1, 0, 1));
  member.hears_looking(1, vote_for(1, 0, 0));
  member.hears_following(1, vote_for(2, 5, 3));
  member.hears_leading(2, vote_for(2, 5, 3));
  member.hears_looking(3, vote_for(3, 5, 1));
  EXPECT_TRUE(member.said().empty());
}

// --- guests -------------------------------------------------------------------------------------------------------

TEST(Guest, says_that_its_history_is_unknown) {
  Member member(voters(3), 1);
  member.looks(7, 1, Standing::kGuest);
  EXPECT_EQ(member.said().at(2).vote.zxid, kUnknownHistory);
}

TEST(Guest, adopts_no_vote_and_elects_nobody) {
  Member member(voters(3), 1);
  member.looks(7, 1, Standing::kGuest);
  member.hears_looking(2, vote_for(3, 5, 1));
  member.hears_looking(3, vote_for(3, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  EXPECT_EQ(member.leader(), 1);
}

TEST(Guest, joins_a_leader_whom_a_quorum_of_others_follows) {
  Member member(voters(3), 1);
  member.looks(7, 1, Standing::kGuest);
  member.hears_leading(3, vote_for(3, 5, 2));
  EXPECT_EQ(member.role(), PeerState::kLooking) << "one of three, and it does not count itself";
  member.hears_following(2, vote_for(3, 5, 2));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
}

TEST(Guest, is_not_made_a_leader_by_those_who_follow_it) {
  Member member(voters(3), 1);
  member.looks(7, 1, Standing::kGuest);
  member.hears_following(2, vote_for(1, 5, 1));
  member.hears_following(3, vote_for(1, 5, 1));
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Guest, is_not_taken_for_a_follower_until_it_is_repaired) {
  Member member(voters(3), 1);
  member.looks(7, 1, Standing::kGuest);
  member.hears_leading(3, vote_for(3, 5, 2));
  member.hears_following(2, vote_for(3, 5, 2));
  member.said();
  member.hears_looking(2, vote_for(2, 5, 9));
  const Notification answer = member.said().at(2);
  EXPECT_EQ(answer.state, PeerState::kObserving);
  EXPECT_EQ(answer.vote.zxid, kUnknownHistory);
  member.election.set_current_epoch(Epoch{3});
  member.said();
  member.hears_looking(2, vote_for(2, 5, 9));
  EXPECT_EQ(member.said().at(2).state, PeerState::kFollowing);
}

TEST(Guest, is_counted_by_nobody) {
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, unknown(2, 1));
  member.hears_looking(3, unknown(2, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_leading(3, vote_for(3, 8, 1));
  member.hears_following(1, unknown(3, 1));
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Guest, takes_back_the_vote_that_it_gave_before) {
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.hears_looking(1, unknown(1, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Guest, is_never_voted_for) {
  Member member(voters(3), 2);
  member.looks(0);
  member.hears_looking(3, vote_for(3, kUnknownHistory.value, 5, 9));
  EXPECT_EQ(member.leader(), 2);
  EXPECT_EQ(member.election.round(), Round{1});
}

// --- empty disks --------------------------------------------------------------------------------------------------

TEST(FreshVoter, votes_once_every_voter_was_heard_to_be_empty) {
  Member member(voters(3), 1);
  member.looks(0, 0, Standing::kFresh);
  EXPECT_EQ(member.said().at(2).vote, vote_for(1, 0, 1, 0));
  member.hears_looking(3, vote_for(3, 0, 1, 0));
  EXPECT_EQ(member.leader(), 1) << "it does not even adopt";
  member.hears_looking(2, vote_for(3, 0, 1, 0));
  EXPECT_EQ(member.leader(), 3);
  member.waits(200);
  EXPECT_EQ(member.role(), PeerState::kFollowing);
}

TEST(FreshVoter, does_not_decide_with_some_of_the_others) {
  Member member(voters(3), 3);
  member.looks(0, 0, Standing::kFresh);
  member.hears_looking(2, vote_for(3, 0, 1, 0));
  member.waits(5000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(FreshVoter, remembers_from_one_look_to_the_next_who_was_empty) {
  Member member(voters(3), 3);
  member.looks(0, 0, Standing::kFresh);
  member.hears_looking(1, vote_for(1, 0, 1, 0));
  member.looks(0, 0, Standing::kFresh);
  member.hears_looking(2, vote_for(3, 0, 2, 0));
  member.waits(200);
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(FreshVoter, is_a_guest_as_soon_as_anybody_has_history) {
  Member member(voters(3), 3);
  member.looks(0, 0, Standing::kFresh);
  member.said();
  member.hears_looking(1, vote_for(2, 5, 1));
  EXPECT_EQ(member.said().at(1).vote.zxid, kUnknownHistory);
  member.hears_looking(2, vote_for(2, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(FreshVoter, joins_as_a_guest_where_somebody_leads) {
  Member member(voters(3), 3);
  member.looks(0, 0, Standing::kFresh);
  member.hears_leading(1, vote_for(1, 0, 1, 0));
  EXPECT_EQ(member.election.current().vote.zxid, kUnknownHistory);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_following(2, vote_for(1, 0, 1, 0));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
  EXPECT_TRUE(member.election.joins_as_guest());
  member.election.set_current_epoch(Epoch{1});
  EXPECT_FALSE(member.election.joins_as_guest());
}

TEST(FreshVoter, takes_no_empty_vote_for_another_as_proof_that_the_sender_is_empty) {
  Member member(voters(2), 1);
  member.looks(0, 0, Standing::kFresh);
  // The later epoch wins over any zxid: server 2 may well have some of an earlier epoch.
  member.hears_looking(2, vote_for(1, 0, 1, 2));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(FreshVoter, takes_an_empty_vote_of_the_first_epoch_as_proof_that_the_sender_is_empty) {
  Member member(voters(3), 1);
  member.looks(0, 0, Standing::kFresh);
  member.hears_looking(2, vote_for(3, 0, 1, 1));
  member.hears_looking(3, vote_for(3, 0, 1, 1));
  member.waits(1000);
  EXPECT_EQ(member.leader(), 3) << "who has a txn has joined an epoch, and would vote for itself";
}

TEST(FreshVoter, votes_again_when_the_leader_that_made_it_a_guest_gave_up) {
  Member member(voters(3), 1);
  member.looks(0, 0, Standing::kFresh);
  member.hears_leading(3, vote_for(3, 0, 1, 0));
  member.hears_looking(3, vote_for(3, 0, 2, 0));
  EXPECT_EQ(member.election.current().vote.zxid, Zxid{}) << "or three empty servers could block each other for ever";
  member.hears_looking(2, vote_for(2, 0, 2, 0));
  EXPECT_EQ(member.leader(), 3);
}

TEST(FreshVoter, with_part_of_a_history_is_a_guest) {
  Member member(voters(3), 1);
  member.looks(17, 1, Standing::kFresh);
  EXPECT_EQ(member.election.current().vote.zxid, kUnknownHistory);
}

TEST(FreshVoter, stays_a_voter_once_everybody_was_empty) {
  Member member(voters(3), 1);
  member.looks(0, 0, Standing::kFresh);
  member.hears_looking(2, vote_for(2, 0, 1, 0));
  member.hears_looking(3, vote_for(3, 0, 1, 0));
  member.looks(17, 1, Standing::kFresh);
  EXPECT_EQ(member.election.current().vote.zxid, Zxid{17});
  EXPECT_FALSE(member.election.joins_as_guest());
}

}  // namespace
}  // namespace vivarium::testing
