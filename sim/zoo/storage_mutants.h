// Mutants of storage; see zoo.h.
#pragma once

#include "sim/zoo/zoo.h"

namespace vivarium::sim {
std::span<const Mutant> storage_mutants();
}  // namespace vivarium::sim
