// The fault atlas: where permanent damage may strike, so that what is committed survives by right and not by luck.
//
// A quorum of voters whose disks are intact must be left: it meets every quorum that ever acknowledged a txn, so one
// intact copy of each is in it. Damage that a leader's snapshot has repaired no longer counts. A plan `beyond` the
// model is not held to this.
#include "sim/world/world.h"

namespace vivarium::sim {

bool World::intact(std::uint32_t index) {
  Host& host = hosts_[index];
  if (host.harmed && !host.unreadable && host.server->up()) {
    const MemberView view = host.server->replica()->member();
    const bool has_base = plan_.initialize != 0 || view.last_durable != Zxid{};
    if (view.serving && view.knows_its_history && has_base) host.harmed = false;
  }
  return !host.rotted && !host.harmed;
}

std::uint32_t World::intact_voters(std::uint32_t except) {
  std::uint32_t set = 0;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (i != except && rule_.is_voter(i) && intact(i)) set |= 1u << i;
  }
  return set;
}

bool World::may_damage(std::uint32_t index) {
  if (!plan_.ensemble() || !rule_.is_voter(index)) return true;
  // Beyond the model, too, somebody is left who knows that there was a history: nobody can tell empty disks from new
  // ones.
  if (plan_.beyond != 0) return intact_voters(index) != 0;
  return rule_.is_quorum(intact_voters(index));
}

}  // namespace vivarium::sim
