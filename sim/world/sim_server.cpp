// The server's life and its inputs; see sim_server.h. Effects are carried out in sim_server_effects.cpp.
#include "sim/world/sim_server.h"

#include <algorithm>

#include "sim/check/laws.h"
#include "sim/check/oracle.h"
#include "sim/model/model_identity.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/ensemble_config.h"

namespace vivarium::sim {
namespace {
constexpr std::int64_t kNanosPerMs = 1'000'000;
constexpr std::uint64_t kStepsPerFullCheck = 512;
constexpr std::int64_t kWallStart = 1'700'000'000'000;  // some day in 2023
}  // namespace

SimServer::SimServer(std::uint32_t index, const Plan& plan, Scheduler& scheduler, Network& network, PeerNetwork& peers,
                     ServerListener& listener, Mutation* mutation)
    : index_(index),
      plan_(plan),
      scheduler_(scheduler),
      network_(network),
      peers_(peers),
      listener_(listener),
      mutation_(mutation),
      seed_(seed_of_server(Seed{plan.seed}, index)),
      disk_(seed_),
      turns_(seed_, Choice::kTurn, 0),
      auth_latency_(seed_, Choice::kAuthLatency, 0) {
  log_lane_.latency = Stream(seed_, Choice::kLogLatency, 0);
  snapshot_lane_.latency = Stream(seed_, Choice::kSnapshotLatency, 0);
  for (std::uint32_t client = 0; client < network.size(); ++client) client_addresses_.push_back(client_address(client));
  for (std::uint32_t server = 0; server < network.servers(); ++server)
    server_addresses_.push_back(server_address(server));
  peers_.attach(index, *this);
  make_directories();
  if (plan_.ensemble() && plan_.initialize != 0) mark_as_new();
}

SimServer::~SimServer() { die(false); }

StoreOptions SimServer::store_options() const {
  StoreOptions options;
  options.data_dir = data_directory_;
  options.log_dir = log_directory_;
  options.preallocate_bytes = static_cast<std::uint64_t>(plan_.preallocate);
  options.my_id = server_id(index_);
  options.member = plan_.ensemble();
  options.recent_txns = static_cast<std::size_t>(plan_.commit_log_count);
  options.tree.extended_types = plan_.extended_types != 0;
  options.tree.digest = plan_.digest != 0;
  return options;
}

Config SimServer::kernel_config() const {
  Config config;
  config.my_id = server_id(index_);
  config.tick = Duration{plan_.tick};
  config.global_outstanding_limit = static_cast<std::int32_t>(plan_.outstanding_limit);
  config.snap_count = static_cast<std::int32_t>(plan_.snap_count);
  config.log_size_limit_bytes = plan_.log_size_limit;
  config.snap_retain_count = static_cast<std::int32_t>(plan_.retain);
  config.purge_interval = Duration{plan_.purge_interval};
  config.digest_enabled = plan_.digest != 0;
  config.extended_types_enabled = plan_.extended_types != 0;
  config.container_check_interval = Duration{plan_.container_interval};
  config.commit_log_count = static_cast<std::int32_t>(plan_.commit_log_count);
  if (plan_.ensemble()) config.ensemble = ensemble_config(plan_, index_);
#ifdef VIVARIUM_MUTANTS
  if (mutation_ != nullptr) config.mutant = mutation_->kernel();
#endif
  return config;
}

void SimServer::make_directories() {
  const bool made = disk_.create_directories(data_directory_).ok() && disk_.create_directories(log_directory_).ok();
  KASSERT(made);
}

/// The operator's word that the empty directories are meant to be those of a new server.
void SimServer::mark_as_new() {
  auto marker = disk_.open(log_directory_ + "/initialize", OpenMode::kCreateNew);
  const bool made = marker.ok() && disk_.sync_directory(log_directory_).ok();
  KASSERT(made);
}

void SimServer::wipe() {
  KASSERT(!up());
  disk_.wipe();
  disk_.set_offline(false);
  make_directories();
  disk_.set_offline(true);
}

// ---- life
// ----------------------------------------------------------------------------------------------------------------

std::optional<RecoveryError> SimServer::boot() {
  KASSERT(!up());
  ++incarnation_;
  RecoveredState recovered;
  std::vector<std::string> notes;
  if (mutation_ != nullptr) mutation_->recovering(true);
  FileSystem& files = mutation_ == nullptr ? static_cast<FileSystem&>(disk_) : mutation_->wrap(disk_);
  auto opened = Store::open(files, store_options(), recovered, notes);
  if (mutation_ != nullptr) mutation_->recovering(false);
  for (const std::string& note : notes) scheduler_.tell(name(), " notes: ", note);
  if (!opened.ok()) return opened.error();
  store_ = std::move(*opened);
  // An armed power loss may have struck in the last, unchecked operation of recovery.
  if (disk_.power_lost()) return RecoveryError{RecoveryError::Kind::kIo, "power lost"};
  listener_.on_recovered(index_, recovered, false);
  came_up_at_ = rate_since_ = scheduler_.now();
  const Stream origins(seed_, Choice::kReplica, 0);
  instant_origin_ = static_cast<std::int64_t>(origins.at(incarnation_ * 2, 1'000'000'000'000));
  wall_told_ = wall_ms();
  replica_ = std::make_unique<Replica>(kernel_config(), std::move(recovered),
                                       Seed{origins.at(incarnation_ * 2 + 1, ~0ULL)}, instant(), WallTime{wall_told_});
  schedule_step();
  return std::nullopt;
}

void SimServer::die(bool orderly) {
  const bool was_off = disk_.power_lost();
  if (!orderly) disk_.set_offline(true);
  if (replica_ != nullptr) probes_.add(replica_->probes());
  replica_.reset();
  store_.reset();
  disk_.set_offline(was_off);
  for (Slot& slot : slots_) clear(slot);
  arrivals_.clear();
  arrivals_arena_.clear();
  arrived_completions_.clear();
  for (StorageLane* lane : {&log_lane_, &snapshot_lane_}) {
    lane->queue.clear();
    lane->done.clear();
    lane->busy = false;
  }
  step_scheduled_ = false;
  timer_at_ = -1;
  ++incarnation_;  // events on their way belong to the dead
}

void SimServer::ask_to_stop() { arrive({ArrivalKind::kShutdown, {}, 0, 0, 0}); }

std::int64_t SimServer::wall_ms() const {
  const std::int64_t nanos = kWallStart * kNanosPerMs + scheduler_.now() + leap_;
  KASSERT(nanos > 0);
  const std::int64_t wall = nanos / kNanosPerMs;
  return mutation_ == nullptr ? wall : mutation_->wall(WallTime{wall}).millis;
}

std::int64_t SimServer::clock() const {
  const std::int64_t passed = std::max<std::int64_t>(0, scheduler_.now() - rate_since_);
  return instant_origin_ + passed * (1000 + drift_) / 1000;
}

Instant SimServer::instant() {
  const Instant now{clock()};
  return mutation_ == nullptr ? now : mutation_->clock(now);
}

/// When this machine's clock shows `deadline`, if its rate stays as it is.
std::int64_t SimServer::true_time_of(Instant deadline) {
  const std::int64_t left = std::max<std::int64_t>(0, (deadline - instant()).nanos);
  const std::int64_t start = std::max(scheduler_.now(), rate_since_);
  return drift_ == 0 ? start + left : start + left / (1000 + drift_) * 1000 + 2000;
}

void SimServer::arm_timer() {
  const Instant deadline = replica_->next_deadline();
  if (deadline == Instant::never()) return;
  const std::int64_t due = true_time_of(deadline);
  if (timer_at_ >= 0 && timer_at_ <= due) return;
  timer_at_ = due;
  at(due, lanes::kTimer, EventKind::kTimer);
}

void SimServer::set_drift(std::int64_t per_thousand) {
  instant_origin_ = clock();
  rate_since_ = std::max(rate_since_, scheduler_.now());
  drift_ = per_thousand;
  if (!up()) return;
  timer_at_ = -1;
  arm_timer();
}

void SimServer::freeze_until(std::int64_t time) {
  set_drift(drift_);
  rate_since_ = std::max(rate_since_, time);
  pause_until(time);
}

// ---- channels
// ------------------------------------------------------------------------------------------------------------

SimServer::Slot* SimServer::slot_of(ChannelId channel) {
  if (channel.slot >= slots_.size()) return nullptr;
  Slot& slot = slots_[channel.slot];
  return slot.open && slot.generation == channel.generation ? &slot : nullptr;
}

SimServer::Slot& SimServer::open_slot(ChannelId& channel) {
  std::size_t place = 0;
  while (place < slots_.size() && slots_[place].open) ++place;
  if (place == slots_.size()) slots_.emplace_back();
  Slot& slot = slots_[place];
  clear(slot);
  ++slot.generation;
  slot.open = true;
  channel = {static_cast<std::uint32_t>(place), slot.generation};
  return slot;
}

/// Ready for another user: only the generation goes on.
void SimServer::clear(Slot& slot) {
  const std::uint32_t generation = slot.generation;
  slot = Slot();
  slot.generation = generation;
}

void SimServer::free_slot(ChannelId channel) {
  Slot* slot = slot_of(channel);
  KASSERT(slot != nullptr);
  clear(*slot);
}

void SimServer::on_segment(std::uint32_t client) {
  Link& link = network_.link(client);
  const Pipe::Segment segment = link.up.pop();
  if (segment.kind == SegmentKind::kOpen) {
    if (!up()) return network_.close_down(client);
    open_slot(link.channel).client = static_cast<std::int32_t>(client);
    link.server_open = true;
    return arrive({ArrivalKind::kOpened, link.channel, 0, 0, 0});
  }
  if (!link.server_open) return;
  Slot* slot = slot_of(link.channel);
  KASSERT(slot != nullptr);
  if (segment.kind == SegmentKind::kClose) {
    link.server_open = false;
    if (slot->paused) {
      slot->held_close = true;
      return;
    }
    return arrive({ArrivalKind::kClosed, link.channel, 0, 0, 0});
  }
  scheduler_.trace(segment.bytes);
  listener_.on_contact(index_, client);
  const std::string_view bytes = mutation_ == nullptr ? segment.bytes : mutation_->receive(segment.bytes, scratch_);
  if (slot->paused) {
    slot->held.append(bytes);
    return;
  }
  arrive({ArrivalKind::kBytes, link.channel, 0, 0, 0}, bytes);
}

void SimServer::on_orphan(std::uint32_t slot, std::uint32_t generation) {
  const ChannelId channel{slot, generation};
  if (up() && slot_of(channel) != nullptr) arrive({ArrivalKind::kClosed, channel, 0, 0, 0});
}

ChannelId SimServer::peer_opened(PeerEnd end, ChannelKind kind, std::uint32_t other, bool dialed) {
  KASSERT(up());
  ChannelId channel;
  Slot& slot = open_slot(channel);
  slot.peer = end;
  slot.kind = kind;
  slot.other = other;
  slot.dialed = dialed;
  arrive({ArrivalKind::kOpened, channel, 0, 0, 0});
  return channel;
}

void SimServer::peer_bytes(ChannelId channel, std::string_view bytes) {
  arrive({ArrivalKind::kBytes, channel, 0, 0, 0}, bytes);
}
void SimServer::peer_closed(ChannelId channel) { arrive({ArrivalKind::kClosed, channel, 0, 0, 0}); }
void SimServer::peer_drained(ChannelId channel) { arrive({ArrivalKind::kDrained, channel, 0, 0, 0}); }
void SimServer::dial_failed(ChannelKind kind, std::uint32_t other) {
  if (up()) arrive({ArrivalKind::kDialFailed, {}, other, static_cast<std::size_t>(kind), 0});
}

// ---- a turn
// --------------------------------------------------------------------------------------------------------------

void SimServer::arrive(Arrival arrival, std::string_view bytes) {
  if (arrival.kind == ArrivalKind::kBytes) {
    arrival.offset = arrivals_arena_.size();
    arrival.size = bytes.size();
    arrivals_arena_.append(bytes);
  }
  arrivals_.push_back(arrival);
  schedule_step();
}

void SimServer::schedule_step() {
  if (step_scheduled_) return;
  step_scheduled_ = true;
  const std::int64_t delay = plan_.turn_spread == 0 ? 0 : turns_.between(0, plan_.turn_spread);
  at(scheduler_.now() + delay, lanes::kServer, EventKind::kStep);
}

ChannelOpened SimServer::opened_input(ChannelId channel, const Slot& slot) const {
  if (!slot.peer) return {channel, ChannelKind::kClient, client_addresses_[static_cast<std::size_t>(slot.client)], {}};
  const auto dialed = slot.dialed ? std::optional(server_id(slot.other)) : std::nullopt;
  return {channel, slot.kind, server_addresses_[slot.other], dialed};
}

void SimServer::push_input(const Arrival& arrival) {
  switch (arrival.kind) {
    case ArrivalKind::kCompletion:
      inputs_.push_back(to_input(arrived_completions_[arrival.offset]));
      return;
    case ArrivalKind::kShutdown:
      inputs_.emplace_back(Shutdown{});
      return;
    case ArrivalKind::kDialFailed:
      inputs_.emplace_back(DialFailed{static_cast<ChannelKind>(arrival.offset), server_id(arrival.other)});
      return;
    default:
      break;
  }
  // The kernel may have closed the channel since these bytes arrived.
  const Slot* slot = slot_of(arrival.channel);
  if (slot == nullptr || slot->hung_up) return;
  switch (arrival.kind) {
    case ArrivalKind::kOpened:
      inputs_.emplace_back(opened_input(arrival.channel, *slot));
      return;
    case ArrivalKind::kBytes:
      inputs_.emplace_back(
          ChannelBytes{arrival.channel, std::string_view(arrivals_arena_).substr(arrival.offset, arrival.size)});
      return;
    case ArrivalKind::kClosed:
      inputs_.emplace_back(ChannelClosed{arrival.channel});
      // Not free yet: what the kernel said to it earlier in this step must find it.
      slots_[arrival.channel.slot].hung_up = true;
      closed_channels_.push_back(arrival.channel);
      return;
    case ArrivalKind::kDrained:
      inputs_.emplace_back(ChannelDrained{arrival.channel});
      return;
    case ArrivalKind::kAuthenticated: {
      const std::string user = user_of_credential(slots_[arrival.channel.slot].credential);
      auth_texts_.push_back(digest_id(user));
      auth_ids_.push_back({"digest", auth_texts_.back()});
      inputs_.emplace_back(
          AuthResult{arrival.channel, !user.empty(), std::span<const AuthResult::Id>(&auth_ids_.back(), 1)});
      return;
    }
    default:
      KUNREACHABLE();
  }
}

void SimServer::build_inputs() {
  inputs_.clear();
  auth_ids_.clear();
  auth_texts_.clear();
  auth_ids_.reserve(arrivals_.size());
  auth_texts_.reserve(arrivals_.size());
  const std::int64_t wall = wall_ms();
  if (wall != wall_told_) {
    wall_told_ = wall;
    inputs_.emplace_back(WallClock{WallTime{wall}});
  }
  for (const Arrival& arrival : arrivals_) push_input(arrival);
}

void SimServer::step() {
  closed_channels_.clear();
  build_inputs();
  effects_.clear();
  const StateSummary before = summarize(*replica_);
  led_before_step_ = proposes(replica_->member().role);
  if (mutation_ != nullptr) mutation_->stepping(true);
  replica_->step(instant(), inputs_, effects_);
  if (mutation_ != nullptr) mutation_->stepping(false);
  check_invariants(before);
  arrivals_.clear();
  arrivals_arena_.clear();
  arrived_completions_.clear();
  carry_out();
  for (const ChannelId channel : closed_channels_) {
    if (slot_of(channel) != nullptr) free_slot(channel);
  }
}

void SimServer::check_invariants(const StateSummary& before) {
  const char* broken = check_delta(before, summarize(*replica_));
  // The full form recounts the whole tree: at first, and now and then.
  const bool fully = steps_++ % kStepsPerFullCheck == 0;
  if (broken == nullptr) broken = fully ? check_state_fully(*replica_) : check_state(*replica_);
  if (broken != nullptr) fail(laws::kInvariant, broken);
}

bool SimServer::on_event(const Event& event) {
  if (event.argument != incarnation_ || !up()) return false;
  if (scheduler_.now() < paused_until_) {
    at(paused_until_, lanes::kServer, event.kind, event.entity);
    if (event.kind == EventKind::kTimer) timer_at_ = paused_until_;
    return true;
  }
  switch (event.kind) {
    case EventKind::kStep:
      step_scheduled_ = false;
      step();
      break;
    case EventKind::kTimer:
      if (event.time != timer_at_) return false;
      timer_at_ = -1;
      step();
      break;
    case EventKind::kLogPerform:
      perform(log_lane_, true);
      break;
    case EventKind::kLogDone:
      finish(log_lane_, true);
      break;
    case EventKind::kSnapshotPerform:
      perform(snapshot_lane_, false);
      break;
    case EventKind::kSnapshotDone:
      finish(snapshot_lane_, false);
      break;
    case EventKind::kLogIdle:
      if (event.entity != static_cast<std::uint16_t>(idle_generation_) || log_lane_.busy) return false;
      store_->idle();
      // A sync that failed once may be believed too early: then nobody knows what the evidence is worth.
      evidence_written_ = disk_.faults_felt() == 0;
      if (disk_.power_lost()) listener_.on_power_lost(index_);
      break;
    case EventKind::kAuthDone:
      answer_authentication(event.entity);
      break;
    default:
      KUNREACHABLE();
  }
  return true;
}

}  // namespace vivarium::sim
