// The elected leader: discovery, synchronisation of learners, broadcast, and the liveness of its quorum (Leader,
// LearnerHandler, LeaderZooKeeperServer; protocol.md 7).
//
//   leader         links of learners; from the first FOLLOWERINFO to the quorum of NEWLEADER acks; what ends a
//   leadership leader_sync    what a learner is sent before NEWLEADER leader_serve   acks, forwarded requests, pings,
//   sessions of learners
//
// acceptedEpoch is durable before LEADERINFO, currentEpoch before anything is synchronised. Must never: serve before a
// quorum has acknowledged NEWLEADER; count a learner that is not a voter, or its own vote before its own disk; commit
// out of order; send a COMMIT to a learner between its NEWLEADER and UPTODATE. Invariants: Z1, Z2, Z9, Z10, Z11, Z16,
// Z18, Z19.
#pragma once

#include <optional>

#include "kernel/base/containers.h"
#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/replica/note_limit.h"
#include "kernel/request/snapshot_stream.h"
#include "kernel/zab/quorum.h"

namespace vivarium {

struct ReplicaState;
struct QuorumPacket;

/// One learner's connection, as its leader sees it (LearnerHandler).
struct LearnerLink {
  enum class Phase : std::uint8_t {
    kGreeting,       // FOLLOWERINFO awaited
    kWaitingEpoch,   // it waits for LEADERINFO
    kPromising,      // ACKEPOCH awaited
    kWaitingSync,    // it waits until this leader has adopted the epoch
    kReadingLog,     // records behind its zxid are being read from our disk
    kStreaming,      // a snapshot is on its way; live traffic gathers behind it
    kSynchronizing,  // NEWLEADER is sent, its ack awaited
    kWaiting,        // it has acknowledged NEWLEADER; this leader is not established yet
    kServing,        // UPTODATE is sent
  };

  ChannelId channel;
  Phase phase = Phase::kGreeting;
  ServerId server;
  bool observer = false;
  std::size_t voter = Quorum::kNotAVoter;  // index, when it counts
  Zxid last_zxid;                          // of its ACKEPOCH
  Instant opened_at, last_heard;
  Vector<char> unfinished;
  Vector<char> backlog;  // kReadingLog, kStreaming: packets that must come after what is being sent
  std::optional<SnapshotStream> stream;
  bool awaiting_drain = false;
  Fifo<Zxid> held_commits;  // of the time between NEWLEADER and UPTODATE
  Zxid acked;               // highest proposal that it acknowledged
  Zxid mark;                // a proposal that was sent at `marked_at` and is not acknowledged: how late its acks are
  Instant marked_at = Instant::never();
  Zxid log_until;            // kReadingLog: where the window takes over from the log on disk
  Zxid log_sent;             // kReadingLog: where the next piece begins
  bool log_is_sent = false;  // kReadingLog: DIFF is sent, there is no way back to a snapshot

  /// Live proposals and commits are sent to it (from the moment its synchronisation began).
  bool forwarding() const { return phase >= Phase::kReadingLog; }
  void hash_into(StateHash& hash) const;
};

/// An answer that is due once what was proposed before it is committed: to a sync, or to whoever resumes a session that
/// this leader does not know. (A later leader may have opened it: only a leader that still commits may call it gone.)
struct AnswerDue {
  Zxid after;
  ChannelId channel;   // of the learner whose client asked, or of our own client
  bool local = false;  // our own client
  SessionId doubted;   // the unknown session; 0: a sync
};

struct LeaderState {
  enum class Phase : std::uint8_t {
    kNone,           // not a leader
    kGathering,      // FOLLOWERINFO of a quorum awaited: the new epoch is above all of theirs
    kPromising,      // acceptedEpoch is being written
    kConfirming,     // ACKEPOCH of a quorum awaited
    kAdopting,       // currentEpoch is being written
    kSynchronizing,  // acks of NEWLEADER from a quorum awaited
    kServing,        // established
  };

  Phase phase = Phase::kNone;
  Epoch epoch;
  Zxid history_end;   // last zxid of the initial history
  Instant deadline;   // of the present phase, until established
  Instant next_ping;  // every half tick
  std::uint64_t half_ticks = 0;
  VoterSet gathered, confirmed, synchronized;
  Vector<LearnerLink> links;  // in order of opening
  Vector<Zxid> voter_acked;   // by voter index; this server's own is what its disk holds
  Fifo<AnswerDue> answers_due;
  Instant established_at;            // kServing
  NoteLimit strangers;               // lines on those who did not even greet
  FlatSet<ServerId> log_was_no_use;  // learners for whom our log on disk ended too early: they get a snapshot next time
  HashMap<std::int64_t, std::int64_t> owners;  // session -> server that serves it; look-up only

  void hash_into(StateHash& hash) const;
};

void start_leading(ReplicaState& s, Effects& out);
void stop_leading(ReplicaState& s, Effects& out);
/// The counter of this leader's epoch is at its end: nothing more can be proposed in it.
bool is_used_up(const ReplicaState& s);

LearnerLink* find_link(ReplicaState& s, ChannelId channel);
void leader_link_opened(ReplicaState& s, const ChannelOpened& opened, Effects& out);
void take_learner_bytes(ReplicaState& s, LearnerLink& link, std::string_view bytes, Effects& out);
void leader_link_closed(ReplicaState& s, ChannelId channel, Effects& out);
/// Our decision, with a reason for the operator.
void drop_link(ReplicaState& s, ChannelId channel, std::string_view why, Effects& out);
void keep_leader(ReplicaState& s, Effects& out);
Instant next_leader_deadline(const ReplicaState& s);

// ---- completions ---------------------------------------------------------------------------------------------------
void leader_epoch_durable(ReplicaState& s, Effects& out);
void leader_log_durable(ReplicaState& s, Effects& out);
void leader_log_read(ReplicaState& s, const LogRead& read, Effects& out);
void leader_link_drained(ReplicaState& s, ChannelId channel, Effects& out);

// ---- leader_sync ---------------------------------------------------------------------------------------------------
void synchronize(ReplicaState& s, LearnerLink& link, Effects& out);

// ---- leader_serve --------------------------------------------------------------------------------------------------
void take_learner_packet(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out);
/// A proposal was logged: it goes to every follower that is being sent live traffic.
void broadcast_proposal(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out);
/// A txn was committed and applied: COMMIT to followers, INFORM to observers.
void broadcast_commit(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out);
/// Moves the commit mark as far as a quorum allows, and applies.
void advance_commit(ReplicaState& s, Effects& out);
/// UPTODATE, and the commits that were held back for it.
void bring_up_to_date(ReplicaState& s, LearnerLink& link, Effects& out);
/// Queues a packet behind everything that the link is owed.
void send_to_link(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out);
/// Puts a txn that changes nothing into the log, and the answer behind it.
void answer_when_confirmed(ReplicaState& s, ChannelId channel, bool local, SessionId doubted, Effects& out);
/// Every answer whose proposals are committed.
void give_answers_due(ReplicaState& s, Effects& out);
/// The server that serves `session` from now on, unless another one does already: then false (SESSIONMOVED).
bool claim_session(ReplicaState& s, SessionId session, ServerId server);

}  // namespace vivarium
