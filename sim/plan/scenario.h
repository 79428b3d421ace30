// A scenario: a plan, and what somebody expects of its run. Written and read by people (tests/scenarios).
//
//   at 5s expect s1 not serving            s1,s2 serving | leading | following | observing | looking | up | down
//   at 6s expect leader among s2,s3        or: no leader
//   at 9s expect all level                 or: s1,s2 level; behind, ahead (durable there, committed nowhere)
//   at 9s expect s1 not proven             it does not know its history, and does not vote
//   at 9s expect all epoch = 2             the durable epoch of each
//   at 9s expect committed >= 10           committed, elections; >=, <=, =
//   from 4s to 6s expect acks s1 = 0       acknowledged writes that arrived in the window; acks, acks c1; >=, <=, =
//   from 4s to 6s expect locks c1 >= 2     recipes: times the lock was granted; taken: queue items; increments
//   at 5s expect holder c3                 the lock was last granted to c3, which has not given it back
//   from 4s to 6s expect write c1 fails    or: succeeds. "at 4s" means the second from then
//   expect acked survive                   said for the reader: the laws see to it in every run
//
// All other lines are the plan's (plan.h). Must never: leave a line unread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/inspect.h"
#include "sim/plan/plan.h"

namespace vivarium::sim {

enum class ExpectKind : std::uint8_t {
  // of servers
  kServing,
  kRole,
  kUp,
  kLevel,
  kBehind,
  kAhead,
  kProven,
  kEpoch,
  // of the whole
  kLeaderAmong,
  kNoLeader,
  kCommitted,
  kElections,
  kAcks,
  kLocks,
  kTaken,
  kIncrements,
  kHolder,
  kWrite,
  kAckedSurvive,
};

struct Expectation {
  ExpectKind kind = ExpectKind::kAckedSurvive;
  std::int64_t from = 0, at = 0;  // a window, and when it is judged
  std::uint64_t set = 0;          // bit i: server i + 1; 0: all of them
  std::int64_t client = 0;        // kWrite, kHolder, and what is counted in a window; 0: every client
  Role role = Role::kLooking;     // kRole
  bool wanted = true;             // false: "not", "down", "fails"
  char relation = '=';            // '>', '<', '=' for >=, <=, =
  std::int64_t number = 0;        // of what is counted
  std::size_t line = 0;
  std::string text;
};

struct Scenario {
  Plan plan;
  std::vector<Expectation> expectations;  // in the order of the file
};

/// A plan is a scenario that expects nothing. The error names the line and what was expected.
Result<Scenario, std::string> parse_scenario(std::string_view text);

}  // namespace vivarium::sim
