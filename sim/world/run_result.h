// What came of one run.
#pragma once

#include <cstdint>
#include <string>

#include "kernel/base/hash.h"
#include "kernel/base/probe.h"

namespace vivarium::sim {

struct RunResult {
  bool passed = false;
  bool refused = false;     // passed because a damaged disk was rightly refused
  std::string law, detail;  // when it failed
  std::int64_t ended_at = 0;
  std::uint64_t events = 0;
  std::uint64_t elections = 0, commits = 0;  // leaders that were ever established; txns that a quorum made durable
  std::int64_t converged_after = 0;          // the faults had stopped; 0: a lone server, or never
  std::uint64_t txns = 0, items = 0, boots = 0, crashes = 0, disk_operations = 0;
  std::uint64_t locks = 0, taken = 0, increments = 0;  // recipes: grants, queue items, steps of the counter
  Probes probes;
  StateHash trace;
};

}  // namespace vivarium::sim
