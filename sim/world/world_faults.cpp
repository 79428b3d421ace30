// How the world carries out a plan's faults, and how the server comes back; see world.h.
#include "sim/check/laws.h"
#include "sim/plan/plan_fields.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint32_t kMostAttempts = 200;
constexpr const char* kRotNames[] = {"/log.", "/snapshot.", "Epoch"};
}  // namespace

void World::begin_atom(const Atom& atom, std::uint16_t index, std::uint32_t attempt) {
  sessions_.disturbed(atom.length == kForever ? INT64_MAX : scheduler_.now() + atom.length);
  const AtomTarget target = atom_form(atom.kind).target;
  if (target == AtomTarget::kServer) {
    if (atom.server > static_cast<std::int64_t>(size())) return;
    if (atom.kind != AtomKind::kRot) scheduler_.tell("plan: ", print_atom(atom));
    for (std::uint32_t i = 0; i < size(); ++i) {
      if (atom.server == 0 || atom.server == static_cast<std::int64_t>(i) + 1)
        begin_server_atom(atom, i, index, attempt);
    }
  }
  if (target == AtomTarget::kClient) {
    if (atom.value > plan_.clients) return;
    scheduler_.tell("plan: ", print_atom(atom));
    const auto client = static_cast<std::uint32_t>(atom.value - 1);
    if (atom.kind == AtomKind::kLeave) return clients_[client]->leave();
    return cut(client);
  }
  if (target != AtomTarget::kServer || atom.kind == AtomKind::kIsolate) begin_link_atom(atom, index, attempt);
  if (attempt != 0) return;
  const bool window = atom_form(atom.kind).length == AtomLength::kFromTo || atom.kind == AtomKind::kSlow ||
                      atom.kind == AtomKind::kFailReads || atom.kind == AtomKind::kFull;
  if (!window || atom.length == kForever) return;
  scheduler_.at(scheduler_.now() + atom.length, lanes::kPlan, EventKind::kAtom, index, UINT32_MAX);
}

void World::begin_server_atom(const Atom& atom, std::uint32_t index, std::uint16_t place, std::uint32_t attempt) {
  Host& host = hosts_[index];
  SimServer& server = *host.server;
  switch (atom.kind) {
    case AtomKind::kPower:
      if (atom.value == 0) return lose_power(index, atom.length);
      host.armed_downtime = atom.length;
      return server.disk().arm_power_loss(static_cast<std::uint64_t>(atom.value));
    case AtomKind::kPowerInSync:
      host.armed_downtime = atom.length;
      return server.disk().arm_power_loss_in_sync(static_cast<std::uint32_t>(atom.value));
    case AtomKind::kKill:
      return kill(index, atom.length);
    case AtomKind::kStop:
      if (!server.up()) return;
      host.stop_downtime = atom.length;
      return server.ask_to_stop();
    case AtomKind::kStart:
      if (!server.up() && !host.booting) boot_after(index, 0);
      return;
    case AtomKind::kPause:
      return server.pause_until(scheduler_.now() + (atom.length == kForever ? plan_.duration : atom.length));
    case AtomKind::kSlow:
      return server.slow_disk(atom.value, atom.length == kForever ? plan_.duration : scheduler_.now() + atom.length);
    case AtomKind::kFailSync:
      return server.disk().fail_syncs(static_cast<std::uint32_t>(atom.value));
    case AtomKind::kFailReads:
      if (!may_damage(index))
        return scheduler_.tell("plan: too much is damaged already, ", server.name(), " is spared");
      if (plan_.ensemble()) {
        // What cannot be read at a start is as good as lost until the others have sent it again.
        host.harmed = host.unreadable = true;
        on_damaged(index);
      }
      return server.disk().fail_reads(true);
    case AtomKind::kFull:
      return server.disk().limit_space(static_cast<std::uint64_t>(atom.value));
    case AtomKind::kRot: {
      // Damage is only told from a torn write once the persist evidence is there; before, no server can know.
      std::string what;
      if (!may_damage(index))
        return scheduler_.tell("plan: too much is damaged already, ", server.name(), " is spared");
      if (server.log_at_rest() && server.disk().rot(kRotNames[atom.value], what)) {
        host.rotted = true;
        on_damaged(index);
        return scheduler_.tell("plan: a bit of ", server.name(), "'s ", what, " flips");
      }
      if (attempt >= kMostAttempts || atom.server == 0) return;
      return scheduler_.at(scheduler_.now() + 3 * kMs, lanes::kPlan, EventKind::kAtom, place, attempt + 1);
    }
    case AtomKind::kLeap:
      return server.leap(atom.value);
    case AtomKind::kWipe:
      return wipe(index, atom.length);
    case AtomKind::kFreeze:
      return server.freeze_until(scheduler_.now() + (atom.length == kForever ? plan_.duration : atom.length));
    case AtomKind::kDrift:
      return server.set_drift(atom.value);
    default:
      return;
  }
}

