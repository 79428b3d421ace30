// Requests of a learner's clients that the leader must see: writes, syncs, new and moved sessions
// (FollowerRequestProcessor, LearnerZooKeeperServer; protocol.md 7.6).
//
// The leader answers each forwarded write with exactly one txn, in the order of the link, so the oldest forwarded write
// is the only one that a txn can belong to. Must never: answer a client from anything but the txn that came back.
#pragma once

#include <string_view>

#include "kernel/effect.h"
#include "kernel/replica/connection.h"
#include "kernel/wire/op_code.h"
#include "kernel/wire/txn.h"
#include "kernel/zab/proposal_queue.h"

namespace vivarium {

struct ForwardedRequest;
struct ReplicaState;

/// Sends a REQUEST. Whom its answer is for is the caller's business.
void send_request(ReplicaState& s, const ForwardedRequest& request, MaybeBytes identities, Effects& out);
/// Sends a write, a sync (op kSync), or a createSession (cxid 0) of `connection` to the leader.
void forward_request(ReplicaState& s, Connection& connection, Xid cxid, OpCode op, std::string_view body, Effects& out);
/// Asks the leader whether the connection's session lives; the connection waits.
void forward_revalidation(ReplicaState& s, Connection& connection, Effects& out);
/// Whether `txn` answers the oldest forwarded write; then its origin, and the write is done with.
ProposalOrigin take_forwarded(ReplicaState& s, const TxnHeader& header);
/// SYNC came back for the oldest sync.
void take_sync_answer(ReplicaState& s, Effects& out);
/// REVALIDATE came back.
void take_revalidation(ReplicaState& s, SessionId session, bool valid, Effects& out);

}  // namespace vivarium
