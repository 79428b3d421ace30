// What the passing of time brings: handshakes that took too long, sessions that expire, containers and TTL nodes whose
// time has come; and, once at boot, ephemerals whose session is gone.
//
// Runs after the inputs of a step, so that a server that slept hears its clients before it judges them (E2).
// Must never: close a session by itself: it proposes closeSession (E1).
#pragma once

#include "kernel/base/time.h"
#include "kernel/effect.h"

namespace vivarium {

struct ReplicaState;

void keep_house(ReplicaState& s, Effects& out);
/// Proposes closeSession for the owners of ephemerals that no session table knows. Apache removes those nodes without a
/// txn and so holds a state that its log does not give; a txn gives the same nodes, replays, and keeps digests equal.
void remove_orphans(ReplicaState& s, Effects& out);
Instant next_housekeeping(const ReplicaState& s);

}  // namespace vivarium
