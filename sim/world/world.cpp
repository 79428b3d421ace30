// The world's loop; see world.h.
#include "sim/world/world.h"

#include <algorithm>

#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/ensemble_config.h"

namespace vivarium::sim {
namespace {

constexpr std::uint64_t kMostEvents = 200'000'000;

std::uint16_t lane_salt(const Plan& plan) {
  return static_cast<std::uint16_t>(Stream(Seed{plan.seed}, Choice::kTurn, 1).at(0, 1 << 16));
}

OracleOptions oracle_options(const Plan& plan) {
  OracleOptions options;
  options.model.extended_types = plan.extended_types != 0;
  options.model.digests = plan.check_digests != 0;
  options.ensemble = plan.ensemble();
  return options;
}

}  // namespace

World::World(const Plan& plan, Story* story, Mutation* mutation, Inspector* inspector)
    : plan_(plan),
      scheduler_(lane_salt(plan), story),
      inspector_(inspector),
      network_(plan_, scheduler_),
      peers_(plan_, scheduler_),
      ghost_(plan_.ensemble() ? ensemble_config(plan_, 0) : EnsembleConfig()),
      rule_(plan_.ensemble() ? ensemble_config(plan_, 0) : EnsembleConfig()),
      oracle_(oracle_options(plan), history_, ghost_.book()),
      sessions_(plan_),
      cuts_(Seed{plan.seed}, Choice::kCut, 0) {
  if (plan_.ensemble()) history_.sync_promise = [this] { return ghost_.sync_promise(plan_.quorum_sync != 0); };
  ServerListener& listener = *this;
  for (std::uint32_t i = 0; i < network_.servers(); ++i) {
    Host host;
    host.server = std::make_unique<SimServer>(i, plan_, scheduler_, network_, peers_, listener, mutation);
    host.restarts = Stream(seed_of_server(Seed{plan.seed}, i), Choice::kRestart, 0);
    host.harmed = plan_.ensemble() && plan_.initialize == 0;
    hosts_.push_back(std::move(host));
    // A server that nobody called new may say that it does not know what it had.
    if (plan_.ensemble() && plan_.initialize == 0) ghost_.on_damaged(i);
  }
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(plan_.clients); ++i) {
    clients_.push_back(std::make_unique<SimClient>(plan_, i, scheduler_, network_, history_));
  }
}

void World::run() {
  for (std::uint32_t i = 0; i < size(); ++i) boot_after(i, 0);
  for (std::size_t i = 0; i < plan_.atoms.size(); ++i) {
    scheduler_.at(plan_.atoms[i].at, lanes::kPlan, EventKind::kAtom, static_cast<std::uint16_t>(i), 0);
  }
  scheduler_.at(plan_.duration, lanes::kPlan, EventKind::kFinish, 0, kHealStep);
  if (inspector_ != nullptr) {
    std::uint16_t index = 0;
    for (const std::int64_t time : inspector_->times()) scheduler_.at(time, lanes::kPlan, EventKind::kInspect, index++);
  }
  for (auto& client : clients_) client->start();
  while (phase_ != Phase::kOver) {
    if (scheduler_.idle()) fail(laws::kLiveness, "nothing is left to happen");
    if (scheduler_.events() > kMostEvents) fail(laws::kLiveness, "too many events");
    dispatch(scheduler_.next());
  }
}

void World::dispatch(const Event& event) {
  switch (event.kind) {
    case EventKind::kAtom:
      if (phase_ != Phase::kFaults) return;
      if (event.argument == UINT32_MAX) return end_atom(plan_.atoms[event.entity], event.entity);
      return begin_atom(plan_.atoms[event.entity], event.entity, event.argument);
    case EventKind::kBoot:
      if (event.argument == hosts_[event.server].boot_generation && hosts_[event.server].booting) boot(event.server);
      return;
    case EventKind::kToServer:
      if (event.argument == network_.link(event.entity).generation) server(event.server).on_segment(event.entity);
      return;
    case EventKind::kToClient:
      return to_client(event.entity, event.argument);
    case EventKind::kOrphan:
      return server(event.server).on_orphan(event.entity, event.argument);
    case EventKind::kPeerDial:
    case EventKind::kPeerGiveUp:
    case EventKind::kPeerSegment:
      return peers_.on_event(event);
    case EventKind::kInspect:
      return inspector_->look(event.entity, *this);
    case EventKind::kClient:
      clients_[event.entity]->on_timer(event.argument);
      break;
    case EventKind::kFinish:
      if (event.argument == kHealStep) return heal();
      return event.argument == kConvergenceStep ? look_for_convergence() : finish();
    default:
      server(event.server).on_event(event);
      return;
  }
  look_for_the_end();
}

void World::to_client(std::uint32_t client, std::uint32_t generation) {
  Link& link = network_.link(client);
  if (link.generation != generation) return;
  const Pipe::Segment segment = link.down.pop();
  if (!link.client_open) return;
  SimClient& reader = *clients_[client];
  if (segment.kind == SegmentKind::kClose) {
    reader.on_closed();
  } else {
    scheduler_.trace(segment.bytes);
    reader.on_bytes(segment.bytes);
    hear_refusals(reader);
  }
  look_for_the_end();
}

void World::hear_refusals(SimClient& client) {
  for (const SessionId session : client.take_refused()) sessions_.refused(session);
}

std::optional<MemberView> World::member(std::uint32_t server) const {
  const SimServer& found = *hosts_[server].server;
  return found.up() ? std::optional(found.replica()->member()) : std::nullopt;
}

RunResult World::result() const {
  RunResult result;
  result.refused = refused_;
  result.ended_at = scheduler_.now();
  result.events = scheduler_.events();
  result.txns = ghost_.book().size();
  result.items = history_.items.size();
  result.boots = boots_;
  result.crashes = crashes_;
  for (const Host& host : hosts_) {
    result.disk_operations += host.server->disk().operations();
    result.probes.add(host.server->probes());
  }
  result.locks = history_.recipes.grants.size();
  result.taken = history_.recipes.takes.size();
  result.increments = history_.recipes.increments.size();
  result.elections = ghost_.reigns();
  result.commits = ghost_.book().committed_count();
  result.converged_after = std::max<std::int64_t>(0, converged_after_);
  result.trace = scheduler_.trace_hash();
  return result;
}

}  // namespace vivarium::sim
