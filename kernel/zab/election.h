// Fast leader election: who should lead, by exchange of votes (FastLeaderElection; protocol.md 6.3).
//
// A pure machine over typed notifications; links, framing and dialling are replica/election_port. A member decides for
// a leader when a quorum votes alike and stays so for a moment, or joins one that a quorum follows and that says itself
// that it leads. Must never: count a vote of another round, of somebody who may not vote, or of history that nobody
// knows (kUnknownHistory); let a vote of its own get worse inside a round. Invariants: Z16, Z20.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/zab/quorum.h"
#include "kernel/zab/vote.h"

namespace vivarium {

/// What a member may say in an election.
enum class Standing : std::uint8_t {
  kVoter,  // a voter that knows its history
  kFresh,  // a voter with an empty disk and no word of the operator: votes only when every voter is heard to be as
           // empty
  kGuest,  // a voter that does not know what it had: says kUnknownHistory, never decides an election, may join a leader
           // that a quorum of others follows
  kObserver,  // not a voter: says kNoVote, joins whom a quorum follows
};

struct ElectionSettings {
  ServerId me;
  Duration min_notification, max_notification, finalize_wait;
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
  /// Time passed.
  void tick(Instant now);
  Instant next_deadline() const;

  bool looking() const { return looking_; }
  Round round() const { return round_; }
  const Vote& vote() const { return looking_ ? proposal_ : decided_; }
  /// The decision, once. From then on the member answers LOOKING members with it.
  std::optional<ElectionDecision> take_decision();
  /// The established leader's epoch replaces the vote's (after synchronisation).
  void set_current_epoch(Epoch epoch) { decided_.peer_epoch = epoch; }
  /// What there is to send, in order; the caller clears it.
  Vector<OutgoingNotification>& outbox() { return outbox_; }
  /// Calls reconnect-all when a round of notifications went unanswered (QuorumCnxManager.connectAll): true once each
  /// time.
  bool take_reconnect_wish() { return std::exchange(reconnect_wish_, false); }

  void hash_into(StateHash& hash) const;

 private:
  struct Heard {
    bool any = false;
    Notification notification;
  };

  void send_to_all();
  void send(ServerId to);
  Notification current() const;

  ElectionSettings settings_;
  const Quorum quorum_;
  Vector<ServerId> others_;  // every other member, observers included, in id order
  bool looking_ = false;
  Standing standing_ = Standing::kVoter;
  PeerState role_ = PeerState::kLooking;
  Round round_;
  Vote initial_, proposal_, decided_;
  Vector<Heard> same_round_;  // recvset: by voter index, self included
  Vector<Heard> settled_;     // outofelection: by voter index
  Duration wait_;
  Instant resend_at_ = Instant::never();
  Instant decide_at_ = Instant::never();
  bool decided_now_ = false;
  bool reconnect_wish_ = false;
  Vector<OutgoingNotification> outbox_;
};

}  // namespace vivarium
