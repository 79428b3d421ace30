#include "kernel/invariants.h"

#include "kernel/replica.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/tree/digest.h"
#include "kernel/wire/txn.h"

namespace vivarium {

namespace {

const char* check_order(const ReplicaState& s) {
  const Zxid applied = s.tree.last_processed_zxid();
  const LogProgress& progress = s.progress;
  if (progress.last_durable() > progress.last_logged()) return "durable <= logged";
  if (progress.committed() > progress.released()) return "committed <= released";
  if (!s.ensemble.enabled && progress.committed() > progress.last_durable()) return "Z10: committed <= durable";
  if (s.verdict == RecoveryVerdict::kFaulty && !s.ensemble.enabled) return nullptr;
  const bool loading = s.ensemble.learner.phase == LearnerState::Phase::kLoading || s.ensemble.reloading;
  if (loading) return nullptr;  // memory is between two histories
  if (applied > progress.released()) return "applied <= released";
  if (applied < progress.released()) return "what is released is applied in the same step";
  if (s.counters.outstanding != static_cast<std::int64_t>(s.proposals.size())) return "outstanding counts proposals";
  if (s.unsynced && !s.halted) return "a SyncLog follows every append in the same step";
  Zxid last = applied;
  for (std::size_t i = 0; i < s.proposals.size(); ++i) {
    const Zxid next = s.proposals[i].zxid;
    if (next != last.next() && next.epoch() <= last.epoch()) return "Z7: proposals are contiguous";
    last = next;
  }
  if (last != progress.last_logged()) return "Z7: every proposal is outstanding or applied";
  return nullptr;
}

const char* check_role(const ReplicaState& s) {
  const Ensemble& e = s.ensemble;
  if (!e.enabled) return nullptr;
  if (e.leaving) return "a role that was left has ended by the end of the step";
  if ((e.leader.phase != LeaderState::Phase::kNone) != (e.role == Role::kLeading)) return "only a leader leads";
  const bool learns = e.role == Role::kFollowing || e.role == Role::kObserving;
  if ((e.learner.phase != LearnerState::Phase::kNone) != learns) return "only a learner learns";
  if (e.role == Role::kLooking && !s.progress.all_durable()) return "Z14: what votes is durable";
  if (e.role == Role::kLooking && !s.proposals.empty()) return "Z14: who votes has applied its log";
  if (e.epochs.current() > e.epochs.accepted()) return "Z2: current epoch <= accepted epoch";
  if (s.sessions.is_tracking() != is_leading(s)) return "E1: the established leader alone tracks sessions";
  return nullptr;
}

const char* check_connection(const Connection& connection) {
  if (connection.writes_answered > connection.writes_proposed) return "E6: answered <= proposed";
  std::uint64_t last = connection.writes_answered + 1;
  for (std::size_t i = 0; i < connection.waiting.size(); ++i) {
    const std::uint64_t after = connection.waiting[i].after_write;
    if (after < last) return "E6: a waiting request waits for an unanswered write, in order";
    if (after > connection.writes_proposed) return "E6: a waiting request waits for a proposed write";
    last = after;
  }
  const std::size_t timed = connection.arrivals.size();
  if (timed != 0 && timed != connection.unfinished.size()) return "the arrival of every held byte is known, or of none";
  if (connection.stalled && !connection.paused) return "a stalled connection is paused";
  if (connection.phase == Connection::Phase::kOpen && connection.session.value == 0)
    return "an open connection has a session";
  return nullptr;
}

const char* check_connections(const ReplicaState& s) {
  const char* broken = nullptr;
  std::size_t stalled = 0;
  std::size_t held = 0;
  std::int64_t large = 0;
  s.connections.for_each([&](const Connection& connection) {
    if (broken == nullptr) broken = check_connection(connection);
    stalled += connection.stalled ? 1 : 0;
    held += static_cast<std::size_t>(connection.writes_proposed - connection.writes_answered);
    for (std::size_t i = 0; i < connection.large.size(); ++i) large += connection.large[i].size;
  });
  if (broken != nullptr) return broken;
  for (std::size_t i = 0; i < s.stalled.size(); ++i) {
    const Connection* connection = s.connections.find(s.stalled[i]);
    if (connection == nullptr) continue;
    if (!connection->stalled) return "who waits for room is stalled";
    --stalled;
  }
  if (stalled != 0) return "who is stalled waits for room, once";
  if (large != s.large_bytes) return "large bytes are those of the requests under way";
  if (!s.ensemble.enabled && held > s.proposals.size()) return "every unanswered write is a proposal";
  return nullptr;
}

/// The tree's running totals against a walk over all nodes, and the owner of each ephemeral.
struct Recount {
  std::size_t nodes = 0;
  std::size_t ephemerals = 0;
  std::uint64_t digest = 0;
  const char* broken = nullptr;

