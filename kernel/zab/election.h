// Fast leader election: who should lead, by exchange of votes (FastLeaderElection; protocol.md 6.3).
//
// A pure machine over typed notifications; links, framing and dialling are replica/election_port. A member decides for
// a leader when a quorum votes alike and stays so for a moment, or joins one that a quorum follows and that says itself
// that it leads. Must never: count a vote of another round, of somebody who may not vote, or of history that nobody
// knows (kUnknownHistory); let a vote of its own get worse inside a round. Invariants: Z16, Z20.
//
// Elections are only an oracle of Zab: a wrong one costs time, never data, because a leader still needs the promises of
// a quorum. The one exception is who may vote at all (Standing): that is safety.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/mutant.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/zab/quorum.h"
#include "kernel/zab/vote.h"

namespace vivarium {

/// What a member may say in an election.
enum class Standing : std::uint8_t {
  kVoter,  // a voter that knows its history
  kFresh,  // a voter with an empty disk and no word of the operator: votes only once every voter was heard to be as
           // empty, and is a guest where anybody is not
  kGuest,  // a voter that does not know what it had: says kUnknownHistory, never decides an election, may join a leader
           // that a quorum of others follows
  kObserver,  // not a voter: says kNoVote, joins whom a quorum follows
};

struct ElectionSettings {
  ServerId me;
  Duration min_notification, max_notification, finalize_wait;
#ifdef VIVARIUM_MUTANTS
  Mutant mutant = Mutant::kNone;
#endif
};

struct Notification {
  PeerState state = PeerState::kLooking;
  Vote vote;
};

/// A message to a member; receivers that are not connected get the newest one when they are.
struct OutgoingNotification {
  ServerId to;
  Notification notification;
};

struct ElectionDecision {
  PeerState role = PeerState::kLooking;  // kLeading, kFollowing or kObserving
  Vote vote;                             // of the leader that was chosen
};

class Election {
 public:
  Election(const ElectionSettings& settings, const Quorum& quorum, const Vector<ServerId>& others);

  /// Begins a new round with `initial` (leader: me, zxid: last logged and durable, peer_epoch: currentEpoch; round is
  /// ours to set). From here the member is LOOKING until take_decision() returns something.
  void look(Standing standing, const Vote& initial, Instant now);
  /// Something came from `from`, in any state.
  void receive(ServerId from, const Notification& notification, Instant now);
  /// Voters with whom there is no link, and none is being opened: they cannot be heard now.
  void set_absent(const VoterSet& absent, Instant now);
  /// Time passed.
  void tick(Instant now);
  Instant next_deadline() const;
  /// The role that was decided for is over, and look() is yet to come: nobody is answered with it any more.
  void leave_role();

  bool looking() const { return looking_; }
  Round round() const { return round_; }
  const Vote& vote() const { return looking_ ? proposal_ : decided_; }
  bool has_decision() const { return decided_now_; }
  /// The decision, once. From then on the member answers LOOKING members with it.
  std::optional<ElectionDecision> take_decision();
  /// Whoever was decided for must not count this member: a voter that does not know its history, or whose empty disk
  /// may have been another one.
  bool joins_as_guest() const { return standing_ != Standing::kObserver && !votes(); }
  /// The established leader's epoch replaces the vote's (after synchronisation). A guest is a voter from here on.
  void set_current_epoch(Epoch epoch);
  /// kLeading: those who elected us have turned elsewhere, so many that no quorum is left of them. Until the leadership
  /// is established there is no use in waiting for them (ZK-3109).
  bool lost_support() const;
  /// What this member would tell anybody who asks now.
  Notification current() const;
  /// What there is to send, in order, one message to a member; the caller clears it.
  Vector<OutgoingNotification>& outbox() { return outbox_; }
  /// Calls reconnect-all when a round of notifications went unanswered (QuorumCnxManager.connectAll): true once each
  /// time.
  bool take_reconnect_wish() { return std::exchange(reconnect_wish_, false); }

  /// Voters that said nothing while they were asked twice: a link with them may be dead without anybody having noticed.
  /// The caller clears it.
  Vector<ServerId>& silent_voters() { return silent_voters_; }

  void hash_into(StateHash& hash) const;

 private:
  /// The last that a voter said since look(); only the last one counts. Not `any`: nothing that may be counted.
  struct Word {
    bool any = false;
    Notification said;
  };
  struct Other {
    ServerId id;
    bool asked = false;        // the last thing heard from it was a question: it is LOOKING
    std::int32_t repeats = 0;  // of our vote since it was heard
    bool answered = false;     // not a voter: what it was told last, and when
    Notification answer;
    Instant answered_at;
  };

  // election.cpp: what is said to whom
  bool is_guest() const;
  bool votes() const;
  void send(ServerId to);
  void send_to_voters();
  void answer_non_voter(Other& other, Instant now);
  Other* find_other(ServerId id);
  void repeat_vote();
  void propose(const Vote& vote);
  void decide(const Vote& vote, const VoterSet& supporters);
  // election_counting.cpp: what is heard, and when that is enough
  bool improves(const Vote& a, const Vote& b) const;
  void hear(std::size_t voter, const Notification& notification);
  void hear_looking(ServerId from, const Vote& vote, bool first_of_round, Instant now);
  void hear_settled(const Notification& notification);
  void judge_emptiness(Instant now);
  void weigh(Instant now);
  bool leads(const Vote& vote) const;
  VoterSet proposal_supporters() const;
  bool nobody_else_can_speak(const VoterSet& supporters) const;
  void watch_support(std::size_t voter, const Vote& vote);

  ElectionSettings settings_;
  Quorum quorum_;
  Vector<Other> others_;  // every other member, observers included, in id order
  bool looking_ = false;
  Standing standing_ = Standing::kVoter;
  PeerState role_ = PeerState::kLooking;  // kLooking: none, and nobody is answered unless looking_
  Round round_;
  Vote initial_, proposal_, decided_;
  Vector<Word> words_;   // by voter index, self included
  VoterSet supporters_;  // of the decision
  VoterSet absent_;
  VoterSet heard_empty_;  // kFresh: voters that were empty at some time of this server's life
  bool all_were_empty_ = false;
  bool contradicted_ = false;  // kFresh: somebody is not empty, as far as we know
  bool unanswered_ = false;    // nobody said anything since the last notifications left
  Duration wait_;
  Instant resend_at_ = Instant::never();
  Instant decide_at_ = Instant::never();
  bool decided_now_ = false;
  bool reconnect_wish_ = false;
  Vector<OutgoingNotification> outbox_;
  Vector<ServerId> silent_voters_;
};

}  // namespace vivarium
