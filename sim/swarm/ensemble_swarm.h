// Draws plans of ensembles.
#pragma once

#include "sim/swarm/swarm.h"

namespace vivarium::sim {

/// Precondition: `profile` is not kStandalone.
Plan draw_ensemble_plan(std::uint64_t seed, std::uint32_t allowed, Profile profile);

}  // namespace vivarium::sim
