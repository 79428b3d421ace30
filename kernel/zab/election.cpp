// What a member of an election says, and to whom: its vote, its answers, and that it decided. What it hears is counted
// in election_counting.cpp. Must never: say a vote that it does not hold now; answer an answer.
#include "kernel/zab/election.h"

#include <algorithm>

#include "kernel/base/assert.h"

namespace vivarium {

namespace {

void add(StateHash& hash, Instant at) { hash.add(static_cast<std::uint64_t>(at.nanos)); }
void add(StateHash& hash, const Vote& vote) {
  hash.add(static_cast<std::uint64_t>(vote.leader.value));
  hash.add(static_cast<std::uint64_t>(vote.zxid.value));
  hash.add(static_cast<std::uint64_t>(vote.peer_epoch.value));
  hash.add(static_cast<std::uint64_t>(vote.round.value));
}
void add(StateHash& hash, const Notification& notification) {
  hash.add(static_cast<std::uint64_t>(notification.state));
  add(hash, notification.vote);
}
void add(StateHash& hash, const VoterSet& set, std::size_t voters) {
  for (std::size_t i = 0; i < voters; ++i) hash.add(std::uint64_t{set.contains(i)});
}

/// Repeated votes without a word before a link is suspected. Voters that look as well repeat theirs; others answer.
constexpr std::int32_t kPatience = 2;

bool is_same(const Notification& a, const Notification& b) { return a.state == b.state && a.vote == b.vote; }

/// How a vote of this standing starts.
Vote initial_vote(Standing standing, Vote vote) {
  if (standing == Standing::kGuest) vote.zxid = kUnknownHistory;
  if (standing == Standing::kObserver) vote = {ServerId{kNoVote}, Zxid{kNoVote}, Epoch{kNoVote}, Round{}};
  return vote;
}

}  // namespace

Election::Election(const ElectionSettings& settings, const Quorum& quorum, const Vector<ServerId>& others)
    : settings_(settings), quorum_(quorum), wait_(settings.min_notification) {
  KASSERT(settings.min_notification > Duration{});
  for (const ServerId id : others) {
    KASSERT(id != settings.me);
    Other other;
    other.id = id;
    others_.push_back(other);
  }
}

bool Election::is_guest() const {
  return standing_ == Standing::kGuest || (standing_ == Standing::kFresh && !all_were_empty_ && contradicted_);
}

/// May adopt votes, count them, and decide by them.
bool Election::votes() const {
  return standing_ == Standing::kVoter || (standing_ == Standing::kFresh && all_were_empty_);
}

void Election::look(Standing standing, const Vote& initial, Instant now) {
  KASSERT((standing != Standing::kObserver) == quorum_.is_voter(settings_.me));
  KIMPLIES(standing != Standing::kObserver, initial.leader == settings_.me);
  KIMPLIES(standing == Standing::kVoter, initial.zxid >= Zxid{});
  looking_ = true;
  decided_now_ = false;
  for (Other& other : others_) other.repeats = 0;
  silent_voters_.clear();
  role_ = PeerState::kLooking;
  standing_ = standing;
  // It took something over from a leader, and was interrupted: part of a history is as good as an unknown one.
  if (standing == Standing::kFresh && initial.zxid != Zxid{} && !all_were_empty_) standing_ = Standing::kGuest;
  initial_ = initial_vote(standing_, initial);
  round_ = Round{round_.value + 1};
  contradicted_ = false;
  words_.clear();
  words_.resize(quorum_.size());
  wait_ = settings_.min_notification;
  resend_at_ = now + wait_;
  propose(initial_);
  judge_emptiness(now);
  weigh(now);
}

void Election::propose(const Vote& vote) {
  KASSERT(looking_);
  proposal_ = vote;
  proposal_.round = round_;
  if (is_guest()) proposal_.zxid = kUnknownHistory;
  decide_at_ = Instant::never();
  if (votes()) words_[quorum_.index_of(settings_.me)] = Word{true, current()};
  send_to_voters();
}

Notification Election::current() const {
  if (looking_) return {PeerState::kLooking, proposal_};
  if (!is_guest()) return {role_, decided_};
  // Whatever a guest says must not be taken for support: nobody counts OBSERVING.
  Vote vote = decided_;
  vote.zxid = kUnknownHistory;
  return {PeerState::kObserving, vote};
}

/// The newest message to a member replaces what has not left yet.
void Election::send(ServerId to) {
  for (OutgoingNotification& waiting : outbox_) {
    if (waiting.to != to) continue;
    waiting.notification = current();
    return;
  }
  outbox_.push_back({to, current()});
}

void Election::send_to_voters() {
  unanswered_ = true;
  for (const Other& other : others_) {
    if (quorum_.is_voter(other.id)) send(other.id);
  }
}

Election::Other* Election::find_other(ServerId id) {
  for (Other& other : others_) {
    if (other.id == id) return &other;
  }
  return nullptr;
}

/// Observers, and servers whose configuration names them voters while ours does not. Two of the latter kind would
/// answer each other for ever, so the same answer is not given again at once.
void Election::answer_non_voter(Other& other, Instant now) {
  if (!quorum_.is_voter(settings_.me) || (!looking_ && role_ == PeerState::kLooking)) return;
  const Notification answer = current();
  const bool repeats = other.answered && is_same(other.answer, answer);
  if (repeats && now < other.answered_at + settings_.min_notification) return;
  other.answered = true;
  other.answer = answer;
  other.answered_at = now;
  send(other.id);
}

void Election::decide(const Vote& vote, const VoterSet& supporters) {
  KASSERT(looking_);
  KASSERT(vote.zxid >= Zxid{});
  KASSERT(quorum_.weight(vote.leader) > 0);
  const bool leading = vote.leader == settings_.me;
  KIMPLIES(leading, votes());
  looking_ = false;
  decided_now_ = true;
  decided_ = vote;
  round_ = vote.round;
  role_ = leading ? PeerState::kLeading : PeerState::kFollowing;
  if (standing_ == Standing::kObserver) role_ = PeerState::kObserving;
  supporters_ = supporters;
  if (leading) supporters_.insert(quorum_.index_of(settings_.me));
  resend_at_ = Instant::never();
  decide_at_ = Instant::never();
  if (!votes()) return;
  // Who still asks and did not come to this by itself (observers, guests, late voters) would ask again only after its
  // back-off.
  for (const Other& other : others_) {
    const std::size_t voter = quorum_.index_of(other.id);
    const bool knows = voter != Quorum::kNotAVoter && supporters_.contains(voter);
    if (other.asked && !knows) send(other.id);
  }
}

std::optional<ElectionDecision> Election::take_decision() {
  if (!std::exchange(decided_now_, false)) return std::nullopt;
  return ElectionDecision{role_, decided_};
}

void Election::leave_role() {
  looking_ = false;
  role_ = PeerState::kLooking;
  decided_now_ = false;
}

void Election::set_current_epoch(Epoch epoch) {
  if (looking_ || role_ == PeerState::kLooking) return;
  decided_.peer_epoch = epoch;
  if (standing_ == Standing::kObserver) return;
  standing_ = Standing::kVoter;
  // A joiner needs equal words of a quorum (ZK-1732), and may have been told the old epoch by us.
  for (const Other& other : others_) {
    if (other.asked) send(other.id);
  }
}

bool Election::lost_support() const {
  return !looking_ && role_ == PeerState::kLeading && !quorum_.contains_quorum(supporters_);
}

void Election::repeat_vote() {
  if (unanswered_) reconnect_wish_ = true;
  for (Other& other : others_) {
    if (!quorum_.is_voter(other.id)) continue;
    if (other.repeats == kPatience) {
      silent_voters_.push_back(other.id);
      other.repeats = 0;
    }
    ++other.repeats;
  }
  send_to_voters();
}

void Election::set_absent(const VoterSet& absent, Instant now) {
  if (absent == absent_) return;
  absent_ = absent;
  if (looking_) weigh(now);
}

void Election::tick(Instant now) {
  if (!looking_) return;
  if (now >= decide_at_) {
    const VoterSet supporters = proposal_supporters();
    KASSERT(quorum_.contains_quorum(supporters));
    return decide(proposal_, supporters);
  }
  if (now < resend_at_) return;
  repeat_vote();
  wait_ = std::min(wait_ * 2, std::max(settings_.max_notification, settings_.min_notification));
  resend_at_ = now + wait_;
}

Instant Election::next_deadline() const { return looking_ ? std::min(resend_at_, decide_at_) : Instant::never(); }

void Election::hash_into(StateHash& hash) const {
  hash.add(std::uint64_t{looking_} | std::uint64_t{all_were_empty_} << 1 | std::uint64_t{contradicted_} << 2 |
           std::uint64_t{unanswered_} << 3 | std::uint64_t{decided_now_} << 4 | std::uint64_t{reconnect_wish_} << 5);
  hash.add(static_cast<std::uint64_t>(standing_));
  hash.add(static_cast<std::uint64_t>(role_));
  hash.add(static_cast<std::uint64_t>(round_.value));
  add(hash, initial_);
  add(hash, proposal_);
  add(hash, decided_);
  for (const Other& other : others_) {
    hash.add(std::uint64_t{other.asked} | std::uint64_t{other.answered} << 1);
    hash.add(static_cast<std::uint64_t>(other.repeats));
    add(hash, other.answer);
    add(hash, other.answered_at);
  }
  for (const Word& word : words_) {
    hash.add(std::uint64_t{word.any});
    add(hash, word.said);
  }
  add(hash, supporters_, quorum_.size());
  add(hash, heard_empty_, quorum_.size());
  add(hash, absent_, quorum_.size());
  hash.add(static_cast<std::uint64_t>(wait_.nanos));
  add(hash, resend_at_);
  add(hash, decide_at_);
  for (const OutgoingNotification& waiting : outbox_) {
    hash.add(static_cast<std::uint64_t>(waiting.to.value));
    add(hash, waiting.notification);
  }
  for (const ServerId id : silent_voters_) hash.add(static_cast<std::uint64_t>(id.value));
}

}  // namespace vivarium
