// Fast leader election as one member sees it: voters that know their history. Other standings: election_standing_test.
#include "tests/unit/zab/election_bench.h"

namespace vivarium::testing {
namespace {

// --- voting -------------------------------------------------------------------------------------------------------

TEST(Election, starts_by_telling_every_voter_that_it_wants_to_lead) {
  Member member(voters(3, 1), 2);
  member.looks(7);
  const auto said = member.said();
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said.at(1).vote, vote_for(2, 7, 1));
  EXPECT_EQ(said.at(3).state, PeerState::kLooking);
}

TEST(Election, adopts_a_better_vote_of_its_round_and_says_so) {
  Member member(voters(3), 1);
  member.looks(7);
  member.said();
  member.hears_looking(2, vote_for(2, 8, 1));
  EXPECT_EQ(member.said().at(3).vote, vote_for(2, 8, 1));
}

TEST(Election, keeps_its_vote_against_a_worse_one) {
  Member member(voters(3), 1);
  member.looks(7);
  member.hears_looking(2, vote_for(2, 6, 1));
  EXPECT_EQ(member.leader(), 1);
}

TEST(Election, prefers_the_epoch_to_the_zxid_and_the_zxid_to_the_id) {
  Member member(voters(5), 3);
  member.looks(7, 2);
  member.hears_looking(5, vote_for(5, 100, 1, 1));
  EXPECT_EQ(member.leader(), 3);
  member.hears_looking(1, vote_for(1, 8, 1, 2));
  EXPECT_EQ(member.leader(), 1);
}

TEST(Election, moves_to_a_later_round_and_forgets_what_it_heard_before) {
  Member member(voters(3), 1);
  member.looks(7);
  member.hears_looking(2, vote_for(2, 9, 1));
  member.hears_looking(3, vote_for(3, 5, 4));
  EXPECT_EQ(member.election.round(), Round{4});
  EXPECT_EQ(member.election.vote(), vote_for(1, 7, 4)) << "a new round starts with one's own vote";
}

TEST(Election, tells_a_voter_of_an_earlier_round_what_it_proposes) {
  Member member(voters(3), 1);
  member.looks(7).looks(7);
  member.said();
  member.hears_looking(2, vote_for(2, 9, 1));
  EXPECT_EQ(member.said().at(2).vote, vote_for(1, 7, 2));
  EXPECT_EQ(member.leader(), 1);
}

TEST(Election, tells_its_vote_again_to_one_who_comes_into_its_round) {
  Member member(voters(3), 3);
  member.looks(7);
  member.said();  // perhaps while the other was not LOOKING
  member.hears_looking(1, vote_for(1, 7, 1));
  EXPECT_EQ(member.said().at(1).vote, vote_for(3, 7, 1));
  member.hears_looking(1, vote_for(1, 7, 1));
  EXPECT_TRUE(member.said().empty()) << "answers are not answered";
}

// --- deciding -----------------------------------------------------------------------------------------------------

TEST(Election, waits_for_better_votes_once_a_quorum_agrees) {
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.waits(199);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.waits(1);
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(Election, follows_the_better_vote_that_comes_while_it_waits) {
  Member member(voters(5), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.hears_looking(3, vote_for(2, 7, 1));
  member.waits(150);
  member.hears_looking(4, vote_for(4, 9, 1));
  member.waits(300);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_looking(1, vote_for(4, 9, 1));
  member.waits(200);
  EXPECT_EQ(member.role(), PeerState::kFollowing);
  EXPECT_EQ(member.leader(), 4);
}

TEST(Election, does_not_wait_when_every_voter_votes_alike) {
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.hears_looking(3, vote_for(2, 7, 1));
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(Election, does_not_wait_for_voters_that_cannot_be_heard) {
  Member member(voters(3), 2);
  member.looks(7);
  VoterSet dead;
  dead.insert(2);
  member.election.set_absent(dead, member.now);
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_looking(1, vote_for(2, 7, 1));
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(Election, stops_waiting_when_the_last_silent_voter_goes) {
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  EXPECT_EQ(member.role(), PeerState::kLooking);
  VoterSet dead;
  dead.insert(2);
  member.election.set_absent(dead, member.now);
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(Election, of_one_voter_is_over_at_once) {
  Member member(voters(1, 1), 1);
  member.looks(7);
  EXPECT_EQ(member.role(), PeerState::kLeading);
}

TEST(Election, gives_its_decision_once) {
  Member member(voters(1), 1);
  member.looks(7);
  EXPECT_TRUE(member.election.take_decision().has_value());
  EXPECT_FALSE(member.election.take_decision().has_value());
}

TEST(Election, tells_those_who_still_look_what_it_decided) {
  Member member(voters(3, 1), 2);
  member.looks(7);
  member.hears_looking(4, Vote{ServerId{kNoVote}, Zxid{kNoVote}, Epoch{kNoVote}, Round{1}});
  member.hears_looking(3, vote_for(3, 5, 1));
  member.hears_looking(1, vote_for(2, 7, 1));
  member.said();
  member.waits(200);
  const auto said = member.said();
  EXPECT_EQ(said.at(4).state, PeerState::kLeading);
  EXPECT_EQ(said.at(3).state, PeerState::kLeading);
  EXPECT_EQ(said.count(1), 0U) << "it votes for us and will come to this by itself";
}

// --- joining ------------------------------------------------------------------------------------------------------

TEST(Election, joins_a_leader_whom_a_quorum_follows) {
  Member member(voters(3), 1);
  member.looks(9).looks(9);
  member.hears_following(2, vote_for(3, 5, 1));
  EXPECT_EQ(member.role(), PeerState::kLooking);
  member.hears_leading(3, vote_for(3, 5, 1));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
  EXPECT_EQ(member.election.round(), Round{1});
}

TEST(Election, does_not_join_a_leader_that_does_not_say_that_it_leads) {  // ZK-569, ZK-512: it may be dead
  Member member(voters(5), 1);
  member.looks(5).looks(5);
  for (const int other : {2, 3, 4}) member.hears_following(other, vote_for(5, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, forgets_that_one_followed_who_looks_again) {
  Member member(voters(5), 1);
  member.looks(5).looks(5);
  member.hears_leading(5, vote_for(5, 5, 1));
  member.hears_following(2, vote_for(5, 5, 1));
  member.hears_looking(2, vote_for(2, 5, 1));
  member.hears_following(3, vote_for(5, 5, 1));
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, joins_though_members_came_to_the_leader_by_other_rounds_and_zxids) {  // ZK-1732, ZK-1805
  Member member(voters(5), 1);
  member.looks(5);
  member.hears_leading(5, vote_for(5, 8, 3, 2));
  member.hears_following(4, vote_for(5, 6, 7, 2));
  member.hears_following(3, vote_for(5, 0, 2, 2));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
}

TEST(Election, does_not_join_on_words_of_two_epochs) {
  Member member(voters(5), 1);
  member.looks(5).looks(5);
  member.hears_leading(5, vote_for(5, 8, 1, 2));
  member.hears_following(4, vote_for(5, 8, 1, 1));
  member.hears_following(3, vote_for(5, 8, 1, 2));
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, counts_a_follower_of_its_own_round_with_those_who_look) {
  Member member(voters(3), 1);
  member.looks(5);
  member.hears_looking(3, vote_for(3, 8, 1));
  member.hears_leading(3, vote_for(3, 8, 1));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
}

TEST(Election, is_not_made_a_leader_by_followers_of_another_round) {  // ZK-1514
  Member member(voters(3), 1);
  member.looks(5).looks(5);  // it restarted; the others still follow who it was
  member.hears_following(2, vote_for(1, 5, 1));
  member.hears_following(3, vote_for(1, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, does_not_end_a_round_by_votes_of_an_earlier_one_though_everybody_spoke) {  // ZK-975
  Member member(voters(3), 1);
  member.looks(5).looks(5);
  member.hears_looking(2, vote_for(1, 5, 1));
  member.hears_looking(3, vote_for(1, 5, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, does_not_decide_when_a_supporter_changes_its_mind_while_it_waits) {  // ZK-3109
  Member member(voters(5), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.hears_looking(3, vote_for(2, 7, 1));
  member.waits(100);
  member.hears_looking(3, vote_for(5, 6, 2));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, does_not_decide_when_a_supporter_restarts_while_it_waits) {
  Member member(voters(3), 2);
  member.looks(7).looks(7);
  member.hears_looking(1, vote_for(2, 7, 2));
  member.waits(100);
  member.hears_looking(1, vote_for(1, 7, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, knows_when_those_who_elected_it_have_turned_away) {  // ZK-3109: do not wait for them
  Member member(voters(3), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(2, 7, 1));
  member.waits(200);
  ASSERT_EQ(member.role(), PeerState::kLeading);
  member.hears_looking(1, vote_for(2, 7, 1));
  EXPECT_FALSE(member.election.lost_support()) << "it only has not decided yet";
  member.hears_looking(1, vote_for(3, 8, 1));
  EXPECT_TRUE(member.election.lost_support());
}

// --- answering ----------------------------------------------------------------------------------------------------

TEST(Election, answers_with_its_leader_who_looks_while_it_follows) {
  Member member(voters(3), 1);
  member.looks(5);
  member.hears_looking(3, vote_for(3, 8, 1));
  member.hears_leading(3, vote_for(3, 8, 1));
  member.election.set_current_epoch(Epoch{4});
  member.said();
  member.hears_looking(2, vote_for(2, 5, 9));
  const auto said = member.said();
  EXPECT_EQ(said.at(2).state, PeerState::kFollowing);
  EXPECT_EQ(said.at(2).vote, vote_for(3, 8, 1, 4));
}

TEST(Election, does_not_answer_who_does_not_look) {
  Member member(voters(1, 1), 1);
  member.looks(5);
  member.said();
  member.hears(2, PeerState::kObserving, vote_for(1, 5, 1));
  EXPECT_TRUE(member.said().empty());
}

TEST(Election, tells_the_new_epoch_to_those_whom_it_told_the_old_one) {
  Member member(voters(1, 1), 1);
  member.looks(5);
  member.hears_looking(2, Vote{ServerId{kNoVote}, Zxid{kNoVote}, Epoch{kNoVote}, Round{1}});
  member.said();
  member.election.set_current_epoch(Epoch{4});
  EXPECT_EQ(member.said().at(2).vote.peer_epoch, Epoch{4});
}

TEST(Election, answers_an_observer_with_its_own_round_and_does_not_count_it) {  // ZK-2959
  Member member(voters(3, 2), 2);
  member.looks(7).looks(7);
  member.said();
  member.hears_looking(4, vote_for(2, 7, 2));
  member.hears_looking(5, vote_for(2, 7, 2));
  EXPECT_EQ(member.said().at(4).vote, vote_for(2, 7, 2));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, does_not_give_a_stranger_the_same_answer_again_at_once) {
  Member member(voters(3, 1), 2);
  member.looks(7);
  member.said();
  member.hears_looking(4, vote_for(1, 0, 1));
  EXPECT_EQ(member.said().size(), 1U);
  member.hears_looking(4, vote_for(1, 0, 1));
  EXPECT_TRUE(member.said().empty()) << "or two who both take the other for an observer would never stop";
}

TEST(Election, does_not_vote_for_one_who_is_not_a_voter) {
  Member member(voters(3, 1), 2);
  member.looks(7);
  member.hears_looking(1, vote_for(4, 9, 1));
  EXPECT_EQ(member.leader(), 2);
}

TEST(Election, says_nothing_of_a_role_that_it_has_left) {
  Member member(voters(3), 1);
  member.looks(5);
  member.hears_looking(3, vote_for(3, 8, 1));
  member.hears_leading(3, vote_for(3, 8, 1));
  member.said();
  member.election.leave_role();
  member.hears_looking(2, vote_for(2, 5, 9));
  EXPECT_TRUE(member.said().empty());
}

TEST(Election, ignores_rounds_that_nobody_can_have_reached) {
  Member member(voters(3), 1);
  member.looks(5);
  member.hears_looking(2, vote_for(2, 9, INT64_MAX));
  member.hears_looking(2, vote_for(2, 9, -1));
  EXPECT_EQ(member.election.round(), Round{1});
}

// --- weights ------------------------------------------------------------------------------------------------------

TEST(Election, never_elects_a_server_of_no_weight) {  // ZK-569 and its kin
  EnsembleConfig config = voters(4);
  config.hierarchical = true;
  for (MemberConfig& member : config.members) member.group = 1;
  config.members[3].weight = 0;
  Member member(config, 1);
  member.looks(5);
  member.hears_looking(4, vote_for(4, 9, 1));
  EXPECT_EQ(member.leader(), 1);
  member.hears_looking(2, vote_for(4, 9, 1));
  member.hears_looking(3, vote_for(4, 9, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking);
}

TEST(Election, lets_a_server_of_no_weight_only_join) {
  EnsembleConfig config = voters(3);
  config.hierarchical = true;
  for (MemberConfig& member : config.members) member.group = 1;
  config.members[2].weight = 0;
  Member member(config, 3);
  member.looks(9);
  member.hears_looking(1, vote_for(3, 9, 1));
  member.hears_looking(2, vote_for(3, 9, 1));
  member.waits(1000);
  EXPECT_EQ(member.role(), PeerState::kLooking) << "whatever the others say";
  member.hears_following(1, vote_for(2, 5, 1));
  member.hears_leading(2, vote_for(2, 5, 1));
  EXPECT_EQ(member.role(), PeerState::kFollowing);
}

// --- time ---------------------------------------------------------------------------------------------------------

TEST(Election, repeats_its_vote_less_and_less_often) {
  Member member(voters(3), 1);
  member.looks(5);
  member.said();
  member.waits(199);
  EXPECT_TRUE(member.said().empty());
  member.waits(1);
  EXPECT_EQ(member.said().size(), 2U);
  member.waits(399);
  EXPECT_TRUE(member.said().empty());
  member.waits(1);
  EXPECT_EQ(member.said().size(), 2U);
}

TEST(Election, wishes_for_new_connections_when_nobody_answers) {
  Member member(voters(3), 1);
  member.looks(5);
  member.waits(200);
  EXPECT_TRUE(member.election.take_reconnect_wish());
  EXPECT_FALSE(member.election.take_reconnect_wish());
  member.hears_looking(2, vote_for(1, 5, 7));
  member.waits(50);
  EXPECT_FALSE(member.election.take_reconnect_wish());
}

TEST(Election, suspects_a_voter_that_says_nothing_to_its_repeated_vote) {
  Member member(voters(3), 1);
  member.looks(5);
  member.waits(250);
  member.hears_looking(2, vote_for(2, 4, 1));
  member.waits(1150);  // repeated at 200, 600 and 1400 ms
  ASSERT_EQ(member.election.silent_voters().size(), 1U);
  EXPECT_EQ(member.election.silent_voters()[0], ServerId{3});
}

TEST(Election, has_no_deadline_once_it_has_decided) {
  Member member(voters(1), 1);
  member.looks(5);
  EXPECT_EQ(member.election.next_deadline(), Instant::never());
}

}  // namespace
}  // namespace vivarium::testing
