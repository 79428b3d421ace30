// The ensemble's slips by name; see kernel_mutants.h.
#include "sim/zoo/kernel_mutants.h"

namespace vivarium::sim {

#ifdef VIVARIUM_MUTANTS

namespace {

using Slip = vivarium::Mutant;

template <Slip kSlip>
class KernelMutation final : public Mutation {
 public:
  Slip kernel() const override { return kSlip; }
};
template <Slip kSlip>
std::unique_ptr<Mutation> make() {
  return std::make_unique<KernelMutation<kSlip>>();
}

constexpr std::uint32_t bits(std::initializer_list<Family> families) {
  std::uint32_t all = 0;
  for (const Family family : families) all |= static_cast<std::uint32_t>(family);
  return all;
}

constexpr Mutant kMutants[] = {
    {"kernel-as-it-is", "nothing at all", make<Slip::kNone>, kAllFamilies, true, Profile::kSmoke},
};

}  // namespace

std::span<const Mutant> kernel_mutants() { return kMutants; }

#else

std::span<const Mutant> kernel_mutants() { return {}; }

#endif

}  // namespace vivarium::sim
