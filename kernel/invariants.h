// What must hold of a Replica between any two steps, for the simulator and the tests to call. Nothing here changes it.
//
// A check returns the broken invariant in words, or nullptr. The cheap form costs a few comparisons and one walk over
// what is outstanding; the full form recounts the tree. Ids are those of docs/INVARIANTS.
#pragma once

#include <cstdint>

#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

class Replica;

/// Z7 (contiguous proposals), Z10 (applied <= durable <= proposed), E6 (order of waiting requests).
const char* check_state(const Replica& replica);
/// As check_state, and D1, D5 (the tree's totals and digest against a recount), E4 (ephemerals iff live sessions), E5.
const char* check_state_fully(const Replica& replica);

/// What a checker keeps from before a step.
struct StateSummary {
  Instant now;
  Incarnation log;  // changes when the log is cut, replaced or read anew: then marks may go back
  Zxid proposed, durable, applied;
  bool ahead_of_disk = false;  // or while that is under way
  SessionId next_session;
  bool halted = false;
};
StateSummary summarize(const Replica& replica);
/// Nothing that only grows has shrunk, and a halted server has done nothing more.
const char* check_delta(const StateSummary& before, const StateSummary& after);

}  // namespace vivarium
