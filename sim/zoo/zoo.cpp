// The hunt for one mutant; see zoo.h.
#include "sim/zoo/zoo.h"

#include <vector>

#include "sim/world/runner.h"
#include "sim/zoo/kernel_mutants.h"
#include "sim/zoo/service_mutants.h"
#include "sim/zoo/storage_mutants.h"

namespace vivarium::sim {

std::span<const Mutant> mutants() {
  static const std::vector<Mutant> all = [] {
    std::vector<Mutant> joined(storage_mutants().begin(), storage_mutants().end());
    joined.insert(joined.end(), service_mutants().begin(), service_mutants().end());
    joined.insert(joined.end(), kernel_mutants().begin(), kernel_mutants().end());
    return joined;
  }();
  return all;
}

const Mutant* find_mutant(std::string_view name) {
  for (const Mutant& mutant : mutants()) {
    if (name == mutant.name) return &mutant;
  }
  return nullptr;
}

bool kernel_mutants_are_built() {
#ifdef VIVARIUM_MUTANTS
  return true;
#else
  return false;
#endif
}

ZooResult hunt(const Mutant& mutant, std::uint64_t first, std::uint64_t budget) {
  ZooResult found;
  for (std::uint64_t seed = first; found.seeds < budget; ++seed) {
    const auto mutation = mutant.make();
    const RunResult run = run_plan(draw_plan(seed, mutant.families, mutant.profile), nullptr, mutation.get());
    ++found.seeds;
    if (run.passed || (mutant.law != nullptr && run.law != mutant.law)) continue;
    found.caught = true;
    found.seed = seed;
    found.law = run.law;
    found.detail = run.detail;
    return found;
  }
  return found;
}

}  // namespace vivarium::sim
