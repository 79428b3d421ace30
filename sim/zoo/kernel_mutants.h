// Mutants of the ensemble's kernel: one line each behind KMUTANT (kernel/base/mutant.h); see zoo.h.
#pragma once

#include "sim/zoo/zoo.h"

namespace vivarium::sim {
/// Empty unless they are compiled in.
std::span<const Mutant> kernel_mutants();
}  // namespace vivarium::sim
