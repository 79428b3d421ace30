// Laws of elections among several members over a network that delays, loses all but the newest message, and breaks;
// members restart and look again at any time.
//
//   Nobody decides but by votes that a quorum really gave, or claims that a quorum really made (Z16, Z20).
//   A vote does not get worse within a round (Z20). No two lead in one round with a quorum for each.
//   When the network is calm and everybody looks, everybody comes to the best vote, soon.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "kernel/zab/election.h"

namespace vivarium {
namespace {

/// Random choices out of one word.
struct Word {
  std::uint32_t bits;
  std::uint32_t take(std::uint32_t n) {
    bits = bits * 1664525 + 1013904223;
    return (bits >> 8) % n;
  }
};

using HeldVote = std::tuple<std::int64_t, std::int64_t, std::int64_t, std::int64_t>;
HeldVote key(const Vote& vote) { return {vote.leader.value, vote.zxid.value, vote.peer_epoch.value, vote.round.value}; }

struct Member {
  explicit Member(Election machine) : election(std::move(machine)) {}

  Election election;
  Standing standing = Standing::kVoter;
  Vote initial;
  std::int64_t looks = 0;  // counts look() over all lives
  PeerState role = PeerState::kLooking;
  // Ghosts, over all lives.
  std::set<HeldVote> held;
  std::set<std::pair<std::int64_t, std::int64_t>> claimed;  // leader and epoch, FOLLOWING or LEADING
  std::set<std::int64_t> led;                               // epochs in which it said LEADING
  // The vote that it had last, for monotony.
  std::int64_t last_look = 0;
  Vote last;
};

struct Pending {
  Notification notification;
  Instant due;
};

class World {
 public:
  explicit World(Word shape) : config_(make_config(shape)), quorum_(config_) {
    for (const MemberConfig& member : config_.members) {
      members_.emplace_back(machine(member.id));
      Member& made = members_.back();
      made.initial = Vote{member.id, Zxid{shape.take(3)}, Epoch{shape.take(2)}, Round{}};
      if (!member.voter) made.standing = Standing::kObserver;
      if (member.voter && shape.take(4) == 0) made.standing = Standing::kGuest;
    }
    for (std::size_t i = 0; i < members_.size(); ++i) look(i);
  }

  void act(Word& word) {
    const std::size_t i = word.take(size()), j = word.take(size());
    switch (word.take(8)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return deliver(i, j);
      case 4:
        return pass(Duration::millis(word.take(150)));
      case 5:
        return break_link(i, j);
      case 6:
        return word.take(3) == 0 ? restart(i, word.take(2)) : deliver(i, j);
      default:
        return word.take(2) == 0 ? look(i) : pass(Duration::millis(word.take(20)));
    }
  }

  /// Everybody looks again, and messages take up to 50 ms each.
  void calm(std::uint32_t seed) {
    for (std::size_t i = 0; i < members_.size(); ++i) members_[i].election.leave_role();
    for (auto entry = network_.begin(); entry != network_.end();) {
      const bool old_claim = entry->second.notification.state != PeerState::kLooking;
      entry = old_claim ? network_.erase(entry) : std::next(entry);
    }
    delay_seed_ = seed;
    for (std::size_t i = 0; i < members_.size(); ++i) look(i);
    const Instant end = now_ + Duration::seconds(10);
    while (now_ < end && !all_decided()) step_calm();
  }

  bool quorum_knows_its_history() const {
    VoterSet set;
    for (const Member& member : members_) {
      if (member.standing == Standing::kVoter) set.insert(quorum_.index_of(member.initial.leader));
    }
    return quorum_.contains_quorum(set);
  }
  ServerId best() const {
    Vote best{ServerId{}, Zxid{-2}, Epoch{-2}, Round{}};
    for (const Member& member : members_) {
      if (member.standing == Standing::kVoter && is_better(member.initial, best, quorum_)) best = member.initial;
    }
    return best.leader;
  }
  void everybody_has_decided_for(ServerId leader) const {
    for (const Member& member : members_) {
      RC_ASSERT(!member.election.looking());
      RC_ASSERT(member.election.vote().leader == leader);
      PeerState expected = PeerState::kFollowing;
      if (member.initial.leader == leader) expected = PeerState::kLeading;
      if (member.standing == Standing::kObserver) expected = PeerState::kObserving;
      RC_ASSERT(member.role == expected);
    }
  }

