// What a member of an election hears, and when that is enough to decide. Only the last word of a voter counts: one who
// says LOOKING follows nobody any more, and one who follows somebody no longer votes for another.
//
// Must never: count who is not a voter, an unknown history or another round (Z16, Z20); join a leader that does not say
// itself that it leads.
#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/zab/election.h"

namespace vivarium {

namespace {

/// Rounds count elections since boot; far beyond that is garbage, and must not overflow ours.
constexpr std::int64_t kMostRounds = INT64_MAX / 2;

bool has_history(const Vote& vote) { return vote.zxid >= Zxid{}; }

bool is_settled(PeerState state) { return state == PeerState::kFollowing || state == PeerState::kLeading; }

/// Outside of LOOKING only the leader and its epoch matter: members come to the same leader by different votes and
/// rounds (ZK-1732, ZK-1805).
bool agree(const Notification& a, const Notification& b) {
  if (is_settled(a.state) && is_settled(b.state)) {
    return a.vote.leader == b.vote.leader && a.vote.peer_epoch == b.vote.peer_epoch;
  }
  return a.vote == b.vote;
}

/// Proves that the sender has nothing: its own vote is empty, or no better than one that is empty. (Whoever has a txn has
/// joined an epoch, the first of which is 1, so that its vote is better than an empty one of that epoch.)
bool proves_emptiness(ServerId from, const Notification& notification) {
  const Vote& vote = notification.vote;
  if (notification.state != PeerState::kLooking || vote.zxid != Zxid{}) return false;
  return vote.leader == from || vote.peer_epoch <= Epoch{1};
}

}  // namespace

void Election::receive(ServerId from, const Notification& notification, Instant now) {
  Other* other = find_other(from);
  if (other == nullptr) return;
  const Vote& vote = notification.vote;
  if (vote.round < Round{} || vote.round > Round{kMostRounds}) return;
  const bool asks = notification.state == PeerState::kLooking;
  other->asked = asks;
  other->repeats = 0;
  const std::size_t voter = quorum_.index_of(from);
  if (voter == Quorum::kNotAVoter) {
    if (asks) answer_non_voter(*other, now);
    return;
  }
  if (standing_ == Standing::kFresh && proves_emptiness(from, notification)) heard_empty_.insert(voter);
  if (!looking_) {
    if (!asks || role_ == PeerState::kLooking) return;
    watch_support(voter, vote);
    if (role_ != PeerState::kObserving) send(from);
    return;
  }
  unanswered_ = false;
  const bool first_of_round = !words_[voter].any || words_[voter].said.vote.round != round_;
  hear(voter, notification);
  if (standing_ == Standing::kFresh) judge_emptiness(now);
  if (!words_[voter].any) return weigh(now);
  if (asks) {
    hear_looking(from, vote, first_of_round, now);
  } else {
    hear_settled(notification);
    if (looking_) weigh(now);
  }
}

/// In the order of votes (Z20).
bool Election::improves(const Vote& a, const Vote& b) const {
  if (KMUTANT(settings_.mutant, kVotesById) && a.leader != b.leader) return a.leader > b.leader;
  if (KMUTANT(settings_.mutant, kVotesByZxid) && a.zxid != b.zxid) return a.zxid > b.zxid;
  return is_better(a, b, quorum_);
}

void Election::hear(std::size_t voter, const Notification& notification) {
  const bool counts = has_history(notification.vote) && quorum_.is_voter(notification.vote.leader);
  words_[voter] = Word{counts && notification.state != PeerState::kObserving, notification};
}

void Election::hear_looking(ServerId from, const Vote& vote, bool first_of_round, Instant now) {
  if (standing_ == Standing::kObserver || is_guest()) return;  // they join, they do not elect
  if (vote.round < round_) {
    send(from);
  } else if (vote.round > round_) {
    round_ = vote.round;
    propose(votes() && improves(vote, initial_) ? vote : initial_);
  } else if (votes() && improves(vote, proposal_)) {
    propose(vote);
  } else if (first_of_round) {
    // What we said in this round before may have found it in another state. Apache's members would learn our vote only
    // from the next resend.
    send(from);
  }
  weigh(now);
}

/// One who says FOLLOWING or LEADING: when a quorum says so alike, the leader among them, it is joined.
void Election::hear_settled(const Notification& notification) {
  const Vote& vote = notification.vote;
  VoterSet of_round, of_any_round;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const Word& word = words_[i];
    if (!word.any || !agree(word.said, notification)) continue;
    if (word.said.vote.round == round_) of_round.insert(i);
    if (is_settled(word.said.state)) of_any_round.insert(i);  // never ourselves: we are LOOKING
  }
  if (votes() && vote.round == round_ && quorum_.contains_quorum(of_round) && leads(vote)) {
    return decide(vote, of_round);
  }
  if (quorum_.contains_quorum(of_any_round) && leads(vote)) decide(vote, of_any_round);
}

