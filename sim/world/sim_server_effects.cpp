// How the simulated server carries out the kernel's effects, lane by lane; see sim_server.h.
#include <algorithm>

#include "sim/report/text.h"
#include "sim/world/sim_server.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kIdleAfter = 20'000'000;
}

void SimServer::carry_out() {
  std::string halted;
  std::int64_t exit_code = 0;
  bool halts = false;
  for (const Effect& effect : effects_.list()) {
    const std::string_view payload = effects_.payload(effect);
    switch (lane_of(effect.kind)) {
      case Lane::kChannel:
        carry_out_channel(effect, payload);
        break;
      case Lane::kLog:
        carry_out_log(effect, payload);
        break;
      case Lane::kSnapshot:
        carry_out_snapshot(effect, payload);
        break;
      case Lane::kControl:
        carry_out_control(effect, payload);
        if (effect.kind != EffectKind::kHalt) break;
        halts = true;
        halted = std::string(payload);
        exit_code = effect.argument;
        break;
    }
  }
  listener_.on_stepped(index_, *replica_);
  if (halts) return listener_.on_halt(index_, halted, exit_code);  // nothing of this incarnation is left afterwards
  arm_timer();
}

void SimServer::carry_out_control(const Effect& effect, std::string_view payload) {
  if (effect.kind == EffectKind::kNote) scheduler_.tell(name(), " says: ", payload);
  if (effect.kind != EffectKind::kDialElection && effect.kind != EffectKind::kDialLeader) return;
  const std::int64_t index = effect.argument - 1;
  KASSERT(index >= 0 && index < plan_.members() && index != std::int64_t{index_});
  peers_.dial(index_, static_cast<std::uint32_t>(index),
              effect.kind == EffectKind::kDialElection ? ChannelKind::kElection : ChannelKind::kLearner);
}

/// A channel to another server.
void SimServer::carry_out_peer(const Effect& effect, Slot& slot, std::string_view payload) {
  const PeerEnd end = *slot.peer;
  switch (effect.kind) {
    case EffectKind::kSend:
      return peers_.send(end, payload);
    case EffectKind::kClose:
      free_slot(effect.channel);
      return peers_.close(end);
    case EffectKind::kPauseReading:
      return peers_.pause(end, true);
    case EffectKind::kResumeReading:
      return peers_.pause(end, false);
    case EffectKind::kAwaitDrain:
      return peers_.await_drain(end);
    default:
      KUNREACHABLE();  // servers are not authenticated, and ask for no four letters
  }
}

void SimServer::carry_out_channel(const Effect& effect, std::string_view payload) {
  Slot* slot = slot_of(effect.channel);
  KASSERT(slot != nullptr);  // the kernel speaks of open channels only
  if (slot->peer) return carry_out_peer(effect, *slot, payload);
  // The client may have hung up, or dialled anew, since.
  const Link& link = network_.link(static_cast<std::uint32_t>(slot->client));
  const bool heard = link.server == index_ && link.server_open && link.channel == effect.channel;
  switch (effect.kind) {
    case EffectKind::kSend: {
      if (!heard) break;
      const std::string_view bytes = mutation_ == nullptr ? payload : mutation_->send(payload, scratch_);
      if (!bytes.empty()) network_.send_down(static_cast<std::uint32_t>(slot->client), bytes);
      break;
    }
    case EffectKind::kClose: {
      if (heard) network_.close_down(static_cast<std::uint32_t>(slot->client));
      free_slot(effect.channel);
      break;
    }
    case EffectKind::kPauseReading:
      if (scheduler_.telling_all()) scheduler_.tell(name(), " stops reading from c", slot->client + 1);
      slot->paused = true;
      break;
    case EffectKind::kResumeReading:
      if (scheduler_.telling_all()) scheduler_.tell(name(), " reads from c", slot->client + 1, " again");
      slot->paused = false;
      if (!slot->held.empty()) arrive({ArrivalKind::kBytes, effect.channel, 0, 0, 0}, slot->held);
      slot->held.clear();
      if (slot->held_close) arrive({ArrivalKind::kClosed, effect.channel, 0, 0, 0});
      slot->held_close = false;
      break;
    case EffectKind::kAwaitDrain:  // the simulated network takes everything at once
      arrive({ArrivalKind::kDrained, effect.channel, 0, 0, 0});
      break;
    case EffectKind::kAuthenticate: {
      ByteReader in(payload);
      in.ustring();
      slot->credential = std::string(in.ustring());
      const std::int64_t delay = draw_latency(auth_latency_, 1'000, 200'000);
      at(scheduler_.now() + delay, lanes::kAuth, EventKind::kAuthDone, static_cast<std::uint16_t>(effect.channel.slot));
      break;
    }
    default:
      break;  // four-letter words are not simulated
  }
}

void SimServer::answer_authentication(std::uint32_t slot) {
  if (slots_[slot].open) arrive({ArrivalKind::kAuthenticated, {slot, slots_[slot].generation}, 0, 0, 0});
}

// ---- storage
// ---------------------------------------------------------------------------------------------------------------

