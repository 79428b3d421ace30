#include "kernel/replica/learner.h"

#include <algorithm>
#include <utility>

#include "kernel/base/slice.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

using Phase = LearnerState::Phase;

/// A leader that decides later than we do (Apache's waits 200 ms for better votes) does not listen yet.
constexpr Duration kFirstRedial = Duration::millis(25);
constexpr std::int32_t kMostDials = 6;
constexpr std::int32_t kMostPauseDoublings = 3;  // of a tick

Duration ticks(const ReplicaState& s, std::int32_t count) { return s.config.tick * count; }

/// Packets are held back while something must become durable first.
bool takes_packets(Phase phase) {
  switch (phase) {
    case Phase::kGreeted:
    case Phase::kSyncing:
    case Phase::kLoading:
    case Phase::kAcknowledged:
    case Phase::kCatchingUp:
    case Phase::kServing:
      return true;
    default:
      return false;
  }
}

/// A guest is nobody in the configuration, so that no leader, of whatever make, counts it.
ServerId name_for_leader(const ReplicaState& s) {
  const LearnerState& l = s.ensemble.learner;
  if (KMUTANT(s.config.mutant, kGuestCounts)) return s.config.my_id;
  return is_guest_voter(l) ? ServerId{s.config.my_id.value + limits::kGuestOffset} : s.config.my_id;
}

void greet(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  Vector<char> data;
  ByteWriter writer(data);
  encode(writer, LearnerInfo{name_for_leader(s), kProtocolVersion, 0});
  QuorumPacket info;
  const bool uncounted = l.guest && !KMUTANT(s.config.mutant, kGuestCounts);
  info.type = uncounted || l.observer ? PacketType::kObserverInfo : PacketType::kFollowerInfo;
  info.zxid = Zxid::make(s.ensemble.epochs.accepted(), 0);
  info.data = view(data);
  send_packet(s, l.channel, info, out);
  l.phase = Phase::kGreeted;
}

/// `epoch`: currentEpoch, or -1 when this epoch was promised before and must not count twice.
void confirm_epoch(ReplicaState& s, std::int32_t epoch, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  char data[4];
  store_big_endian(data, static_cast<std::uint32_t>(epoch));
  QuorumPacket ack;
  ack.type = PacketType::kAckEpoch;
  ack.zxid = s.progress.last_logged();
  ack.data = std::string_view(data, sizeof data);
  send_packet(s, l.channel, ack, out);
  l.phase = Phase::kSyncing;
}

void take_leader_info(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  DurableEpoch& epochs = s.ensemble.epochs;
  if (packet.type != PacketType::kLeaderInfo) return leave_role(s, "the leader did not begin with LEADERINFO", out);
  l.new_epoch = packet.zxid.epoch();
  if (l.guest) {
    if (l.new_epoch < epochs.current()) return leave_role(s, "the leader's epoch is older than one we joined", out);
    return confirm_epoch(s, 0, out);
  }
  if (l.new_epoch < epochs.accepted()) {
    // Nobody counted an observer's promise, so it binds nobody; what it holds of a later epoch does.
    if (l.observer && l.new_epoch >= epochs.current()) return confirm_epoch(s, -1, out);
    return leave_role(s, "the leader's epoch is older than one we promised", out);
  }
  if (l.new_epoch == epochs.accepted()) return confirm_epoch(s, -1, out);
  epochs.write(l.new_epoch, epochs.current(), out);
  if (KMUTANT(s.config.mutant, kPromiseNotAwaited))
    return confirm_epoch(s, static_cast<std::int32_t>(epochs.current().value), out);
  l.phase = Phase::kPromising;
}

void take_packet(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  switch (s.ensemble.learner.phase) {
    case Phase::kGreeted:
      return take_leader_info(s, packet, out);
    case Phase::kSyncing:
    case Phase::kAcknowledged:
      return take_sync_packet(s, packet, out);
    case Phase::kCatchingUp:
    case Phase::kServing:
      return take_serving_packet(s, packet, out);
    default:
      break;
  }
  KUNREACHABLE();
}

