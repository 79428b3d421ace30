// The way of a write, and no other: prepare -> zxid -> log -> durable -> commit in zxid order -> apply -> events ->
// reply.
//
// Must never: apply, reply to or tell watchers of a txn that is not released.
// Invariants: Z4, Z7, Z10, D3, E6, W1, W5.
#pragma once

#include <string_view>

#include "kernel/effect.h"
#include "kernel/request/access.h"
#include "kernel/wire/op_code.h"
#include "kernel/zab/proposal_queue.h"

namespace vivarium {

struct ReplicaState;

/// Another write may be proposed: the outstanding limit and the bound on unsynced log bytes allow it, and the directory
/// has a snapshot to recover from.
bool has_room(const ReplicaState& s);

/// Prepares one write and appends it to the log. `identities` is null for what the server itself asks for.
void propose(ReplicaState& s, const ProposalOrigin& origin, SessionId session, const Identities* identities, OpCode op,
             std::string_view body, Effects& out);

/// Appends one txn that has its zxid and its place among the proposals.
void append_to_log(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out);
/// A leader proposes a txn that does nothing: once it is committed, this leader is known to have led until then.
void propose_barrier(ReplicaState& s, Effects& out);

/// Applies and answers everything that is released (zab/log_progress).
void commit_released(ReplicaState& s, Effects& out);

}  // namespace vivarium
