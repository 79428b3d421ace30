// How a run ends: healing, goodbyes, expiry of every session, and a last crash of a lone server; see world.h.
#include <algorithm>

#include "sim/check/laws.h"
#include "sim/check/recipe_laws.h"
#include "sim/check/state_check.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {

void World::heal() {
  phase_ = Phase::kHealed;
  scheduler_.tell("plan: faults stop, clients say goodbye");
  healed_at_ = scheduler_.now();
  stop_faults();
  if (plan_.ensemble()) heal_ensemble();
  for (auto& client : clients_) client->finish(cuts_.chance(300));
  // Long enough for a boot, a connection that must time out, and one that works.
  const std::int64_t network = 64 * (plan_.network_floor + plan_.network_spread);
  const std::int64_t disk = 64 * (plan_.disk_floor + plan_.disk_spread);
  const std::int64_t patience = 20 * plan_.session_timeout + 200 * (network + disk) + 60'000'000'000 +
                                (plan_.ensemble() ? 10 * election_timeout() : 0);
  scheduler_.at(scheduler_.now() + patience, lanes::kPlan, EventKind::kFinish, 0, kPatienceStep);
  look_for_the_end();
}

void World::look_for_the_end() {
  if (phase_ != Phase::kHealed) return;
  for (const auto& client : clients_) {
    if (!client->gone()) return;
  }
  phase_ = Phase::kSettling;
  scheduler_.tell("plan: everyone is gone");
  scheduler_.at(scheduler_.now() + settling_time(), lanes::kPlan, EventKind::kFinish, 0, kSettledStep);
}

std::int64_t World::settling_time() const {
  const std::int64_t commit = 100 * (plan_.disk_floor + plan_.disk_spread) + 20 * plan_.turn_spread;
  return plan_.session_timeout + 3 * plan_.tick + commit + 10'000'000;
}

void World::finish() {
  if (phase_ == Phase::kHealed) {
    std::string who;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      if (!clients_[i]->gone()) who += text(" c", i + 1);
    }
    return stuck(text("these clients never got through after the faults stopped:", who));
  }
  if (phase_ != Phase::kSettling) return;
  return plan_.ensemble() ? finish_ensemble() : finish_standalone();
}

void World::finish_standalone() {
  const std::int64_t awake = server(0).up() ? server(0).awake_since() : scheduler_.now();
  if (awake + settling_time() > scheduler_.now()) {
    // The server came back, or woke up, only after everyone had gone.
    return scheduler_.at(awake + settling_time(), lanes::kPlan, EventKind::kFinish, 0, kSettledStep);
  }
  const Replica& replica = *server(0).replica();
  if (replica.sessions().size() != 0) {
    fail(laws::kImmortal,
         text(replica.sessions().size(), " sessions outlive their clients by more than timeout and tick"));
  }
  if (replica.last_durable() != replica.last_proposed()) {
    fail(laws::kLiveness,
         text("proposed ", hex(replica.last_proposed().value), ", durable only ", hex(replica.last_durable().value)));
  }
  judge_recipes(history_.recipes, ghost_.book(), replica.tree());
  oracle_.advance(replica.last_durable());
  compare_state(replica.tree(), replica.sessions(), oracle_.model(), "in memory at the end");
  // One last crash: what memory held is what the disk gives back.
  scheduler_.tell("plan: the last crash");
  if (cuts_.chance(700)) server(0).disk().lose_power();
  server(0).die(false);
  boot(0);
  phase_ = Phase::kOver;
}

}  // namespace vivarium::sim