/// Takes one piece off the front of `bytes`; 0: the rest must wait.
std::size_t take_piece(ReplicaState& s, std::string_view bytes, Effects& out) {
  if (s.ensemble.learner.phase == Phase::kLoading) return take_snapshot_bytes(s, bytes, out);
  const QuorumPacketParse parse = parse_quorum_packet(bytes, static_cast<std::size_t>(s.config.max_txn));
  if (parse.status == QuorumPacketParse::Status::kMalformed) leave_role(s, "the leader sent a malformed packet", out);
  if (parse.status != QuorumPacketParse::Status::kWhole) return 0;
  take_packet(s, parse.packet, out);
  return parse.size;
}

std::size_t take_pieces(ReplicaState& s, std::string_view bytes, Effects& out) {
  std::size_t taken = 0;
  while (taken < bytes.size() && !s.ensemble.leaving && takes_packets(s.ensemble.learner.phase)) {
    const std::size_t size = take_piece(s, slice(bytes, taken), out);
    if (size == 0) break;
    taken += size;
  }
  return taken;
}

void update_flow(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  const bool full = !takes_packets(l.phase) && l.unfinished.size() >= limits::kMaxBufferedPerChannel;
  if (full == l.paused) return;
  l.paused = full;
  // What the leader says meanwhile is still on its way: the silence until here was ours.
  if (!full) l.last_heard = s.now;
  out.emit(full ? EffectKind::kPauseReading : EffectKind::kResumeReading, l.channel);
}

Instant read_deadline(const ReplicaState& s) {
  const LearnerState& l = s.ensemble.learner;
  const bool synced = l.phase == Phase::kAcknowledged || is_up_to_date(l);
  const std::int32_t limit = synced ? s.config.ensemble.sync_limit : s.config.ensemble.init_limit;
  return l.last_heard + ticks(s, limit);
}

void dial(ReplicaState& s, Effects& out) {
  s.ensemble.learner.retry_at = Instant::never();
  out.emit(EffectKind::kDialLeader, {}, {}, s.ensemble.learner.leader.value);
}

/// While the disk takes or gives back nothing, each attempt costs the leader a whole snapshot and leaves one here.
Duration pause_before_dialing(const ReplicaState& s) {
  const std::int32_t wasted = s.ensemble.syncs_wasted;
  if (wasted <= 1) return Duration{};  // one may be chance
  return ticks(s, 1 << std::min(wasted - 2, kMostPauseDoublings));
}

void acknowledge_new_leader(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  QuorumPacket ack;
  ack.type = PacketType::kAck;
  ack.zxid = Zxid::make(l.new_epoch, 0);
  send_packet(s, l.channel, ack, out);
  l.phase = Phase::kAcknowledged;
  // The ack of NEWLEADER covers what preceded it and is applied.
  while (!l.to_acknowledge.empty() && l.to_acknowledge.front() <= s.progress.released()) l.to_acknowledge.pop_front();
  acknowledge_durable(s, out);
  learner_go_on(s, out);
}

}  // namespace

void forget_everything(ReplicaState& s) {
  s.tree = DataTree(s.tree.options());
  s.sessions = SessionTable();
  s.window.clear();
  s.proposals.clear();
  s.progress.restart(Zxid{}, next_incarnation(s));
  s.digests.exact_from(Zxid{});
  s.ensemble.learner.memory_only = true;
}

void start_learning(ReplicaState& s, ServerId leader, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  KASSERT(l.phase == Phase::kNone);
  KASSERT(s.proposals.empty());
  l.phase = Phase::kDialing;
  l.leader = leader;
  l.observer = s.ensemble.standing == Standing::kObserver;
  // An empty server that was not told that it is meant to be new may be one that lost its disk: the same cure.
  l.guest = !s.ensemble.history_known || s.ensemble.election.joins_as_guest();
  l.give_up_at = s.now + ticks(s, s.config.ensemble.init_limit);
  l.last_heard = s.now;
  const bool wants_everything = std::exchange(s.ensemble.wants_everything, false);
  if (l.guest || wants_everything) forget_everything(s);
  const Duration pause = pause_before_dialing(s);
  if (pause == Duration{}) return dial(s, out);
  l.retry_at = s.now + pause;
  l.give_up_at = l.give_up_at + pause;
}

