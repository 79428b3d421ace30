#include "kernel/replica/forwarding.h"

#include "kernel/replica/client_port.h"
#include "kernel/replica/handshake.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/request/identity_list.h"
#include "kernel/request/reply.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

ForwardedWrite remember(const ReplicaState& s, const Connection& connection, Xid cxid, OpCode op) {
  return ForwardedWrite{connection.id, connection.session, cxid, op, s.now};
}

}  // namespace

void send_request(ReplicaState& s, const ForwardedRequest& request, MaybeBytes identities, Effects& out) {
  Vector<char> data;
  ByteWriter writer(data);
  encode(writer, request);
  QuorumPacket packet;
  packet.type = PacketType::kRequest;
  packet.zxid = Zxid{-1};
  packet.data = view(data);
  packet.auth = identities;
  send_packet(s, s.ensemble.learner.channel, packet, out);
}

void forward_request(ReplicaState& s, Connection& connection, Xid cxid, OpCode op, std::string_view body,
                     Effects& out) {
  LearnerState& l = s.ensemble.learner;
  KASSERT(is_serving(s));
  KASSERT(is_learning(s));
  if (op == OpCode::kSync) s.probes.hit(Probe::kSyncForwarded);
  (op == OpCode::kSync ? l.syncs : l.forwarded).push_back(remember(s, connection, cxid, op));
  Vector<char> identities;
  ByteWriter auth(identities);
  encode_identities(auth, connection.identities);
  const bool is_new = op == OpCode::kCreateSession;
  send_request(s, ForwardedRequest{connection.session, cxid, op, body},
               is_new ? MaybeBytes{} : MaybeBytes{view(identities)}, out);
}

void forward_revalidation(ReplicaState& s, Connection& connection, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  l.revalidations.push_back(remember(s, connection, Xid{}, OpCode::kCreateSession));
  Vector<char> data;
  ByteWriter request(data);
  encode(request, RevalidateRequest{connection.session, connection.timeout_ms});
  QuorumPacket packet;
  packet.type = PacketType::kRevalidate;
  packet.zxid = Zxid{-1};
  packet.data = view(data);
  send_packet(s, l.channel, packet, out);
}

ProposalOrigin take_forwarded(ReplicaState& s, const TxnHeader& header) {
  LearnerState& l = s.ensemble.learner;
  ProposalOrigin origin;
  if (l.forwarded.empty()) return origin;
  const ForwardedWrite& oldest = l.forwarded.front();
  const bool same = oldest.session == header.client_id && oldest.cxid == header.cxid;
  if (!same && !KMUTANT(s.config.mutant, kAnsweredByAnyTxn)) return origin;
  // A new session and its expiry both carry cxid 0.
  if ((oldest.op == OpCode::kCreateSession) != (header.type == OpCode::kCreateSession)) return origin;
  origin.kind = ProposalOrigin::Kind::kLocalChannel;
  origin.channel = oldest.channel;
  origin.request = oldest.op;
  origin.xid = oldest.cxid;
  origin.arrived = oldest.arrived;
  l.forwarded.pop_front();
  return origin;
}

void take_sync_answer(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.syncs.empty()) return leave_role(s, "SYNC from the leader that nobody asked for", out);
  const ForwardedWrite sync = l.syncs.front();
  l.syncs.pop_front();
  Connection* connection = s.connections.find(sync.channel);
  if (connection == nullptr) return;
  answer_sync(s, *connection, out);
  take_held_bytes(s, sync.channel, out);
}

void take_revalidation(ReplicaState& s, SessionId session, bool valid, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  Fifo<ForwardedWrite> others;
  bool found = false;
  ForwardedWrite asked;
  for (; !l.revalidations.empty(); l.revalidations.pop_front()) {
    const ForwardedWrite& candidate = l.revalidations.front();
    if (!found && candidate.session == session) {
      found = true;
      asked = candidate;
    } else {
      others.push_back(candidate);
    }
  }
  l.revalidations = others;
  Connection* connection = found ? s.connections.find(asked.channel) : nullptr;
  if (connection != nullptr) finish_resuming(s, *connection, valid, out);
}

}  // namespace vivarium
