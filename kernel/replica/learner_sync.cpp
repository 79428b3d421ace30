// From ACKEPOCH to UPTODATE: the learner's history becomes a prefix of its leader's, durably; see learner.h.
#include "kernel/replica/forwarding.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"
#include "kernel/request/tree_loader.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

using Phase = LearnerState::Phase;

void begin_truncation(ReplicaState& s, Zxid to, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (to == s.progress.last_logged()) return;
  if (to > s.progress.last_logged())
    return leave_role(s, "the leader wants a truncation to a zxid that we do not have", out);
  if (to < s.progress.committed()) {
    // Either this leader or the one before it is wrong. What was told to clients is not given up for it (Z12).
    NoteText note;
    note.text("the leader wants ").hex(s.progress.committed().value).text(" cut back to ").hex(to.value);
    out.note(NoteLevel::kError, note.text(", but that was committed; refusing").line());
    return leave_role(s, "the leader would cut what was committed", out);
  }
  KASSERT(s.proposals.empty());
  if (to < s.snapshots.newest()) {
    // Our newest snapshot came from a leader that was never established, and holds what must go. What lies before it on
    // this disk may not reach to the cut; so nothing is touched until this leader's own snapshot is here.
    s.ensemble.wants_everything = true;
    return leave_role(s, "the leader wants a cut behind our newest snapshot; asking it for everything", out);
  }
  if (KMUTANT(s.config.mutant, kCutsOneTooMany) && to.counter() > 1) to = Zxid{to.value - 1};
  s.probes.hit(Probe::kLearnerTruncates);
  l.phase = Phase::kTruncating;
  l.cut_at = to;
  l.cut_incarnation = next_incarnation(s);
  out.emit(EffectKind::kTruncateLog, {}, to, static_cast<std::int64_t>(l.cut_incarnation.value));
}

void begin_loading(ReplicaState& s, Zxid zxid) {
  LearnerState& l = s.ensemble.learner;
  l.phase = Phase::kLoading;
  l.cut_at = zxid;
  forget_everything(s);
  s.tree.begin_load();
  l.reader.emplace(SnapshotForm::kStream);
  s.digests.nothing_is_exact();
}

/// Our own snapshot of what was loaded, and of the txns that followed it.
void begin_install(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  s.probes.hit(Probe::kLearnerInstalls);
  l.phase = Phase::kInstalling;
  l.install_begun = s.snapshots.install(s.config, s.tree, s.sessions, out);
  if (KMUTANT(s.config.mutant, kSnapshotNotAwaited)) {
    l.phase = Phase::kAdopting;
    s.ensemble.epochs.adopt(l.new_epoch, out);
  }
}

void begin_flush(ReplicaState& s, Effects& out) {
  s.ensemble.learner.phase = Phase::kFlushing;
  learner_log_durable(s, out);  // nothing may be missing
}

void take_new_leader(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (packet.zxid.epoch() != l.new_epoch) return leave_role(s, "NEWLEADER of another epoch", out);
  l.synced_to = s.progress.last_logged();
  if (!l.memory_only) return begin_flush(s, out);
  // Apache writes its tree while it goes on. What that holds ahead of its zxid was committed before NEWLEADER was
  // queued.
  s.digests.exact_from(s.progress.released());
  begin_install(s, out);
}

/// What this member acknowledged before it forgot counts with the leader still, for proposals that are not committed
/// yet. It votes only once it holds them again: a sync is answered behind them (Z10).
void catch_up(ReplicaState& s, Effects& out) {
  s.ensemble.learner.phase = Phase::kCatchingUp;
  send_request(s, ForwardedRequest{SessionId{}, Xid{}, OpCode::kSync, {}}, std::nullopt, out);
}

void take_up_to_date(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  QuorumPacket ack;
  ack.type = PacketType::kAck;
  ack.zxid = Zxid::make(l.new_epoch, 0);
  send_packet(s, l.channel, ack, out);
  s.progress.commit(KMUTANT(s.config.mutant, kUpToDateCommitsAll) ? s.progress.last_logged() : s.progress.released());
  if (KMUTANT(s.config.mutant, kUpToDateCommitsAll)) commit_released(s, out);
  s.ensemble.syncs_wasted = 0;
  if (is_guest_voter(l)) return KMUTANT(s.config.mutant, kGuestInHaste) ? become_member(s, out) : catch_up(s, out);
  s.ensemble.history_known = true;
  if (!l.observer) s.ensemble.standing = Standing::kVoter;
  s.ensemble.election.set_current_epoch(l.new_epoch);
  l.phase = Phase::kServing;
  if (KMUTANT(s.config.mutant, kExpiresAnywhere)) s.sessions.start_tracking(s.now, s.config.tick);
  if (KMUTANT(s.config.mutant, kEpochAtUpToDate)) s.ensemble.epochs.write(l.new_epoch, l.new_epoch, out);
  NoteText note;
  note.text(l.observer ? "observing" : "following").text(" server ").number(l.leader.value).text(" in epoch ");
  note.number(l.new_epoch.value).text(", up to date at zxid ").hex(s.tree.last_processed_zxid().value);
  out.note(NoteLevel::kInfo, note.line());
  s.snapshots.serve(s.config, s.tree, s.sessions, out);
}

