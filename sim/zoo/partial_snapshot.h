// The mutant whose snapshots hold a multi in part; see zoo.h.
#pragma once

#include <memory>

#include "sim/zoo/mutation.h"

namespace vivarium::sim {
std::unique_ptr<Mutation> make_partial_snapshot();
}  // namespace vivarium::sim