/// Without this, members would join a leader that is dead again and again (ZK-569), or be made one by votes of another
/// round (ZK-1514). The leader's own epoch may be ahead of its followers' for a moment.
bool Election::leads(const Vote& vote) const {
  if (quorum_.weight(vote.leader) <= 0) return false;
  if (vote.leader == settings_.me) return votes() && vote.round == round_;
  const Word& word = words_[quorum_.index_of(vote.leader)];
  return word.any && word.said.state == PeerState::kLeading && word.said.vote.leader == vote.leader;
}

/// kFresh: an empty disk was always empty only if nobody has anything. Once every voter was heard to be empty at some
/// time of this server's life, nothing can have been acknowledged before it that somebody still knows, and what was
/// acknowledged since is on this disk: it is a voter like any other from there on.
void Election::judge_emptiness(Instant now) {
  if (standing_ != Standing::kFresh || all_were_empty_) return;
  heard_empty_.insert(quorum_.index_of(settings_.me));
  if (heard_empty_.size() == quorum_.size()) {
    all_were_empty_ = true;
    Vote best = initial_;
    for (const Word& word : words_) {
      const bool counts = word.any && word.said.state == PeerState::kLooking && word.said.vote.round == round_;
      if (counts && improves(word.said.vote, best)) best = word.said.vote;
    }
    propose(best);
    return weigh(now);
  }
  bool contradicted = false;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    const Word& word = words_[i];
    const bool empty = word.said.state == PeerState::kLooking && word.said.vote.zxid == Zxid{};
    if (word.any && !empty) contradicted = true;
  }
  if (contradicted == contradicted_) return;
  contradicted_ = contradicted;
  propose(initial_);
}

VoterSet Election::proposal_supporters() const {
  VoterSet supporters;
  for (std::size_t i = 0; i < words_.size(); ++i) {
    if (words_[i].any && words_[i].said.vote == proposal_) supporters.insert(i);
  }
  return supporters;
}

/// Whoever does not support the proposal cannot be heard either, as a leader that has just died.
bool Election::nobody_else_can_speak(const VoterSet& supporters) const {
  for (std::size_t i = 0; i < quorum_.size(); ++i) {
    if (!supporters.contains(i) && !absent_.contains(i)) return false;
  }
  return true;
}

/// Decides, or starts or stops waiting for better votes.
///
/// When every voter that can be heard votes alike there is nothing to wait for. A better vote of this round could only
/// come from a voter that has not said its own yet, and all have; the votes are all of this round, so none is left over
/// from an earlier one (which is what broke ZK-975). Should an absent voter come back with a better one, it follows, or
/// finds a quorum of its own: that costs time at worst. A fresh member waits all the same: should a word of Apache's be
/// a repeated old one, the true one is on its way.
void Election::weigh(Instant now) {
  if (!looking_ || !votes()) return;
  const VoterSet supporters = proposal_supporters();
  if (!quorum_.contains_quorum(supporters) || quorum_.weight(proposal_.leader) <= 0) {
    decide_at_ = Instant::never();
  } else if (nobody_else_can_speak(supporters) && standing_ == Standing::kVoter) {
    decide(proposal_, supporters);
  } else if (decide_at_ == Instant::never()) {
    decide_at_ = now + settings_.finalize_wait;
  }
}

/// While leading: a supporter that asks with another vote than ours has turned away.
void Election::watch_support(std::size_t voter, const Vote& vote) {
  if (role_ != PeerState::kLeading || vote == decided_ || !supporters_.contains(voter)) return;
  VoterSet left;
  for (std::size_t i = 0; i < quorum_.size(); ++i) {
    if (i != voter && supporters_.contains(i)) left.insert(i);
  }
  supporters_ = left;
}

}  // namespace vivarium
