#include "kernel/replica/write_pipeline.h"

#include "kernel/base/alternative.h"
#include "kernel/replica/client_port.h"
#include "kernel/replica/handshake.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/state.h"
#include "kernel/request/reply.h"

namespace vivarium {

bool has_room(const ReplicaState& s) {
  if (s.snapshots.base_missing()) return false;
  const std::size_t limit =
      s.config.global_outstanding_limit < 1 ? 1 : static_cast<std::size_t>(s.config.global_outstanding_limit);
  if (s.proposals.size() >= limit) return false;
  // Proposed is unsynced here: what is durable is applied in the same step.
  const std::size_t largest = static_cast<std::size_t>(s.config.max_txn);
  return s.proposals.bytes() + largest <= limits::kMaxUnsyncedLog || s.proposals.empty();
}

void propose(ReplicaState& s, const ProposalOrigin& origin, SessionId session, const Identities* identities, OpCode op,
             std::string_view body, Effects& out) {
  KASSERT(is_write(op));
  KASSERT(!s.halted);
  KASSERT(!s.snapshots.base_missing());
  RequestContext context;
  context.session = session;
  context.cxid = origin.xid;
  context.zxid = s.committer.next_zxid();
  context.now = s.wall;
  const Identities nobody;
  context.identities = identities != nullptr ? identities : &nobody;
  context.internal = origin.kind == ProposalOrigin::Kind::kInternal;
  s.encoded.clear();
  s.preparer.prepare(s.tree, s.sessions, context, op, body, s.encoded);
  if (op == OpCode::kCloseSession) s.sessions.mark_closing(session);

  s.committer.proposed(context.zxid);
  s.proposals.push(context.zxid, origin, view(s.encoded));
  s.counters.outstanding = static_cast<std::int64_t>(s.proposals.size());
  out.emit(EffectKind::kAppendLog, {}, context.zxid, static_cast<std::int64_t>(s.committer.incarnation().value),
           view(s.encoded));
  s.unsynced = true;
  s.snapshots.appended(s.config, s.encoded.size(), s.tree, s.sessions, out);
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

void answer(ReplicaState& s, const Proposal& proposal, const Txn& txn, Effects& out) {
  const ProposalOrigin& origin = proposal.origin;
  if (origin.kind != ProposalOrigin::Kind::kLocalChannel) return;
  Connection* connection = s.connections.find(origin.channel);
  if (connection == nullptr) return;
  if (origin.request == OpCode::kCreateSession) {
    KASSERT(connection->phase == Connection::Phase::kEstablishing);
    establish(s, *connection, out);
    s.released.push_back(origin.channel);
    return;
  }
  ++connection->writes_answered;
  out.begin(EffectKind::kSend, origin.channel);
  ByteWriter writer = out.writer();
  encode_write_reply(writer, origin.xid, txn, s.outcome);
  out.end();
  record_reply(s, *connection, origin.request, origin.xid, proposal.zxid, origin.arrived);
  if (origin.request == OpCode::kCloseSession) return close_connection(s, *connection, out);
  // Frames that were held back because too many reads waited may be looked at once those are answered.
  if (connection->waiting.size() >= limits::kMaxWaitingReads) s.released.push_back(origin.channel);
  run_waiting(s, *connection, out);
}

/// A closed session's connection is closed too, unless the close was its own and is answered first.
void close_served_connection(ReplicaState& s, const Proposal& proposal, SessionId session, Effects& out) {
  Connection* connection = s.connections.of_session(session);
  if (connection == nullptr || connection->id == proposal.origin.channel) return;
  close_connection(s, *connection, out);
}

void count(ReplicaState& s) {
  ++s.counters.txns_committed;
  if (s.outcome.error != ErrorCode::kOk) ++s.counters.txns_failed;
  if (!s.outcome.digest_matches) ++s.counters.digest_mismatches;
}

void commit_first(ReplicaState& s, Effects& out) {
  const Proposal proposal = s.proposals.front();
  const auto txn = decode_txn(s.proposals.txn(proposal));
  KASSERT(txn.ok());
  KASSERT(txn->header.zxid == proposal.zxid);
  s.snapshots.before_apply(s.tree, *txn);
  s.outcome.want_events = !s.watches.empty();
  apply(s.tree, s.sessions, *txn, s.outcome);
  KASSERT(s.tree.last_processed_zxid() == proposal.zxid);
  s.preparer.applied(proposal.zxid);
  if (s.config.digest_enabled) s.digests.applied(proposal.zxid, s.tree.digest());
  count(s);

  tell_watchers(s, proposal.zxid, out);
  const SessionId session = txn->header.client_id;
  if (txn->header.type == OpCode::kCreateSession) {
    s.sessions.touch(session, alternative<CreateSessionTxn>(txn->body).timeout_ms, s.now);
    ++s.counters.sessions_created;
  }
  if (txn->header.type == OpCode::kCloseSession) close_served_connection(s, proposal, session, out);
  answer(s, proposal, *txn, out);
  s.proposals.pop();
}

}  // namespace

void commit_released(ReplicaState& s, Effects& out) {
  KASSERT(s.released.empty());
  while (!s.proposals.empty() && s.proposals.front().zxid <= s.committer.committed()) commit_first(s, out);
  s.counters.outstanding = static_cast<std::int64_t>(s.proposals.size());
  // What was held back may propose again, which the loop above must not see.
  for (std::size_t i = 0; i < s.released.size(); ++i) take_held_bytes(s, s.released[i], out);
  s.released.clear();
  release_stalled(s, out);
}

}  // namespace vivarium