void SimServer::carry_out_log(const Effect& effect, std::string_view payload) {
  if (effect.kind == EffectKind::kAppendLog) {
    // It may have ceased to lead in the step in which it proposed.
    const bool leading = led_before_step_ || proposes(replica_->member().role);
    listener_.on_append(index_, {effect.zxid, payload, leading, wall_told_});
    if (mutation_ != nullptr) {
      const auto changed = mutation_->append(payload, scratch_);
      if (!changed) return;
      payload = *changed;
    }
  }
  if (effect.kind == EffectKind::kTruncateLog) listener_.on_truncate(index_, effect.zxid);
  if (effect.kind == EffectKind::kResetLog) listener_.on_reset(index_, effect.zxid);
  if (effect.kind == EffectKind::kSyncLog && mutation_ != nullptr && mutation_->durable_before_write()) {
    arrived_completions_.push_back({StorageCompletion::Kind::kLogDurable,
                                    Incarnation{static_cast<std::uint64_t>(effect.argument)},
                                    effect.zxid,
                                    {}});
    arrive({ArrivalKind::kCompletion, {}, 0, arrived_completions_.size() - 1, 0});
  }
  log_lane_.queue.push(effect.kind, effect.zxid, effect.argument, payload);
  wake(log_lane_, EventKind::kLogPerform);
}

void SimServer::carry_out_snapshot(const Effect& effect, std::string_view payload) {
  Zxid label = effect.zxid;
  if (mutation_ != nullptr) {
    label = mutation_->snapshot_label(label);
    if (effect.kind == EffectKind::kSnapshotChunk) payload = mutation_->chunk(payload, scratch_);
  }
  snapshot_lane_.queue.push(effect.kind, label, effect.argument, payload, effect.channel);
  wake(snapshot_lane_, EventKind::kSnapshotPerform);
}

std::int64_t SimServer::disk_time(StorageLane& lane) const {
  const std::int64_t usual = draw_latency(lane.latency, plan_.disk_floor, plan_.disk_spread);
  return std::min(usual * slowness_, std::max(slow_until_ - scheduler_.now(), std::int64_t{0}) + usual);
}

void SimServer::wake(StorageLane& lane, EventKind kind) {
  if (lane.busy) return;
  lane.busy = true;
  // Waking the lane's thread takes a moment, in which more may queue and power may fail.
  const std::int64_t moment = 500 + static_cast<std::int64_t>(lane.latency.below(5'000));
  at(scheduler_.now() + moment, kind == EventKind::kLogPerform ? lanes::kLog : lanes::kSnapshot, kind);
}

void SimServer::perform(StorageLane& lane, bool is_log) {
  if (is_log) evidence_written_ = false;
  const std::vector<StorageOp>& ops = lane.queue.take();
  lane.done.clear();
  if (is_log) {
    store_->perform_log(ops, lane.done);
  } else {
    store_->perform_snapshot(ops, lane.done);
  }
  if (disk_.power_lost()) return listener_.on_power_lost(index_);
  const auto kind = is_log ? EventKind::kLogDone : EventKind::kSnapshotDone;
  const std::int64_t done_at = scheduler_.now() + disk_time(lane);
  if (is_log) disk_busy_until_ = done_at;
  at(done_at, is_log ? lanes::kLog : lanes::kSnapshot, kind);
}

/// The store's own word, for the laws.
void SimServer::report(const StorageCompletion& completion) {
  switch (completion.kind) {
    case StorageCompletion::Kind::kLogDurable:
      return listener_.on_durable(index_, completion.zxid);
    case StorageCompletion::Kind::kSnapshotDurable:
      return listener_.on_snapshot_durable(index_, completion.zxid);
    case StorageCompletion::Kind::kEpochDurable:
      return listener_.on_epochs_durable(index_, completion.accepted, completion.current);
    case StorageCompletion::Kind::kLogTruncated:
      return completion.whole ? listener_.on_cut_durable(index_) : listener_.on_cut_failed(index_);
    case StorageCompletion::Kind::kReloaded:
      return listener_.on_recovered(index_, *completion.recovered, true);
    default:
      return;
  }
}

void SimServer::finish(StorageLane& lane, bool is_log) {
  lane.busy = false;
  for (StorageCompletion& completion : lane.done) {
    report(completion);
    const bool told = completion.kind == StorageCompletion::Kind::kLogDurable && mutation_ != nullptr &&
                      mutation_->durable_before_write();
    if (told) continue;
    if (!is_log && mutation_ != nullptr) completion.zxid = mutation_->snapshot_unlabel(completion.zxid);
    arrived_completions_.push_back(std::move(completion));
    arrive({ArrivalKind::kCompletion, {}, 0, arrived_completions_.size() - 1, 0});
  }
  lane.done.clear();
  if (!lane.queue.empty()) {
    lane.busy = true;
    return perform(lane, is_log);
  }
  if (!is_log) return;
  ++idle_generation_;
  at(scheduler_.now() + kIdleAfter, lanes::kLog, EventKind::kLogIdle, static_cast<std::uint16_t>(idle_generation_));
}

}  // namespace vivarium::sim