 private:
  static EnsembleConfig make_config(Word& shape) {
    EnsembleConfig config;
    const std::uint32_t voters = 1 + shape.take(5), observers = shape.take(3) == 0 ? 1 : 0;
    config.hierarchical = shape.take(3) == 0;
    for (std::uint32_t id = 1; id <= voters + observers; ++id) {
      MemberConfig member;
      member.id = ServerId{id};
      member.voter = id <= voters;
      member.group = 1;
      if (id > 1 && shape.take(3) == 0) member.weight = 0;
      config.members.push_back(member);
    }
    return config;
  }
  std::uint32_t size() const { return static_cast<std::uint32_t>(members_.size()); }
  std::size_t index(ServerId id) const { return static_cast<std::size_t>(id.value - 1); }

  Election machine(ServerId me) const {
    Vector<ServerId> others;
    for (const MemberConfig& member : config_.members) {
      if (member.id != me) others.push_back(member.id);
    }
    const ElectionSettings settings{me, Duration::millis(200), Duration::seconds(60), Duration::millis(200)};
    return Election(settings, quorum_, others);
  }

  void look(std::size_t i) {
    Member& member = members_[i];
    member.role = PeerState::kLooking;
    ++member.looks;
    member.election.look(member.standing, member.initial, now_);
    settle(i);
  }
  void restart(std::size_t i, std::uint32_t more) {
    members_[i].initial.zxid.value += more;
    members_[i].election = machine(members_[i].initial.leader);
    look(i);
    for (std::size_t j = 0; j < members_.size(); ++j) break_link(i, j);
  }
  void break_link(std::size_t i, std::size_t j) {
    network_.erase({i, j});
    network_.erase({j, i});
    // It comes up again, and who looks says so (replica/election_port).
    if (i != j) say_hello(i, j);
    if (i != j) say_hello(j, i);
  }
  void say_hello(std::size_t from, std::size_t to) {
    const bool to_voter = quorum_.is_voter(members_[to].initial.leader);
    if (members_[from].election.looking() && to_voter) post(from, to, members_[from].election.current());
  }
  void post(std::size_t from, std::size_t to, const Notification& notification) {
    const auto found = network_.find({from, to});
    if (found != network_.end()) {
      found->second.notification = notification;
      return;
    }
    delay_seed_ = delay_seed_ * 1664525 + 1013904223;
    network_[{from, to}] = Pending{notification, now_ + Duration::millis(1 + (delay_seed_ >> 16) % 50)};
  }
  void deliver(std::size_t from, std::size_t to) {
    const auto found = network_.find({from, to});
    if (found == network_.end()) return;
    const Notification notification = found->second.notification;
    network_.erase(found);
    members_[to].election.receive(members_[from].initial.leader, notification, now_);
    settle(to);
  }
  void pass(Duration time) {
    now_ = now_ + time;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      members_[i].election.tick(now_);
      settle(i);
    }
  }
  void step_calm() {
    Instant next = Instant::never();
    for (const auto& [link, pending] : network_) next = std::min(next, pending.due);
    for (const Member& member : members_) next = std::min(next, member.election.next_deadline());
    RC_ASSERT(next != Instant::never());
    now_ = std::max(now_, next);
    const auto due =
        std::find_if(network_.begin(), network_.end(), [this](const auto& entry) { return entry.second.due <= now_; });
    if (due != network_.end()) {
      const auto [from, to] = due->first;
      return deliver(from, to);
    }
    pass(Duration{});
  }
  bool all_decided() const {
    return std::none_of(members_.begin(), members_.end(), [](const Member& m) { return m.election.looking(); });
  }

