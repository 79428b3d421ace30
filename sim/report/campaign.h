// A campaign: many seeds over several worker processes, with a result that does not depend on how many.
//
// Workers are forked, so that even a crash of the code under test is a failed seed and not the end of the campaign.
// Totals and the trace hash are sums, independent of order. Must never: let one seed see anything of another.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/world/run_result.h"

namespace vivarium::sim {

struct CampaignOptions {
  std::uint64_t first = 1, last = 1000;
  std::uint32_t jobs = 1;
  std::int64_t minutes = 0;  // > 0: go on past `last` until this much wall time has passed
};

struct FailedSeed {
  std::uint64_t seed = 0;
  std::string law, detail;
};

/// Sums over seeds, whoever ran them.
struct CampaignTotals {
  std::uint64_t seeds = 0, passed = 0, refused = 0, failed = 0;
  std::uint64_t events = 0, elections = 0, commits = 0;
  std::uint64_t locks = 0, taken = 0, increments = 0;
  std::int64_t simulated_nanos = 0, slowest_convergence = 0;
  std::uint64_t hash_low = 0, hash_high = 0;
  Probes probes;

  void add(std::uint64_t seed, const RunResult& run);
  void add(const CampaignTotals& other);
};

struct CampaignResult : CampaignTotals {
  std::int64_t wall_nanos = 0;
  std::vector<FailedSeed> failures;  // by seed; at most kMostFailures
};
inline constexpr std::size_t kMostFailures = 200;

CampaignResult run_campaign(const CampaignOptions& options, const std::function<RunResult(std::uint64_t seed)>& run);

/// "probes 23 of 25 hit; never: trunc, snap": marks of the kernel that a large enough campaign must have seen
/// (base/probe.h).
std::string probes_line(const Probes& probes);
bool all_probes_hit(const Probes& probes);

/// The one line at the end.
std::string campaign_line(const CampaignResult& result);

}  // namespace vivarium::sim