  explicit Recount(const ReplicaState& s) {
    SnapshotCursor cursor;
    while (const Znode* node = s.tree.snapshot_next(cursor)) add(s, *node, cursor.path());
  }

  void add(const ReplicaState& s, const Znode& node, std::string_view path) {
    ++nodes;
    const StatPersisted stat = s.tree.stat_persisted(node);
    if (counts_in_digest(path)) digest += node_digest(path, s.tree.data(node), stat);
    if (stat.czxid > stat.mzxid) broken = "D5: czxid <= mzxid";
    if (stat.mzxid > s.tree.last_processed_zxid()) broken = "D5: no node is younger than the tree";
    if (s.tree.kind(node) != OwnerKind::kEphemeral) return;
    ++ephemerals;
    if (s.tree.child_count(node) != 0) broken = "D5: an ephemeral has no children";
    const SessionId owner{node.ephemeral_owner};
    const bool going = s.preparer.outstanding().session_closing(owner) || !s.booted || s.ensemble.enabled;
    if (!s.sessions.contains(owner) && !going) broken = "E4: the owner of an ephemeral is a live session";
  }
};

const char* check_sessions(const ReplicaState& s) {
  const char* broken = nullptr;
  s.connections.for_each([&](const Connection& connection) {
    const bool serves =
        connection.phase == Connection::Phase::kOpen || connection.phase == Connection::Phase::kDraining;
    if (!serves) return;
    if (s.connections.serving(connection.session) != &connection) broken = "E5: one connection serves a session";
    const bool alive = s.sessions.contains(connection.session) || s.ensemble.read_only.knows(connection.session);
    if (!alive) broken = "E5: a served session is alive";
  });
  return broken;
}

const char* check_proposed_bytes(const ReplicaState& s) {
  for (std::size_t i = 0; i < s.proposals.size(); ++i) {
    const auto txn = decode_txn(s.proposals.txn(s.proposals[i]));
    if (!txn.ok()) return "Z4: what was proposed decodes";
    if (txn->header.zxid != s.proposals[i].zxid) return "Z4: a proposal's bytes carry its zxid";
  }
  return nullptr;
}

}  // namespace

const char* check_state(const Replica& replica) {
  const ReplicaState& s = replica.state();
  if (!s.booted || s.halted) return nullptr;
  if (const char* broken = check_order(s)) return broken;
  if (const char* broken = check_role(s)) return broken;
  return check_connections(s);
}

const char* check_state_fully(const Replica& replica) {
  const ReplicaState& s = replica.state();
  if (const char* broken = check_state(replica)) return broken;
  if (const char* broken = check_proposed_bytes(s)) return broken;
  if (const char* broken = check_sessions(s)) return broken;
  const bool loading = s.ensemble.learner.reader.has_value();
  if (loading) return nullptr;  // half of a leader's snapshot is no state yet, and nothing reads it
  const Recount recount(s);
  if (recount.broken != nullptr) return recount.broken;
  if (recount.nodes != s.tree.node_count()) return "D1: node_count equals a recount";
  if (recount.ephemerals != s.tree.ephemerals().size()) return "D1: the ephemeral index equals a recount";
  if (s.tree.options().digest && recount.digest != s.tree.digest()) return "D1: the digest equals a recount";
  return nullptr;
}

StateSummary summarize(const Replica& replica) {
  const ReplicaState& s = replica.state();
  StateSummary summary;
  summary.now = s.now;
  summary.proposed = s.progress.last_logged();
  summary.durable = s.progress.last_durable();
  summary.applied = s.tree.last_processed_zxid();
  summary.log = s.progress.incarnation();
  summary.ahead_of_disk = is_between_histories(s.ensemble.learner) || s.ensemble.reloading;
  summary.next_session = s.next_session;
  summary.halted = s.halted;
  return summary;
}

const char* check_delta(const StateSummary& before, const StateSummary& after) {
  if (after.now < before.now) return "time does not go back";
  const bool same_log = after.log == before.log && !after.ahead_of_disk && !before.ahead_of_disk;
  if (same_log && after.proposed < before.proposed) return "Z7: zxids only grow";
  if (same_log && after.durable < before.durable) return "Z14: what was durable stays durable";
  if (same_log && after.applied < before.applied) return "Z12: what was applied stays applied";
  if (after.next_session < before.next_session) return "E5: a session id is never given out twice";
  if (before.halted && !after.halted) return "a halted server stays halted";
  if (before.halted && after.applied != before.applied) return "a halted server applies nothing";
  return nullptr;
}

}  // namespace vivarium
