// From one role to the next: settling, looking, leading or learning, and back (QuorumPeer.run).
//
// A member that leaves a role first makes durable what it has logged, so that the zxid with which it votes is what its
// disk would give back (Z14); then it applies that tail and looks for a leader. Must never: vote with a zxid that
// memory has and the disk has not; keep a client connection across a change of role.
#pragma once

#include <string_view>

#include "kernel/base/time.h"
#include "kernel/effect.h"
#include "kernel/input.h"

namespace vivarium {

struct ReplicaState;

/// Clients are served: a standalone server, an established leader, a learner that is up to date.
bool is_serving(const ReplicaState& s);
bool is_leading(const ReplicaState& s);
bool is_learning(const ReplicaState& s);

/// The role, whatever it is, ends before the next input, and the member settles; until then nothing more is done in it.
/// `why` is for the operator.
void leave_role(ReplicaState& s, std::string_view why, Effects& out);
/// Between inputs: carries out what leave_role() asked for.
void end_left_role(ReplicaState& s, Effects& out);
/// At the end of every step: settling may be over, an election decided, a deadline passed.
void keep_roles(ReplicaState& s, Effects& out);
Instant next_role_deadline(const ReplicaState& s);
/// The tree, the sessions and the log's end were read anew from disk.
void take_reloaded(ReplicaState& s, const Reloaded& reloaded, Effects& out);
/// What the disk holds cannot be believed any more: this member takes part again once a leader has given it everything.
void lose_history(ReplicaState& s);
/// From here on appends carry another incarnation.
Incarnation next_incarnation(ReplicaState& s);

}  // namespace vivarium