void World::end_atom(const Atom& atom, std::uint16_t index) {
  sessions_.disturbed(scheduler_.now());
  scheduler_.tell("plan: the end of ", print_atom(atom));
  end_link_atom(index);
  if (atom_form(atom.kind).target != AtomTarget::kServer) return;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (atom.server != 0 && atom.server != static_cast<std::int64_t>(i) + 1) continue;
    if (atom.kind == AtomKind::kSlow) server(i).slow_disk(1, 0);
    if (atom.kind == AtomKind::kFailReads) {
      server(i).disk().fail_reads(false);
      hosts_[i].unreadable = false;
    }
    if (atom.kind == AtomKind::kFull) server(i).disk().limit_space(std::nullopt);
    if (atom.kind == AtomKind::kDrift) server(i).set_drift(0);
  }
}

void World::stop_faults() {
  sessions_.healed(scheduler_.now());
  for (Host& host : hosts_) stop_faults(host);
}

void World::stop_faults(Host& host) {
  SimServer& server = *host.server;
  server.slow_disk(1, 0);
  server.disk().fail_reads(false);
  host.unreadable = false;
  server.disk().fail_syncs(0);
  server.disk().limit_space(std::nullopt);
  server.disk().disarm();
  server.set_drift(0);
}

// ---- ends of an incarnation
// --------------------------------------------------------------------------------------------

void World::break_connections(std::uint32_t server, bool promptly) {
  peers_.died(server, promptly);
  for (std::uint32_t client = 0; client < network_.size(); ++client) {
    Link& link = network_.link(client);
    if (link.server != server) continue;
    if (link.client_open) {
      // What the server had written may still arrive, up to any byte.
      const std::string_view flying = link.down.in_flight();
      const std::string arrives(flying.substr(0, cuts_.chance(400) ? flying.size() : cuts_.below(flying.size() + 1)));
      network_.sever(client);
      scheduler_.trace(arrives);
      if (!arrives.empty()) clients_[client]->on_bytes(arrives);
      hear_refusals(*clients_[client]);
      // A machine without power does not hang up: its clients find out by themselves.
      if (link.client_open && (promptly || cuts_.chance(500))) clients_[client]->on_closed();
    } else {
      network_.sever(client);
    }
  }
}

void World::lose_power(std::uint32_t index, std::int64_t downtime) {
  ++crashes_;
  scheduler_.tell(server(index).name(), " loses power", server(index).up() ? "" : " while it is down");
  server(index).disk().lose_power();
  server(index).die(false);
  on_down(index);
  break_connections(index, false);
  peers_.set_power(index, false);
  boot_after(index, downtime);
}

void World::wipe(std::uint32_t index, std::int64_t downtime) {
  if (!may_damage(index))
    return scheduler_.tell("plan: too much is damaged already, ", server(index).name(), " is spared");
  lose_power(index, downtime);
  scheduler_.tell(server(index).name(), " gets a new disk");
  hosts_[index].rotted = false;
  hosts_[index].harmed = true;
  server(index).wipe();
  on_wiped(index);
}

