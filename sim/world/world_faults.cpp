// How the world carries out a plan's faults, and how the server comes back; see world.h.
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint32_t kMostAttempts = 200;
}  // namespace

void World::begin_atom(const Atom& atom, std::uint16_t index, std::uint32_t attempt) {
  const auto tell = [&] { scheduler_.tell("plan: ", print_atom(atom)); };
  const auto end_later = [&] {
    scheduler_.at(scheduler_.now() + atom.length, lanes::kPlan, EventKind::kAtom, index, UINT32_MAX);
  };
  switch (atom.kind) {
    case AtomKind::kPower:
      tell();
      if (atom.value == 0) return lose_power(atom.length);
      armed_downtime_ = atom.length;
      return server_.disk().arm_power_loss(static_cast<std::uint64_t>(atom.value));
    case AtomKind::kPowerInSync:
      tell();
      armed_downtime_ = atom.length;
      return server_.disk().arm_power_loss_in_sync(static_cast<std::uint32_t>(atom.value));
    case AtomKind::kKill:
      tell();
      return kill(atom.length);
    case AtomKind::kStop:
      tell();
      if (!server_.up()) return;
      stop_downtime_ = atom.length;
      return server_.ask_to_stop();
    case AtomKind::kPause:
      tell();
      return server_.pause_until(scheduler_.now() + atom.length);
    case AtomKind::kSlow:
      tell();
      server_.set_slowness(atom.value);
      return end_later();
    case AtomKind::kFailSync:
      tell();
      return server_.disk().fail_syncs(static_cast<std::uint32_t>(atom.value));
    case AtomKind::kFailReads:
      tell();
      server_.disk().fail_reads(true);
      return end_later();
    case AtomKind::kFull:
      tell();
      server_.disk().limit_space(static_cast<std::uint64_t>(atom.value));
      return end_later();
    case AtomKind::kRot: {
      // Damage is only told from a torn write once the persist evidence is there; before, no server can know.
      std::string what;
      if (server_.log_at_rest() && server_.disk().rot(atom.value == 0 ? "/log." : "/snapshot.", what)) {
        rotted_ = true;
        return scheduler_.tell("plan: a bit of ", what, " flips");
      }
      if (attempt >= kMostAttempts) return;
      return scheduler_.at(scheduler_.now() + 3 * kMs, lanes::kPlan, EventKind::kAtom, index, attempt + 1);
    }
    case AtomKind::kLeap:
      tell();
      return server_.leap(atom.value);
    case AtomKind::kCut:
    case AtomKind::kLeave: {
      if (atom.value > plan_.clients) return;
      tell();
      const auto client = static_cast<std::uint32_t>(atom.value - 1);
      if (atom.kind == AtomKind::kLeave) return clients_[client]->leave();
      return cut(client);
    }
  }
}

void World::end_atom(const Atom& atom) {
  scheduler_.tell("plan: the end of ", print_atom(atom));
  if (atom.kind == AtomKind::kSlow) server_.set_slowness(1);
  if (atom.kind == AtomKind::kFailReads) server_.disk().fail_reads(false);
  if (atom.kind == AtomKind::kFull) server_.disk().limit_space(std::nullopt);
}

void World::stop_faults() {
  server_.set_slowness(1);
  server_.disk().fail_reads(false);
  server_.disk().fail_syncs(0);
  server_.disk().limit_space(std::nullopt);
  server_.disk().disarm();
}

// ---- ends of an incarnation --------------------------------------------------------------------------------------------

void World::break_connections(bool promptly) {
  for (std::uint32_t client = 0; client < network_.size(); ++client) {
    Link& link = network_.link(client);
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

void World::lose_power(std::int64_t downtime) {
  ++crashes_;
  scheduler_.tell("power is lost", server_.up() ? "" : " while the server is down");
  server_.disk().lose_power();
  server_.die(false);
  break_connections(false);
  boot_at(scheduler_.now() + downtime);
}

void World::kill(std::int64_t downtime) {
  if (!server_.up()) return;
  ++crashes_;
  scheduler_.tell("the server is killed");
  server_.die(false);
  break_connections(true);
  boot_at(scheduler_.now() + downtime);
}

void World::on_power_lost() {
  scheduler_.tell("power fails inside disk operation ", server_.disk().operations());
  lose_power(armed_downtime_);
}

void World::on_halt(std::string_view reason, std::int64_t exit_code) {
  scheduler_.tell("s1 halts (", exit_code, "): ", reason);
  const bool asked = stop_downtime_ >= 0;
  if (!asked && server_.disk().faults_felt() == faults_before_) {
    fail(laws::kLiveness, text("the server halts without cause: ", reason));
  }
  server_.die(asked);
  break_connections(true);
  boot_at(scheduler_.now() + (asked ? stop_downtime_ : restarts_.between(5, 100) * kMs));
  stop_downtime_ = -1;
}

void World::cut(std::uint32_t client) {
  Link& link = network_.link(client);
  if (!link.client_open) return;
  const std::string_view flying = link.down.in_flight();
  const std::string arrives(flying.substr(0, cuts_.below(flying.size() + 1)));
  const bool held = link.server_open;
  const ChannelId channel = link.channel;
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
                channel.generation);
}

// ---- coming back ---------------------------------------------------------------------------------------------------------

void World::boot_at(std::int64_t time) {
  booting_ = true;
  ++boot_generation_;
  scheduler_.at(time, lanes::kPlan, EventKind::kBoot, 0, boot_generation_);
}

void World::boot() {
  SimDisk& disk = server_.disk();
  disk.power_on();
  booting_ = false;
  ++boots_;
  const std::uint64_t felt = disk.faults_felt();
  const auto error = server_.boot();
  if (!error) {
    faults_before_ = disk.faults_felt();
    scheduler_.tell("s1 starts at zxid ", hex(log_.last().value));
    return;
  }
  if (disk.power_lost()) {
    scheduler_.tell("power fails during recovery");
    return lose_power(armed_downtime_);
  }
  scheduler_.tell("s1 refuses to start: ", error->text);
  if (disk.faults_felt() != felt) return boot_at(scheduler_.now() + restarts_.between(10, 100) * kMs);
  if (!rotted_) fail(laws::kRefused, error->text);
  refused_ = true;
  phase_ = Phase::kOver;
}

}  // namespace vivarium::sim