void take_before_new_leader(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  switch (packet.type) {
    case PacketType::kDiff:
      return;
    case PacketType::kTrunc:
      if (s.ensemble.learner.memory_only) return leave_role(s, "TRUNC for a server without history", out);
      return begin_truncation(s, packet.zxid, out);
    case PacketType::kSnap:
      return begin_loading(s, packet.zxid);
    case PacketType::kNewLeader:
      return take_new_leader(s, packet, out);
    default:
      leave_role(s, "an unexpected packet during synchronisation", out);
  }
}

void log_what_follows(ReplicaState& s, Effects& out) {
  for (std::size_t i = 0; i < s.proposals.size(); ++i) {
    const Proposal proposal = s.proposals[i];
    s.progress.logged(proposal.zxid);
    append_to_log(s, proposal.zxid, s.proposals.txn(proposal), out);
  }
}

}  // namespace

void take_sync_packet(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  if (take_broadcast(s, packet, out)) return;
  const bool acknowledged = s.ensemble.learner.phase == Phase::kAcknowledged;
  switch (packet.type) {
    case PacketType::kPing:
      return;  // unanswered until UPTODATE
    case PacketType::kUpToDate:
      if (acknowledged) return take_up_to_date(s, out);
      return leave_role(s, "UPTODATE before NEWLEADER was acknowledged", out);
    default:
      if (acknowledged) return leave_role(s, "an unexpected packet before UPTODATE", out);
      return take_before_new_leader(s, packet, out);
  }
}

std::size_t take_snapshot_bytes(ReplicaState& s, std::string_view bytes, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  KASSERT(l.reader.has_value());
  TreeLoader loader(s.tree, s.sessions);
  const auto taken = l.reader->feed_stream(bytes, loader);
  if (!taken.ok()) {
    leave_role(s, "the leader's snapshot is malformed", out);
    return 0;
  }
  if (l.reader->complete()) {
    l.reader.reset();
    s.tree.end_load();
    s.tree.advance(l.cut_at);
    s.progress.load(l.cut_at);
    l.phase = Phase::kSyncing;
    NoteText note;
    out.note(NoteLevel::kInfo, note.text("loaded the leader's snapshot of zxid ").hex(l.cut_at.value).line());
  }
  return *taken;
}

void guest_caught_up(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  KASSERT(l.phase == Phase::kCatchingUp);
  l.caught_up = true;
  l.synced_to = s.progress.last_logged();
  begin_flush(s, out);
}

void become_member(ReplicaState& s, Effects& out) {
  s.probes.hit(Probe::kGuestRepaired);
  s.ensemble.history_known = true;
  s.ensemble.standing = Standing::kVoter;
  leave_role(s, "repaired by the leader; joining as a voter", out);
}

void learner_log_truncated(ReplicaState& s, const LogTruncated& done, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (done.incarnation != l.cut_incarnation) return;
  if (!done.whole) {
    lose_history(s);
    ++s.ensemble.syncs_wasted;
    return leave_role(s, "the log was cut, and nothing on this disk reaches back to it", out);
  }
  if (l.phase == Phase::kTruncating && KMUTANT(s.config.mutant, kTruncKeepsMemory)) {
    s.progress.restart(l.cut_at, l.cut_incarnation);
    l.phase = Phase::kSyncing;
    learner_go_on(s, out);
  } else if (l.phase == Phase::kTruncating) {
    l.phase = Phase::kReloading;
    s.ensemble.reloading = true;
    s.ensemble.reload_incarnation = next_incarnation(s);
    out.emit(EffectKind::kReload, {}, {}, static_cast<std::int64_t>(s.ensemble.reload_incarnation.value));
  } else if (l.phase == Phase::kResetting) {
    l.memory_only = false;
    s.progress.restart(done.zxid, l.cut_incarnation);
    log_what_follows(s, out);
    begin_flush(s, out);
  }
}

void learner_reloaded(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase != Phase::kReloading) return;
  if (s.progress.last_logged() != l.cut_at || !s.ensemble.history_known) {
    lose_history(s);
    ++s.ensemble.syncs_wasted;
    return leave_role(s, "the disk does not give back what the leader wants to build on", out);
  }
  l.phase = Phase::kSyncing;
  learner_go_on(s, out);
}

void learner_snapshot_failed(ReplicaState& s, Effects& out) {
  if (s.ensemble.learner.phase != Phase::kInstalling) return;
  ++s.ensemble.syncs_wasted;
  leave_role(s, "the leader's snapshot could not be written here", out);
}

void learner_snapshot_durable(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase != Phase::kInstalling) return;
  if (!l.install_begun) return begin_install(s, out);  // it was an older one that had to end first
  l.phase = Phase::kResetting;
  l.cut_incarnation = next_incarnation(s);
  out.emit(EffectKind::kResetLog, {}, s.tree.last_processed_zxid(), static_cast<std::int64_t>(l.cut_incarnation.value));
}

}  // namespace vivarium