  /// After member `i` did something: ghosts, laws, and what it says goes out.
  void settle(std::size_t i) {
    Member& member = members_[i];
    const Vote vote = member.election.vote();
    if (member.election.looking()) note_vote(member, vote);
    if (const auto decision = member.election.take_decision()) {
      // What it may have adopted and decided for in one go it has voted for as well.
      if (member.standing == Standing::kVoter) member.held.insert(key(decision->vote));
      check_decision(member, *decision);
      member.role = decision->role;
    }
    const Notification current = member.election.current();
    if (current.state == PeerState::kFollowing || current.state == PeerState::kLeading) {
      member.claimed.insert({current.vote.leader.value, current.vote.peer_epoch.value});
    }
    if (current.state == PeerState::kLeading) member.led.insert(current.vote.peer_epoch.value);
    for (const OutgoingNotification& outgoing : member.election.outbox()) {
      post(i, index(outgoing.to), outgoing.notification);
    }
    member.election.outbox().clear();
    at_most_one_leads_a_round();
  }

  void note_vote(Member& member, const Vote& vote) {
    const bool same = member.last_look == member.looks && member.last.round == vote.round;
    RC_ASSERT(!same || !is_smaller(vote, member.last));
    member.last = vote;
    member.last_look = member.looks;
    if (member.standing != Standing::kVoter) return;
    RC_ASSERT(vote.zxid >= Zxid{});
    member.held.insert(key(vote));
  }
  static bool is_smaller(const Vote& a, const Vote& b) {
    return std::tuple(a.peer_epoch, a.zxid, a.leader) < std::tuple(b.peer_epoch, b.zxid, b.leader);
  }

  void check_decision(const Member& member, const ElectionDecision& decision) const {
    const Vote& vote = decision.vote;
    const ServerId me = member.initial.leader;
    RC_ASSERT(quorum_.weight(vote.leader) > 0);
    RC_ASSERT(members_[index(vote.leader)].standing == Standing::kVoter);
    RC_ASSERT((decision.role == PeerState::kLeading) == (vote.leader == me));
    VoterSet voted, followed;
    for (const Member& other : members_) {
      if (other.standing != Standing::kVoter) continue;
      const std::size_t voter = quorum_.index_of(other.initial.leader);
      if (other.held.count(key(vote)) != 0) voted.insert(voter);
      if (other.claimed.count({vote.leader.value, vote.peer_epoch.value}) == 0) continue;
      followed.insert(voter);
      voted.insert(voter);
    }
    RC_ASSERT(quorum_.contains_quorum(voted));
    if (member.standing == Standing::kVoter) return;
    RC_ASSERT(quorum_.contains_quorum(followed));
    RC_ASSERT(!members_[index(vote.leader)].led.empty());
  }

  void at_most_one_leads_a_round() const {
    std::set<std::int64_t> rounds;
    for (const Member& leader : members_) {
      if (leader.election.looking() || leader.role != PeerState::kLeading) continue;
      VoterSet support;
      for (const Member& other : members_) {
        const bool supports = other.standing == Standing::kVoter &&
                              other.election.vote().leader == leader.initial.leader &&
                              other.election.round() == leader.election.round();
        if (supports) support.insert(quorum_.index_of(other.initial.leader));
      }
      if (quorum_.contains_quorum(support)) RC_ASSERT(rounds.insert(leader.election.round().value).second);
    }
  }

  EnsembleConfig config_;
  Quorum quorum_;
  std::vector<Member> members_;
  std::map<std::pair<std::size_t, std::size_t>, Pending> network_;
  Instant now_{1'000'000'000};
  std::uint32_t delay_seed_ = 1;
};

RC_GTEST_PROP(Elections, are_decided_by_real_votes_only_and_come_to_the_best_one,
              (std::uint32_t shape, const std::vector<std::uint32_t>& words, std::uint32_t seed)) {
  World world(Word{shape * 2654435761U});
  for (const std::uint32_t word : words) {
    Word choices{word * 2654435761U + seed};
    for (int i = 0; i < 8; ++i) world.act(choices);
  }
  world.calm(seed);
  if (world.quorum_knows_its_history()) world.everybody_has_decided_for(world.best());
}

}  // namespace
}  // namespace vivarium
