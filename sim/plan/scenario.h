// A scenario: a plan, and what somebody expects of its run. Written and read by people (tests/scenarios).
//
//   at 5s expect s1 not serving            s1,s2 serving | leading | following | observing | looking | up | down
//   at 6s expect leader among s2,s3        or: no leader
//   at 9s expect all level                 or: s1,s2 level
//   at 9s expect committed >= 10           committed, elections; >=, <=, =
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

enum class ExpectKind : std::uint8_t { kServing, kRole, kUp, kLeaderAmong, kNoLeader, kLevel, kCommitted, kElections, kWrite, kAckedSurvive };

struct Expectation {
  ExpectKind kind = ExpectKind::kAckedSurvive;
  std::int64_t from = 0, at = 0;  // a window, and when it is judged
  std::uint64_t set = 0;          // bit i: server i + 1; 0: all of them
  Role role = Role::kLooking;     // kRole
  bool wanted = true;             // false: "not", "down", "fails"
  char relation = '=';            // '>', '<', '=' for >=, <=, =
  std::int64_t number = 0;        // of what is counted; of the client
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
