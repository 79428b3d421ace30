#include "kernel/replica/roles.h"

#include <algorithm>
#include <utility>

#include "kernel/replica/client_port.h"
#include "kernel/replica/election_port.h"
#include "kernel/replica/leader.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"

namespace vivarium {

namespace {

constexpr std::uint64_t kDrawIncarnation = 0x696e63;

const char* role_name(Role role) {
  switch (role) {
    case Role::kStandalone:
      return "standalone";
    case Role::kSettling:
    case Role::kLooking:
      return "looking";
    case Role::kFollowing:
      return "following";
    case Role::kObserving:
      return "observing";
    case Role::kLeading:
      return "leading";
  }
  KUNREACHABLE();
}

/// Connections that have, or are about to have, a session. Four-letter words are answered in every state.
void close_clients(ReplicaState& s, Effects& out) {
  s.connections.for_each([&](Connection& connection) {
    if (connection.phase == Connection::Phase::kGreeting || connection.phase == Connection::Phase::kAdmin) return;
    close_connection(s, connection, out);
  });
}

void settle_from_now(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  e.role = Role::kSettling;
  e.leaving = false;
  e.election.leave_role();
  e.reload_wanted = is_between_histories(e.learner) && !KMUTANT(s.config.mutant, kMemoryKept);
  e.learner = LearnerState{};
  e.leader = LeaderState{};
  s.snapshots.abort(out);
  s.preparer.reset();
  s.sessions.stop_tracking();
  s.timers.doomed.clear();
}

void carry_out_leave(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  KASSERT(e.leaving);
  NoteText note;
  note.text("no longer ").text(role_name(e.role)).text(": ").text(view(e.leave_reason));
  out.note(NoteLevel::kWarning, note.line());
  if (KMUTANT(s.config.mutant, kDeposedAnswers) && is_leading(s)) {
    s.progress.release(s.progress.last_logged());
    commit_released(s, out);
  }
  if (e.role == Role::kLeading && !s.proposals.empty()) s.probes.hit(Probe::kDeposedWithWrites);
  close_clients(s, out);
  if (e.role == Role::kLeading) stop_leading(s, out);
  if (is_learning(s)) stop_learning(s, out);
  settle_from_now(s, out);
}

/// What memory holds came from a leader and was never made durable: the disk decides what this member has.
void start_reload(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  KASSERT(e.reload_wanted);
  // A snapshot that is on its way to the disk would appear behind the back of what is read now.
  if (s.snapshots.in_progress() || e.epochs.writing()) return;
  s.probes.hit(Probe::kSyncAbandoned);
  e.reload_wanted = false;
  e.reloading = true;
  e.reload_incarnation = next_incarnation(s);
  s.proposals.clear();
  s.unsynced = false;
  out.emit(EffectKind::kReload, {}, {}, static_cast<std::int64_t>(e.reload_incarnation.value));
}

void start_looking(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  KASSERT(s.progress.all_durable());
  KASSERT(s.proposals.empty());
  KASSERT(!e.epochs.writing());
  e.role = Role::kLooking;
  e.looking_since = s.now;
  Vote initial;
  initial.leader = s.config.my_id;
  initial.zxid = s.progress.last_logged();
  initial.peer_epoch = e.epochs.current();
  NoteText note;
  note.text("looking for a leader; last zxid ")
      .hex(initial.zxid.value)
      .text(", epoch ")
      .number(initial.peer_epoch.value);
  if (e.standing == Standing::kFresh) {
    note.text(
        "; empty and not marked as new (a file 'initialize'), so it waits until every voter is heard, or follows");
  }
  if (e.standing == Standing::kGuest) {
    note.text("; this server does not know its history and does not vote");
    if (initial.zxid == Zxid{}) note.text(" (if it is meant to be new, a file 'initialize' says so)");
  }
  out.note(NoteLevel::kInfo, note.line());
  e.election.look(e.standing, initial, s.now);
}

void try_to_settle(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  if (e.reload_wanted) start_reload(s, out);
  if (e.epochs_missing && !e.epochs.writing()) {
    e.epochs_missing = false;
    e.epochs.write(e.epochs.accepted(), e.epochs.current(), out);
  }
  const bool settled = (!s.unsynced && s.progress.all_durable()) || KMUTANT(s.config.mutant, kVotesUnsettled);
  if (e.reload_wanted || e.reloading || e.epochs.writing() || !settled) return;
  if (!s.proposals.empty()) s.probes.hit(Probe::kTailApplied);
  // The tail may not be committed; the next leader keeps it or has it cut. Nobody can read it before.
  s.progress.release(s.progress.last_logged());
  commit_released(s, out);
  start_looking(s, out);
}

void take_decision(ReplicaState& s, Effects& out) {
  const auto decision = s.ensemble.election.take_decision();
  if (!decision) return;
  NoteText note;
  note.text("election ").number(decision->vote.round.value).text(": ").text("leader is server ");
  out.note(NoteLevel::kInfo, note.number(decision->vote.leader.value).line());
  close_clients(s, out);  // of read-only service
  s.ensemble.read_only.clear();
  switch (decision->role) {
    case PeerState::kLeading:
      s.ensemble.role = Role::kLeading;
      return start_leading(s, out);
    case PeerState::kFollowing:
      stop_leading(s, out);  // whoever connected already took us for the leader
      s.ensemble.role = Role::kFollowing;
      return start_learning(s, decision->vote.leader, out);
    case PeerState::kObserving:
      stop_leading(s, out);
      s.ensemble.role = Role::kObserving;
      return start_learning(s, decision->vote.leader, out);
    case PeerState::kLooking:
      break;
  }
  KUNREACHABLE();
}

void act(ReplicaState& s, Effects& out) {
  switch (s.ensemble.role) {
    case Role::kSettling:
      return try_to_settle(s, out);
    case Role::kLooking:
      return take_decision(s, out);
    case Role::kFollowing:
    case Role::kObserving:
      return keep_learner(s, out);
    case Role::kLeading:
      if (!is_leading(s) && s.ensemble.election.lost_support()) {
        return leave_role(s, "those who elected it have turned elsewhere", out);
      }
      return keep_leader(s, out);
    case Role::kStandalone:
      break;
  }
  KUNREACHABLE();
}

}  // namespace

bool is_leading(const ReplicaState& s) {
  return s.ensemble.role == Role::kLeading && s.ensemble.leader.phase == LeaderState::Phase::kServing;
}

bool is_learning(const ReplicaState& s) {
  return s.ensemble.role == Role::kFollowing || s.ensemble.role == Role::kObserving;
}

bool is_serving(const ReplicaState& s) {
  if (!s.ensemble.enabled) return !s.snapshots.base_missing();
  if (s.ensemble.leaving) return false;
  if (is_learning(s)) return s.ensemble.learner.phase == LearnerState::Phase::kServing;
  return is_leading(s);
}

Incarnation next_incarnation(ReplicaState& s) { return Incarnation{draw(s.seed, kDrawIncarnation, s.incarnations++)}; }

void lose_history(ReplicaState& s) {
  Ensemble& e = s.ensemble;
  s.probes.hit(Probe::kHistoryLost);
  e.history_known = false;
  if (e.standing != Standing::kObserver) e.standing = Standing::kGuest;
}

void leave_role(ReplicaState& s, std::string_view why, Effects&) {
  Ensemble& e = s.ensemble;
  KASSERT(e.enabled);
  if (e.leaving || e.role == Role::kSettling || e.role == Role::kLooking) return;
  e.leaving = true;
  e.leave_reason = to_string(why);
}

void end_left_role(ReplicaState& s, Effects& out) {
  if (s.ensemble.leaving) carry_out_leave(s, out);
}

void keep_roles(ReplicaState& s, Effects& out) {
  Ensemble& e = s.ensemble;
  if (!e.enabled || s.snapshots.base_missing()) return;
  // A role may end in the step in which it began, settling may be over at once, and so may an election.
  for (Role before = Role::kStandalone; before != e.role || e.election.has_decision();) {
    before = e.role;
    keep_election(s, out);
    act(s, out);
    end_left_role(s, out);
  }
}

Instant next_role_deadline(const ReplicaState& s) {
  const Ensemble& e = s.ensemble;
  if (!e.enabled || s.snapshots.base_missing()) return Instant::never();
  Instant next = next_election_deadline(s);
  if (is_learning(s)) next = std::min(next, next_learner_deadline(s));
  if (e.role == Role::kLeading) next = std::min(next, next_leader_deadline(s));
  return next;
}

void take_reloaded(ReplicaState& s, const Reloaded& reloaded, Effects& out) {
  Ensemble& e = s.ensemble;
  if (reloaded.incarnation != e.reload_incarnation || !e.reloading) return;
  KASSERT(reloaded.state != nullptr);
  e.reloading = false;
  RecoveredState recovered = std::move(*reloaded.state);
  s.tree = std::move(recovered.tree);
  s.sessions = std::move(recovered.sessions);
  s.window = std::move(recovered.recent);
  s.window.set_limits(static_cast<std::size_t>(std::max(s.config.commit_log_count, 1)), limits::kMaxCommittedLog);
  s.proposals.clear();
  s.progress.restart(recovered.last_zxid, e.reload_incarnation);
  s.snapshots.reloaded(recovered);
  s.digests.exact_from(Zxid{});
  if (recovered.verdict == RecoveryVerdict::kFaulty || recovered.verdict == RecoveryVerdict::kAmnesia) lose_history(s);
  NoteText note;
  out.note(NoteLevel::kInfo, note.text("read again from disk, up to zxid ").hex(recovered.last_zxid.value).line());
  if (is_learning(s)) learner_reloaded(s, out);
}

}  // namespace vivarium
