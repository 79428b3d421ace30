// How a run of an ensemble ends; see world.h.
//
// The faults stop, and everybody is healed, or only a random core that holds a quorum of intact voters. Within ten
// election timeouts the core must have one established leader whom all of it follows and must serve; every client must
// get through; then every session must expire and all must be level; then everybody loses power at once, and every disk
// of the core must give back the model's state.
#include <algorithm>

#include "sim/check/laws.h"
#include "sim/check/recipe_laws.h"
#include "sim/check/state_check.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kTimeouts = 10;  // election timeouts in which the core must converge

const char* role_name(Role role) {
  constexpr const char* kNames[] = {"standalone", "settling", "looking", "following", "observing", "leading"};
  return kNames[static_cast<std::size_t>(role)];
}

}  // namespace

// ---- healing
// -------------------------------------------------------------------------------------------------------------

void World::choose_core() {
  core_ = (size() == 32 ? 0 : 1u << size()) - 1;
  const std::uint32_t healthy = intact_voters(UINT32_MAX);
  if (plan_.core == 0 || !rule_.is_quorum(healthy)) return;
  core_ = 0;
  Stream draws(Seed{plan_.seed}, Choice::kCore, 0);
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < size(); ++i) order.push_back(i);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i)]);
  for (const std::uint32_t i : order) {
    const bool needed = !rule_.is_quorum(core_ & healthy) && (healthy >> i & 1) != 0;
    if (needed || draws.chance(200)) core_ |= 1u << i;
  }
}

void World::heal_ensemble() {
  heal_links();
  choose_core();
  for (std::uint32_t i = 0; i < size(); ++i) {
    Host& host = hosts_[i];
    if (!in_core(i)) {
      scheduler_.tell("plan: ", host.server->name(), " is left out of the core");
      if (host.server->up()) host.restarts.chance(500) ? lose_power(i, kForever) : kill(i, kForever);
      boot_after(i, kForever);
    } else if (!host.server->up()) {
      boot_after(i, host.restarts.between(1, 100) * kMs);
    } else if (host.restarts.chance(250)) {
      kill(i, host.restarts.between(1, 100) * kMs);
    }
  }
  look_for_convergence();
}

/// One election and what may go before it: the last timeouts of the old order, votes, dials that nobody answers, and a
/// history that is sent and written within the limits.
std::int64_t World::election_timeout() const {
  const std::int64_t longest_way = 16 * (plan_.peer_floor + plan_.peer_spread);
  const std::int64_t longest_write = 16 * (plan_.disk_floor + plan_.disk_spread);
  return plan_.max_notification + plan_.finalize_wait + plan_.dial_timeout +
         8 * (longest_way + longest_write + plan_.turn_spread) + plan_.tick * (plan_.init_limit + plan_.sync_limit);
}

void World::look_for_convergence() {
  if (converged_after_ >= 0 || phase_ == Phase::kOver) return;
  const std::string problem = who_is_stuck();
  if (problem.empty()) {
    converged_after_ = scheduler_.now() - healed_at_;
    return scheduler_.tell("plan: the core has converged after ", time_text(converged_after_));
  }
  std::int64_t since = healed_at_;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (in_core(i) && server(i).up()) since = std::max(since, server(i).running_since());
  }
  if (scheduler_.now() >= since + kTimeouts * election_timeout()) {
    return stuck(text("no convergence within ", kTimeouts, " election timeouts of ", time_text(election_timeout()), ":",
                      problem));
  }
  scheduler_.at(scheduler_.now() + plan_.tick / 2, lanes::kPlan, EventKind::kFinish, 0, kConvergenceStep);
}

std::string World::describe(std::uint32_t index) const {
  const Host& host = hosts_[index];
  if (!host.server->up()) return text(host.server->name(), " down");
  const MemberView view = host.server->replica()->member();
  std::string out = text(host.server->name(), " ", role_name(view.role));
  if (view.role == Role::kFollowing || view.role == Role::kObserving) out += text(" s", view.leader.value);
  if (view.role == Role::kLeading)
    out += text(" epoch ", view.leader_epoch.value, view.established ? " (established)" : "");
  out += text(view.serving ? ", serving" : ", not serving", ", since ", time_text(host.role_since), "; round ",
              view.round, ", epochs ", view.accepted_epoch.value, "/", view.current_epoch.value, ", logged ",
              hex(view.last_logged.value), ", durable ", hex(view.last_durable.value), ", committed ",
              hex(view.committed.value), ", applied ", hex(view.applied.value));
  return out + (view.knows_its_history ? "" : ", does not know its history");
}

