#include "adapters/driver/driver.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/driver/clock.h"
#include "adapters/logging/log.h"

namespace vivarium {
namespace {

constexpr std::int64_t kMaxSleepMs = 60'000;
/// Arena that is kept between steps; a burst of huge replies must not stay resident.
constexpr std::size_t kKeptArena = 16u << 20;

}  // namespace

Driver::Driver(const Parts& parts) : parts_(parts) { parts_.channels.watch_wakeups(parts_.inbox.wakeup_fd()); }

int Driver::run() {
  pending_inputs_.clear();
  turn();  // the first step lets the kernel do what a start asks for
  while (!exit_code_) {
    if (parts_.channels.wait(timeout_ms(monotonic_now()))) gather_inbox();
    turn();
  }
  return *exit_code_;
}

int Driver::timeout_ms(Instant now) const {
  const bool pending = !pending_inputs_.empty() || !pending_auths_.empty() || parts_.channels.has_pending();
  if (pending) return 0;
  const Instant deadline = std::min(parts_.machine.next_deadline(), parts_.channels.next_deadline());
  if (deadline <= now) return 0;
  if (deadline == Instant::never()) return -1;
  // Rounded up, so that the deadline has passed when the wait ends.
  const std::int64_t ms = (deadline.nanos - now.nanos + 999'999) / 1'000'000;
  return static_cast<int>(std::min(ms, kMaxSleepMs));
}

void Driver::turn() {
  const Instant now = monotonic_now();
  const WallTime wall = wall_now();
  const bool first = last_wall_.millis < 0;
  const bool new_wall = wall != last_wall_;
  if (new_wall) inputs_.push_back(WallClock{wall});
  const std::size_t without_news = inputs_.size();
  gather_pending();  // before new channels: these may use the slots of channels whose end is pending
  for (const LaneReport& report : arrived_.reports) take_report(report);
  for (NewSocket& socket : arrived_.sockets) adopt(socket);
  for (const DialFailed& failure : arrived_.failed_dials) inputs_.push_back(failure);
  parts_.channels.collect(inputs_);
  if (arrived_.shutdown) inputs_.push_back(Shutdown{});
  if (first || inputs_.size() > without_news || parts_.machine.next_deadline() <= now) {
    last_wall_ = wall;
    parts_.machine.step(now, inputs_, effects_);
    carry_out();
  }
  parts_.channels.flush(now);
  parts_.channels.expire(now);
  inputs_.clear();
  arrived_.clear();
  served_auths_.clear();
  texts_.clear();
  effects_.clear();
  if (effects_.arena_capacity() > kKeptArena) effects_ = Effects();
}

void Driver::gather_inbox() { parts_.inbox.take(arrived_); }

void Driver::gather_pending() {
  served_auths_.swap(pending_auths_);
  for (PendingAuth& auth : served_auths_) {
    for (const AuthVerdict::Id& id : auth.verdict.ids) auth.ids.push_back({id.scheme, id.id});
    AuthResult result;
    result.channel = auth.channel;
    result.ok = auth.verdict.kind == AuthVerdict::Kind::kAccepted;
    result.ids = auth.ids;
    inputs_.push_back(result);
  }
  inputs_.insert(inputs_.end(), pending_inputs_.begin(), pending_inputs_.end());
  pending_inputs_.clear();
}

void Driver::adopt(NewSocket& socket) {
  ChannelId id;
  const ChannelSet::Adoption adoption =
      parts_.channels.adopt(std::move(socket.socket), socket.peer, id, socket.kind, socket.dialed.has_value());
  if (adoption != ChannelSet::Adoption::kTaken) return refuse(socket, adoption);
  ChannelOpened opened;
  opened.channel = id;
  opened.kind = socket.kind;
  opened.peer = parts_.channels.peer(id)->host;
  opened.dialed = socket.dialed;
  inputs_.push_back(opened);
}

/// At most a line a second: a client in a loop must not fill the log.
void Driver::refuse(const NewSocket& socket, ChannelSet::Adoption why) {
  ++refusals_since_note_;
  const Instant now = monotonic_now();
  if (now < next_refusal_note_) return;
  next_refusal_note_ = now + Duration::seconds(1);
  std::string reason = "too many connections to the ports for other members";
  if (why == ChannelSet::Adoption::kTooMany) reason = fmt::format("maxCnxns is {}", parts_.limits.total);
  if (why == ChannelSet::Adoption::kTooManyFromAddress)
    reason = fmt::format("maxClientCnxns is {}", parts_.limits.per_address);
  log_warning(fmt::format("refused a connection from {}: {} ({} refused since the last such line)", socket.peer.host,
                          reason, refusals_since_note_));
  refusals_since_note_ = 0;
}

void Driver::take_report(const LaneReport& report) {
  if (report.synced) {
    storage_counters_.sync.add(report.took_ms);
    if (report.took_ms >= parts_.sync_warning_ms) {
      ++storage_counters_.slow_syncs;
      log_warning(
          fmt::format("the disk took {} ms to make the transaction log durable; writes waited for it", report.took_ms));
    }
  }
  for (const StorageCompletion& completion : report.completions) {
    inputs_.push_back(to_input(completion));
    if (completion.kind == StorageCompletion::Kind::kLogTruncated ||
        completion.kind == StorageCompletion::Kind::kReloaded) {
      log_notes(completion.text);
    }
    if (completion.kind == StorageCompletion::Kind::kSnapshotDurable && snapshot_begun_ != Instant::never()) {
      storage_counters_.snapshot.add((monotonic_now() - snapshot_begun_).to_millis());
      snapshot_begun_ = Instant::never();
    }
  }
}

/// What the store found out while it cut or re-read its files, a line each.
void Driver::log_notes(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    log_info(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    noted_ = true;
  }
}

void Driver::carry_out() {
  for (const Effect& effect : effects_.list()) {
    switch (lane_of(effect.kind)) {
      case Lane::kChannel:
        carry_out_channel(effect);
        break;
      case Lane::kLog:
        parts_.log_lane.enqueue(effect, effects_.payload(effect));
        break;
      case Lane::kSnapshot:
        if (effect.kind == EffectKind::kBeginSnapshot) snapshot_begun_ = monotonic_now();
        parts_.snapshot_lane.enqueue(effect, effects_.payload(effect));
        break;
      case Lane::kControl:
        carry_out_control(effect);
        break;
    }
  }
  parts_.log_lane.submit();
  parts_.snapshot_lane.submit();
  if (noted_) flush_log();
  noted_ = false;
}

void Driver::carry_out_control(const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::kDialElection:
      return parts_.dial(ChannelKind::kElection, ServerId{effect.argument});
    case EffectKind::kDialLeader:
      return parts_.dial(ChannelKind::kLearner, ServerId{effect.argument});
    case EffectKind::kHalt:
      exit_code_ = static_cast<int>(effect.argument);
      log_line(*exit_code_ == 0 ? NoteLevel::kInfo : NoteLevel::kError, effects_.payload(effect));
      break;
    default:
      log_line(static_cast<NoteLevel>(effect.argument), effects_.payload(effect));
  }
  noted_ = true;
}

void Driver::carry_out_channel(const Effect& effect) {
  switch (effect.kind) {
    case EffectKind::kSend:
      return parts_.channels.send(effect.channel, effects_.payload(effect));
    case EffectKind::kClose:
      return parts_.channels.close(effect.channel);
    case EffectKind::kPauseReading:
      return parts_.channels.pause_reading(effect.channel);
    case EffectKind::kResumeReading:
      return parts_.channels.resume_reading(effect.channel);
    case EffectKind::kAwaitDrain:
      return parts_.channels.await_drain(effect.channel);
    case EffectKind::kAuthenticate:
      return authenticate(effect);
    case EffectKind::kAdminCommand:
      return answer_word(effect);
    default:
      KUNREACHABLE();
  }
}

void Driver::authenticate(const Effect& effect) {
  const PeerAddress* peer = parts_.channels.peer(effect.channel);
  if (peer == nullptr) return;  // gone meanwhile: the kernel hears of it
  ByteReader reader(effects_.payload(effect));
  const std::string_view scheme = reader.ustring();
  const MaybeBytes credential = reader.buffer();
  KASSERT(reader.ok());
  PendingAuth pending;
  pending.channel = effect.channel;
  pending.verdict = parts_.authenticator.authenticate(scheme, credential, peer->host);
  if (pending.verdict.kind != AuthVerdict::Kind::kAccepted) {
    log_warning(fmt::format("authentication of {} refused: {}", peer->endpoint(), pending.verdict.reason));
    noted_ = true;
  }
  if (pending.verdict.kind == AuthVerdict::Kind::kDropped) {
    parts_.channels.close(effect.channel);
    pending_inputs_.push_back(ChannelClosed{effect.channel});
    return;
  }
  pending_auths_.push_back(std::move(pending));
}

void Driver::answer_word(const Effect& effect) {
  KASSERT(words_ != nullptr);
  parts_.channels.pause_reading(effect.channel);
  AdminReply reply = words_->answer(effects_.payload(effect));
  texts_.push_back(std::move(reply.text));
  parts_.channels.send(effect.channel, texts_.back());
  parts_.channels.close(effect.channel);
  pending_inputs_.push_back(ChannelClosed{effect.channel});
  if (reply.reset_server) storage_counters_ = StorageCounters{};
  if (reply.reset_server || reply.reset_connections) {
    pending_inputs_.push_back(ResetStatistics{reply.reset_server, reply.reset_connections});
  }
}

}  // namespace vivarium
