// The swarm: draws a plan from a seed. Which fault families are off matters as much as how often the others strike.
#pragma once

#include <optional>
#include <string_view>

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
  // of ensembles only
  kCutWays = 1 << 14,
  kCutPairs = 1 << 15,
  kIsolations = 1 << 16,
  kPartitions = 1 << 17,
  kSwizzles = 1 << 18,
  kClogs = 1 << 19,
  kHalfOpens = 1 << 20,
  kBreaks = 1 << 21,
  kWipes = 1 << 22,
  kFreezes = 1 << 23,
  kDrifts = 1 << 24,
  kPowerOfAll = 1 << 25,
  kLaggards = 1 << 26,  // one fast disk among slow ones, and its server cut off from the rest for a moment
};
inline constexpr std::uint32_t kAllFamilies = (1u << 27) - 1;

/// What kind of worlds a campaign draws.
enum class Profile : std::uint8_t {
  kStandalone,  // one server
  kSmoke,       // 3 voters, 5 sessions, 10 simulated seconds
  kStd5,        // 5 voters and an observer, 20 sessions, 50 writes and 50 reads a second, 60 simulated seconds
  kAny,         // 1 to 7 voters, 0 to 3 observers, groups, tiny windows
};
inline constexpr std::size_t kProfiles = static_cast<std::size_t>(Profile::kAny) + 1;
const char* profile_name(Profile profile);
const char* profile_summary(Profile profile);
std::optional<Profile> find_profile(std::string_view name);

/// The plan that `seed` names. Families outside `allowed` stay off.
Plan draw_plan(std::uint64_t seed, std::uint32_t allowed = kAllFamilies, Profile profile = Profile::kStandalone);

}  // namespace vivarium::sim
