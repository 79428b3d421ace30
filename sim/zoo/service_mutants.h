// Mutants of what the server says and of the clocks it sees; see zoo.h.
#pragma once

#include "sim/zoo/zoo.h"

namespace vivarium::sim {
std::span<const Mutant> service_mutants();
}  // namespace vivarium::sim