void World::kill(std::uint32_t index, std::int64_t downtime) {
  if (!server(index).up()) return;
  ++crashes_;
  scheduler_.tell(server(index).name(), " is killed");
  server(index).die(false);
  on_down(index);
  break_connections(index, true);
  boot_after(index, downtime);
}

void World::on_power_lost(std::uint32_t index) {
  scheduler_.tell("power fails inside disk operation ", server(index).disk().operations(), " of ",
                  server(index).name());
  lose_power(index, hosts_[index].armed_downtime);
}

void World::on_halt(std::uint32_t index, std::string_view reason, std::int64_t exit_code) {
  Host& host = hosts_[index];
  scheduler_.tell(host.server->name(), " halts (", exit_code, "): ", reason);
  const bool asked = host.stop_downtime.has_value();
  if (!asked && host.server->disk().faults_felt() == host.faults_before) {
    fail(laws::kLiveness, text(host.server->name(), " halts without cause: ", reason));
  }
  host.server->die(asked);
  on_down(index);
  break_connections(index, true);
  boot_after(index, asked ? *host.stop_downtime : host.restarts.between(5, 100) * kMs);
  host.stop_downtime.reset();
}

void World::cut(std::uint32_t client) {
  Link& link = network_.link(client);
  if (!link.client_open) return;
  const std::string_view flying = link.down.in_flight();
  const std::string arrives(flying.substr(0, cuts_.below(flying.size() + 1)));
  const bool held = link.server_open;
  const ChannelId channel = link.channel;
  const std::uint32_t server = link.server;
  network_.sever(client);
  scheduler_.trace(arrives);
  if (!arrives.empty()) clients_[client]->on_bytes(arrives);
  hear_refusals(*clients_[client]);
  if (link.client_open) clients_[client]->on_closed();
  // The server hears of it soon, late, or never.
  const std::uint64_t how = cuts_.below(4);
  if (!held || how == 3) return;
  const std::int64_t delay = how == 2 ? cuts_.between(1, 500) * kMs : cuts_.between(1, 1000) * 1000;
  scheduler_.at(scheduler_.now() + delay, lanes::kPlan, EventKind::kOrphan, static_cast<std::uint16_t>(channel.slot),
                channel.generation, server);
}

// ---- coming back
// ---------------------------------------------------------------------------------------------------------

void World::boot_after(std::uint32_t index, std::int64_t downtime) {
  Host& host = hosts_[index];
  host.booting = downtime != kForever;
  ++host.boot_generation;
  if (!host.booting) return;
  scheduler_.at(scheduler_.now() + downtime, lanes::of_server(lanes::kPlan, index), EventKind::kBoot, 0,
                host.boot_generation, index);
}

void World::boot(std::uint32_t index) {
  sessions_.disturbed(scheduler_.now());
  Host& host = hosts_[index];
  SimServer& server = *host.server;
  SimDisk& disk = server.disk();
  disk.power_on();
  peers_.set_power(index, true);
  host.booting = false;
  ++boots_;
  const std::uint64_t felt = disk.faults_felt();
  const auto error = server.boot();
  if (!error) {
    host.faults_before = disk.faults_felt();
    return scheduler_.tell(server.name(), " starts at zxid ", hex(server.replica()->last_durable().value));
  }
  if (disk.power_lost()) {
    scheduler_.tell("power fails during recovery of ", server.name());
    return lose_power(index, host.armed_downtime);
  }
  scheduler_.tell(server.name(), " refuses to start: ", error->text);
  if (disk.faults_felt() != felt) return boot_after(index, host.restarts.between(10, 100) * kMs);
  if (!host.rotted) fail(laws::kRefused, text(server.name(), ": ", error->text));
  refused_ = true;
  if (!plan_.ensemble()) phase_ = Phase::kOver;
}

}  // namespace vivarium::sim