/// Empty when the core has one established leader and everybody in it follows and serves.
std::string World::who_is_stuck() {
  std::optional<std::uint32_t> leader;
  bool stuck = false;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!in_core(i)) continue;
    if (!server(i).up()) {
      stuck = true;
      continue;
    }
    const MemberView view = server(i).replica()->member();
    stuck |= !view.serving;
    if (view.role != Role::kLeading) continue;
    stuck |= leader.has_value() || !view.established;
    leader = i;
  }
  for (std::uint32_t i = 0; i < size() && leader; ++i) {
    if (in_core(i) && server(i).up() && i != *leader)
      stuck |= server(i).replica()->member().leader.value != std::int64_t{*leader} + 1;
  }
  if (leader && !stuck) return "";
  std::string out;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (in_core(i)) out += text("\n    ", describe(i));
  }
  return out;
}

void World::stuck(const std::string& what) {
  // Empty servers that nobody called new may wait for the operator's word.
  const bool waiting = plan_.initialize == 0 && ghost_.reigns() == 0;
  if (plan_.beyond == 0 && !waiting) fail(laws::kLiveness, what);
  scheduler_.tell("plan: unavailable by right: ", what);
  refused_ = true;
  phase_ = Phase::kOver;
}

// ---- the end
// -------------------------------------------------------------------------------------------------------------

/// What is missing until everybody in the core is level and no session is left; empty when nothing is.
std::string World::unsettled() {
  const Zxid committed = ghost_.committed();
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!in_core(i)) continue;
    if (!server(i).up() || !server(i).replica()->member().serving) return describe(i);
    const Replica& replica = *server(i).replica();
    const MemberView view = replica.member();
    if (view.applied != committed || view.last_durable != committed) {
      return text(describe(i), "; committed by the ensemble ", hex(committed.value));
    }
    if (replica.sessions().size() != 0)
      return text(server(i).name(), " has ", replica.sessions().size(), " sessions left");
  }
  return "";
}

void World::finish_ensemble() {
  if (converged_after_ < 0)
    return scheduler_.at(scheduler_.now() + settling_time(), lanes::kPlan, EventKind::kFinish, 0, kSettledStep);
  const std::string problem = unsettled();
  if (!problem.empty()) {
    // A leader gives every session a full timeout anew, and containers and TTL nodes go when their time comes.
    if (settle_until_ == 0)
      settle_until_ =
          scheduler_.now() + 3 * (settling_time() + plan_.container_interval) + kTimeouts * election_timeout();
    if (scheduler_.now() >= settle_until_)
      return stuck(text("the core is not level, or sessions outlive their clients: ", problem));
    return scheduler_.at(scheduler_.now() + plan_.tick, lanes::kPlan, EventKind::kFinish, 0, kSettledStep);
  }
  // In the core all are level: any of its trees will do.
  std::uint32_t member = 0;
  while (!in_core(member)) ++member;
  judge_recipes(history_.recipes, ghost_.book(), server(member).replica()->tree());
  oracle_.advance(ghost_.committed());
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!in_core(i)) continue;
    const Replica& replica = *server(i).replica();
    compare_state(replica.tree(), replica.sessions(), oracle_.model(),
                  text("in the memory of ", server(i).name(), " at the end"));
  }
  last_crash();
}

void World::last_crash() {
  scheduler_.tell("plan: the last crash, of everyone at once");
  phase_ = Phase::kLastCrash;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (cuts_.chance(700)) server(i).disk().lose_power();
    server(i).die(false);
    on_down(i);
  }
  for (std::uint32_t i = 0; i < size(); ++i) boot(i);
  phase_ = Phase::kOver;
}

void World::judge_last_recovery(std::uint32_t index, const RecoveredState& recovered) {
  if (!in_core(index) || !intact(index)) return;  // the ghost has judged it
  const Zxid expected = oracle_.model().zxid();
  if (recovered.last_zxid > expected) return;  // proposed at the last moment, and nobody's yet
  if (recovered.last_zxid != expected) {
    fail(laws::kDurability, text(server(index).name(), " recovers ", hex(recovered.last_zxid.value),
                                 " at the end, it had ", hex(expected.value)));
  }
  compare_state(recovered.tree, recovered.sessions, oracle_.model(),
                text("on the disk of ", server(index).name(), " at the end"));
}

}  // namespace vivarium::sim
