// A member that follows or observes a leader: the handshake, synchronisation, and broadcast as the learner sees it
// (Learner, Follower, Observer, LearnerZooKeeperServer; protocol.md 7).
//
//   learner        the link, the handshake, what ends it
//   learner_sync   DIFF, TRUNC, SNAP, NEWLEADER, UPTODATE
//   learner_serve  proposals, commits, pings, and what clients forward through this member
//
// Promises are durable before they are made: acceptedEpoch before ACKEPOCH; the whole history, then currentEpoch,
// before the ack of NEWLEADER. Must never: apply what the leader has not committed; serve clients before UPTODATE; let
// memory be advertised that the disk does not hold. Invariants: Z2, Z7, Z12, Z13, Z14, Z17.
#pragma once

#include <optional>

#include "kernel/base/containers.h"
#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"
#include "kernel/wire/op_code.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

struct ReplicaState;

/// A request of a client of ours that the leader was sent: answered, in this order, by the txns that come back.
struct ForwardedWrite {
  ChannelId channel;
  SessionId session;
  Xid cxid;
  OpCode op = OpCode::kError;
  Instant arrived;
};

struct LearnerState {
  enum class Phase : std::uint8_t {
    kNone,          // not a learner
    kDialing,       // the link is asked for, or will be again at `retry_at`
    kGreeted,       // FOLLOWERINFO is sent, LEADERINFO awaited
    kPromising,     // acceptedEpoch is being written
    kSyncing,       // ACKEPOCH is sent; DIFF, TRUNC or SNAP awaited, then txns and NEWLEADER
    kTruncating,    // the log is being cut
    kReloading,     // memory is being read anew from the cut log
    kLoading,       // the leader's snapshot is coming in
    kInstalling,    // NEWLEADER came after a snapshot: ours is being written
    kResetting,     // it is durable, and the log is being emptied
    kFlushing,      // the history is being made durable
    kAdopting,      // currentEpoch is being written
    kAcknowledged,  // NEWLEADER is acknowledged, UPTODATE awaited
    kCatchingUp,    // a guest that is up to date: what it may have acknowledged before it forgot is awaited
    kServing,
  };

  Phase phase = Phase::kNone;
  bool guest = false;      // does not know its history: joins uncounted, is given everything, and is a voter afterwards
  bool caught_up = false;  // a guest: it holds everything that it may ever have acknowledged
  bool observer = false;   // not a voter
  bool memory_only = false;  // the tree holds what no log or snapshot of ours does: lost when the link is
  ServerId leader;
  ChannelId channel;
  bool linked = false;
  bool paused = false;
  Epoch new_epoch;
  std::int32_t failed_dials = 0;
  Instant give_up_at;  // of dialling
  Instant retry_at = Instant::never();
  Instant last_heard;
  Zxid cut_at;                  // kTruncating, kReloading
  Zxid synced_to;               // last txn that preceded NEWLEADER
  Incarnation cut_incarnation;  // kTruncating, kResetting: what their answer must carry
  bool install_begun = false;   // kInstalling: the snapshot under way is the one that NEWLEADER waits for
  Fifo<Zxid> to_acknowledge;    // logged, and the leader was not told yet
  Vector<char> unfinished;
  std::optional<SnapshotReader> reader;
  Fifo<ForwardedWrite> forwarded;
  Fifo<ForwardedWrite> syncs;                // answered by SYNC, in order
  Fifo<ForwardedWrite> revalidations;        // answered by REVALIDATE, by session
  FlatMap<SessionId, std::int32_t> touched;  // since the last PING, with the timeout

  void hash_into(StateHash& hash) const;
};

/// A voter that is being repaired. (An observer acknowledged nothing that could count.)
inline bool is_guest_voter(const LearnerState& learner) { return learner.guest && !learner.observer; }

/// UPTODATE has come: what the leader commits from here on is committed.
inline bool is_up_to_date(const LearnerState& learner) {
  return learner.phase == LearnerState::Phase::kCatchingUp || learner.phase == LearnerState::Phase::kServing;
}

/// The log is being cut, or memory holds what no disk of ours does.
inline bool is_between_histories(const LearnerState& learner) {
  using Phase = LearnerState::Phase;
  return learner.memory_only || learner.phase == Phase::kTruncating || learner.phase == Phase::kReloading ||
         learner.phase == Phase::kResetting;
}

void start_learning(ReplicaState& s, ServerId leader, Effects& out);
/// The role is being left: nothing of it may act any more. The link is closed.
void stop_learning(ReplicaState& s, Effects& out);

void learner_link_opened(ReplicaState& s, const ChannelOpened& opened, Effects& out);
void learner_dial_failed(ReplicaState& s, ServerId server);
void take_leader_bytes(ReplicaState& s, std::string_view bytes, Effects& out);
void keep_learner(ReplicaState& s, Effects& out);
Instant next_learner_deadline(const ReplicaState& s);

// ---- completions ---------------------------------------------------------------------------------------------------
void learner_log_durable(ReplicaState& s, Effects& out);
void learner_epoch_durable(ReplicaState& s, Effects& out);
void learner_log_truncated(ReplicaState& s, const LogTruncated& done, Effects& out);
void learner_reloaded(ReplicaState& s, Effects& out);
void learner_snapshot_durable(ReplicaState& s, Effects& out);
void learner_snapshot_failed(ReplicaState& s, Effects& out);

// ---- learner_sync: packets until UPTODATE; learner_serve: from then on ----------------------------------------------
struct QuorumPacket;
/// Bytes of the leader's snapshot; returns how many belonged to it.
std::size_t take_snapshot_bytes(ReplicaState& s, std::string_view bytes, Effects& out);
void take_sync_packet(ReplicaState& s, const QuorumPacket& packet, Effects& out);
/// The answer to a guest's sync: everything that was proposed before it has come.
void guest_caught_up(ReplicaState& s, Effects& out);
/// A guest holds durably what every member has, and everything that it may have acknowledged: it is a member again.
void become_member(ReplicaState& s, Effects& out);
void take_serving_packet(ReplicaState& s, const QuorumPacket& packet, Effects& out);
/// PROPOSAL (logged and queued), COMMIT (of the oldest queued) and INFORM (both at once), which mean the same before
/// and after UPTODATE. False: the packet is another.
bool take_broadcast(ReplicaState& s, const QuorumPacket& packet, Effects& out);
/// Acknowledges proposals that became durable and were not acknowledged yet.
void acknowledge_durable(ReplicaState& s, Effects& out);
/// Everything is to come from the leader: what memory holds is not mixed with it.
void forget_everything(ReplicaState& s);
/// A wait of the handshake is over: held packets are looked at.
void learner_go_on(ReplicaState& s, Effects& out);
void send_packet(ReplicaState& s, ChannelId channel, const QuorumPacket& packet, Effects& out);

}  // namespace vivarium
