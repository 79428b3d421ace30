// The swarm: draws a plan from a seed. Which fault families are off matters as much as how often the others strike.
#pragma once

#include "sim/plan/plan.h"

namespace vivarium::sim {

/// Fault families, as bits; the swarm switches each on or off per seed, the zoo can insist on some.
enum class Family : std::uint32_t {
  kPowerFamily = 1,
  kArmedPower = 2,
  kKills = 4,
  kStops = 8,
  kPauses = 16,
  kSlowDisk = 32,
  kSyncErrors = 64,
  kReadErrors = 128,
  kFullDisk = 256,
  kRotFamily = 512,
  kLeaps = 1024,
  kCuts = 2048,
  kLeaves = 4096,
  kPowerInSyncFamily = 8192,
};
inline constexpr std::uint32_t kAllFamilies = 16383;

/// The plan that `seed` names. Families outside `allowed` stay off.
Plan draw_plan(std::uint64_t seed, std::uint32_t allowed = kAllFamilies);

}  // namespace vivarium::sim
