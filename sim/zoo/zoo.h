// The zoo: known slips of a correct server, and whether the simulator catches each of them.
//
// A simulator is judged by the bugs that it finds. Every mutant names the law that should catch it; null mutants change
// nothing and must raise nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "sim/swarm/swarm.h"
#include "sim/zoo/mutation.h"

namespace vivarium::sim {

struct Mutant {
  const char* name;
  const char* slip;  // what it does wrong, for people
  std::unique_ptr<Mutation> (*make)();
  std::uint32_t families;                  // faults that it needs; the rest stays off, so that the search is short
  bool null = false;                       // changes nothing
  Profile profile = Profile::kStandalone;  // where to look for it
  std::uint64_t known = 1;                 // a seed that catches it, or a little later one: where a confirmation begins
  std::uint64_t hunted = 0;                // seeds that it took to find that, from seed 1; 0: a confirmation hunts
  const char* law = nullptr;               // the law that is put to the test: the others do not count
};
std::span<const Mutant> mutants();
const Mutant* find_mutant(std::string_view name);

struct ZooResult {
  bool caught = false;
  std::uint64_t seeds = 0;  // tried, the catching one included
  std::uint64_t seed = 0;   // that caught it
  std::string law, detail;
};
/// False: slips of the kernel itself are not compiled in (vivarium-zoo has them).
bool kernel_mutants_are_built();
/// Tries seeds first, first + 1, ... until a law breaks, `budget` of them at most.
ZooResult hunt(const Mutant& mutant, std::uint64_t first, std::uint64_t budget);

}  // namespace vivarium::sim