void stop_learning(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.linked) out.emit(EffectKind::kClose, l.channel);
  l.linked = false;
}

void learner_link_opened(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  KASSERT(opened.dialed.has_value());
  const bool wanted = is_learning(s) && l.phase == Phase::kDialing && !l.linked && *opened.dialed == l.leader;
  if (!wanted || s.ensemble.leaving) return out.emit(EffectKind::kClose, opened.channel);
  l.linked = true;
  l.channel = opened.channel;
  l.last_heard = s.now;
  greet(s, out);
}

void learner_dial_failed(ReplicaState& s, ServerId server) {
  LearnerState& l = s.ensemble.learner;
  if (!is_learning(s) || l.phase != Phase::kDialing || server != l.leader) return;
  l.retry_at = s.now + kFirstRedial * (1 << l.failed_dials);
  ++l.failed_dials;
}

void take_leader_bytes(ReplicaState& s, std::string_view bytes, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (!bytes.empty()) l.last_heard = s.now;
  if (l.unfinished.empty()) {
    bytes.remove_prefix(take_pieces(s, bytes, out));
    l.unfinished.assign(bytes.begin(), bytes.end());
  } else {
    l.unfinished.insert(l.unfinished.end(), bytes.begin(), bytes.end());
    Vector<char> held;
    held.swap(l.unfinished);
    const std::size_t taken = take_pieces(s, view(held), out);
    held.erase(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(taken));
    l.unfinished = std::move(held);
  }
  if (!s.ensemble.leaving) update_flow(s, out);
}

void keep_learner(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase == Phase::kDialing) {
    if (s.now >= l.give_up_at || l.failed_dials >= kMostDials)
      return leave_role(s, "the leader cannot be reached", out);
    if (!l.linked && s.now >= l.retry_at) dial(s, out);
    return;
  }
  // While we wait for our own disk, the leader's silence cannot be judged.
  if (takes_packets(l.phase) && s.now >= read_deadline(s)) return leave_role(s, "the leader fell silent", out);
  acknowledge_durable(s, out);
}

Instant next_learner_deadline(const ReplicaState& s) {
  const LearnerState& l = s.ensemble.learner;
  if (l.phase == Phase::kDialing) return std::min(l.give_up_at, l.retry_at);
  return takes_packets(l.phase) ? read_deadline(s) : Instant::never();
}

void learner_epoch_durable(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase == Phase::kPromising) {
    confirm_epoch(s, static_cast<std::int32_t>(s.ensemble.epochs.current().value), out);
    return learner_go_on(s, out);
  }
  if (l.phase != Phase::kAdopting) return;
  if (l.caught_up) return become_member(s, out);
  acknowledge_new_leader(s, out);
}

void learner_log_durable(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase != Phase::kFlushing) return acknowledge_durable(s, out);
  if (s.progress.last_durable() < l.synced_to) return;
  const bool must_catch_up = is_guest_voter(l) && !l.caught_up && !KMUTANT(s.config.mutant, kGuestInHaste);
  if (must_catch_up || KMUTANT(s.config.mutant, kEpochAtUpToDate)) return acknowledge_new_leader(s, out);
  l.phase = Phase::kAdopting;
  s.ensemble.epochs.adopt(l.new_epoch, out);
  if (KMUTANT(s.config.mutant, kEpochNotAwaited)) acknowledge_new_leader(s, out);
}

void send_packet(ReplicaState&, ChannelId channel, const QuorumPacket& packet, Effects& out) {
  out.begin(EffectKind::kSend, channel);
  ByteWriter writer = out.writer();
  encode(writer, packet);
  out.end();
}

void learner_go_on(ReplicaState& s, Effects& out) {
  s.ensemble.learner.last_heard = s.now;
  take_leader_bytes(s, {}, out);
}

}  // namespace vivarium
