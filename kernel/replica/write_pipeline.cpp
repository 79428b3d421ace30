#include "kernel/replica/write_pipeline.h"

#include <algorithm>

#include "kernel/base/alternative.h"
#include "kernel/replica/client_port.h"
#include "kernel/replica/forwarding.h"
#include "kernel/replica/handshake.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/request/reply.h"

namespace vivarium {

namespace {

Zxid next_zxid(const ReplicaState& s) {
  const Zxid last = s.progress.last_logged();
  if (KMUTANT(s.config.mutant, kExpiresAnywhere) && is_learning(s)) return last.next();
  const bool wraps = KMUTANT(s.config.mutant, kCounterWraps) && last.counter() >= s.config.ensemble.last_counter;
  if (wraps) return Zxid::make(Epoch{last.epoch().value + 1}, 0);
  const bool new_epoch = s.ensemble.enabled && last.epoch() != s.ensemble.leader.epoch;
  return new_epoch ? Zxid::make(s.ensemble.leader.epoch, 1) : last.next();
}

bool may_propose(const ReplicaState& s) {
  const bool role = is_leading(s) || KMUTANT(s.config.mutant, kExpiresAnywhere);
  return !s.halted && !s.snapshots.base_missing() && (!s.ensemble.enabled || role);
}

/// A session belongs to one server at a time; a request that comes in through another one is refused (SESSIONMOVED).
ErrorCode check_owner(ReplicaState& s, const ProposalOrigin& origin, SessionId session, OpCode op) {
  using Kind = ProposalOrigin::Kind;
  if (!s.ensemble.enabled || origin.kind == Kind::kInternal) return ErrorCode::kOk;
  const ServerId server = origin.kind == Kind::kForwarded ? origin.learner : s.config.my_id;
  // The last request of a session may come from anywhere, as in Apache.
  if (op == OpCode::kCloseSession) return ErrorCode::kOk;
  return claim_session(s, session, server) || KMUTANT(s.config.mutant, kOwnerNotChecked) ? ErrorCode::kOk
                                                                                         : ErrorCode::kSessionMoved;
}

/// True: the epoch's counter has come to its end, and who asked is told by his connection's end. One step may hold any
/// number of requests, so that this is asked before each txn and not between steps.
bool ends_epoch(ReplicaState& s, Effects& out) {
  if (!is_leading(s) || !is_used_up(s)) return false;
  leave_role(s, "the counter of this epoch is used up; a new epoch must begin", out);
  return true;
}

/// One txn takes its zxid and goes to the queue, the log, and the followers.
void propose_encoded(ReplicaState& s, Zxid zxid, const ProposalOrigin& origin, Effects& out) {
  s.progress.logged(zxid);
  s.proposals.push(zxid, origin, view(s.encoded));
  s.counters.outstanding = static_cast<std::int64_t>(s.proposals.size());
  append_to_log(s, zxid, view(s.encoded), out);
  if (!s.ensemble.enabled) return;
  ++s.counters.proposals;
  s.counters.proposal_size.add(s.encoded.size());
  broadcast_proposal(s, zxid, view(s.encoded), out);
}

}  // namespace

namespace {

std::size_t outstanding_limit(const Config& config) {
  const std::int32_t all = std::max(config.global_outstanding_limit, 1);
  const std::int32_t throttle = config.throttle.max_requests;
  return static_cast<std::size_t>(throttle > 0 ? std::min(all, throttle) : all);
}

}  // namespace

bool has_room(const ReplicaState& s) {
  if (s.snapshots.base_missing()) return false;
  const std::size_t limit = outstanding_limit(s.config);
  if (is_learning(s)) return s.ensemble.learner.forwarded.size() < limit;
  if (s.proposals.size() >= limit) return false;
  const std::size_t largest = static_cast<std::size_t>(s.config.max_txn);
  return s.proposals.bytes() + largest <= limits::kMaxUnsyncedLog || s.proposals.empty();
}

void append_to_log(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out) {
  out.emit(EffectKind::kAppendLog, {}, zxid, static_cast<std::int64_t>(s.progress.incarnation().value), txn);
  s.unsynced = true;
  s.snapshots.appended(s.config, txn.size(), s.tree, s.sessions, is_serving(s), out);
}

void propose(ReplicaState& s, const ProposalOrigin& origin, SessionId session, const Identities* identities, OpCode op,
             std::string_view body, Effects& out) {
  KASSERT(is_write(op));
  KASSERT(may_propose(s));
  if (ends_epoch(s, out)) return;
  RequestContext context;
  context.session = session;
  context.cxid = origin.xid;
  context.zxid = next_zxid(s);
  context.now = KMUTANT(s.config.mutant, kStampsUptime) ? WallTime{s.now.nanos / 1'000'000} : s.wall;
  const Identities nobody;
  context.identities = identities != nullptr ? identities : &nobody;
  context.internal = origin.kind == ProposalOrigin::Kind::kInternal;
  context.refusal = check_owner(s, origin, session, op);
  if (context.refusal == ErrorCode::kSessionMoved) s.probes.hit(Probe::kSessionMoved);
  s.encoded.clear();
  s.preparer.prepare(s.tree, s.sessions, context, op, body, s.encoded);
  if (op == OpCode::kCloseSession) s.sessions.mark_closing(session);
  propose_encoded(s, context.zxid, origin, out);
}

void propose_barrier(ReplicaState& s, Effects& out) {
  KASSERT(may_propose(s));
  if (ends_epoch(s, out)) return;
  s.probes.hit(Probe::kBarrier);
  const Zxid zxid = next_zxid(s);
  s.encoded.clear();
  ByteWriter writer(s.encoded);
  Txn txn;
  txn.header = TxnHeader{SessionId{}, Xid{}, zxid, s.wall, OpCode::kError};
  txn.body = ErrorTxn{ErrorCode::kOk};
  encode_txn(writer, txn);
  ProposalOrigin origin;
  origin.arrived = s.now;
  propose_encoded(s, zxid, origin, out);
}

namespace {

/// Events go out before every reply that reflects the txn: nothing else is sent between apply and here (W1).
void tell_watchers(ReplicaState& s, Zxid zxid, Effects& out) {
  for (std::size_t i = 0; i < s.outcome.event_count(); ++i) {
    const TreeEvent event = s.outcome.event(i);
    s.watchers.clear();
    s.watches.trigger(event.type, event.path, s.watchers);
    for (const ChannelId channel : s.watchers) {
      Connection* connection = s.connections.find(channel);
      KASSERT(connection != nullptr);
      if (!may_hear_event(event.acl, connection->identities, s.config.skip_acl)) continue;
      out.begin(EffectKind::kSend, channel);
      ByteWriter writer = out.writer();
      encode_notification(writer, zxid, event.type, event.path);
      out.end();
      ++connection->sent;
      ++s.counters.packets_sent;
    }
  }
}

void answer(ReplicaState& s, const ProposalOrigin& origin, const Txn& txn, Effects& out) {
  if (origin.kind != ProposalOrigin::Kind::kLocalChannel) return;
  Connection* connection = s.connections.find(origin.channel);
  if (connection == nullptr) return;
  if (s.outcome.error == ErrorCode::kSessionMoved) return close_connection(s, *connection, out);  // never delivered
  if (origin.request == OpCode::kCreateSession) {
    KASSERT(connection->phase == Connection::Phase::kEstablishing);
    establish(s, *connection, out);
    s.released.push_back(origin.channel);
    return;
  }
  count_answered(s, *connection);
  if (KMUTANT(s.config.mutant, kDeletedTwice) && origin.request == OpCode::kDelete) s.outcome.error = ErrorCode::kOk;
  out.begin(EffectKind::kSend, origin.channel);
  ByteWriter writer = out.writer();
  encode_write_reply(writer, origin.xid, txn, s.outcome);
  out.end();
  record_reply(s, *connection, origin.request, origin.xid, txn.header.zxid, origin.arrived);
  if (origin.request == OpCode::kCloseSession) return close_connection(s, *connection, out);
  // Frames that were held back because too many reads waited may be looked at once those are answered.
  if (connection->waiting.size() >= limits::kMaxWaitingReads) s.released.push_back(origin.channel);
  run_waiting(s, *connection, out);
}

/// A closed session's connection is closed too, unless the close was its own and is answered first.
void close_served_connection(ReplicaState& s, const ProposalOrigin& origin, SessionId session, Effects& out) {
  Connection* connection = s.connections.of_session(session);
  if (connection == nullptr || connection->id == origin.channel) return;
  close_connection(s, *connection, out);
}

void count(ReplicaState& s, const Proposal& proposal, WallTime stamp) {
  const Zxid zxid = proposal.zxid;
  if (s.wall >= stamp) s.counters.propagation_latency.add(s.wall.millis - stamp.millis);
  if (is_leading(s)) s.counters.quorum_ack_latency.add((s.now - proposal.origin.arrived).to_millis());
  ++s.counters.txns_committed;
  if (s.outcome.error != ErrorCode::kOk) ++s.counters.txns_failed;
  if (!s.outcome.digest_matches && s.digests.is_exact(zxid)) ++s.counters.digest_mismatches;
}

void commit_first(ReplicaState& s, Effects& out) {
  const Proposal proposal = s.proposals.front();
  auto txn = decode_txn(s.proposals.txn(proposal));
  KASSERT(txn.ok());
  KASSERT(txn->header.zxid == proposal.zxid);
  if (KMUTANT(s.config.mutant, kStampsOwnClock) && is_learning(s)) txn->header.time = s.wall;
  s.snapshots.before_apply(s.tree, *txn);
  for (LearnerLink& link : s.ensemble.leader.links) {
    if (link.stream && !link.stream->finished()) link.stream->before_apply(s.tree, *txn);
  }
  s.outcome.want_events = !s.watches.empty();
  apply(s.tree, s.sessions, *txn, s.outcome);
  KASSERT(s.tree.last_processed_zxid() == proposal.zxid);
  s.preparer.applied(proposal.zxid);
  if (s.config.digest_enabled) s.digests.applied(proposal.zxid, s.tree.digest());
  count(s, proposal, txn->header.time);
  if (s.ensemble.enabled) s.window.push(proposal.zxid, s.proposals.txn(proposal));
  if (is_leading(s)) broadcast_commit(s, proposal.zxid, s.proposals.txn(proposal), out);

  tell_watchers(s, proposal.zxid, out);
  const SessionId session = txn->header.client_id;
  const ProposalOrigin origin = is_learning(s) ? take_forwarded(s, txn->header) : proposal.origin;
  if (txn->header.type == OpCode::kCreateSession) {
    s.sessions.touch(session, alternative<CreateSessionTxn>(txn->body).timeout_ms, s.now);
    ++s.counters.sessions_created;
  }
  if (txn->header.type == OpCode::kCloseSession) s.ensemble.leader.owners.erase(session.value);
  if (txn->header.type == OpCode::kCloseSession) close_served_connection(s, origin, session, out);
  answer(s, origin, *txn, out);
  // On a link to a learner SYNC must not fall behind a later commit: its client asked in this order.
  if (is_leading(s)) give_answers_due(s, out);
  s.proposals.pop();
}

}  // namespace

void commit_released(ReplicaState& s, Effects& out) {
  KASSERT(s.released.empty());
  while (!s.proposals.empty() && s.proposals.front().zxid <= s.progress.released()) commit_first(s, out);
  s.counters.outstanding = static_cast<std::int64_t>(s.proposals.size());
  // What was held back may propose again, which the loop above must not see.
  for (std::size_t i = 0; i < s.released.size(); ++i) take_held_bytes(s, s.released[i], out);
  s.released.clear();
  release_stalled(s, out);
}

}  // namespace vivarium
