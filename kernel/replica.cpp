#include "kernel/replica.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "kernel/replica/client_port.h"
#include "kernel/replica/housekeeping.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"

namespace vivarium {

namespace {

constexpr std::int64_t kExitClean = 0;
constexpr std::int64_t kExitUnusableData = 2;
constexpr std::int64_t kExitStorageFailed = 10;
constexpr std::uint64_t kDrawFirstSession = 0x736964;
constexpr std::uint64_t kSessionSpreadMs = std::uint64_t{1} << 23;  // above two hours

void halt(ReplicaState& s, std::int64_t code, std::string_view reason, Effects& out) {
  KASSERT(!s.halted);
  s.halted = true;
  out.emit(EffectKind::kHalt, {}, {}, code, reason);
}

void storage_failed(ReplicaState& s, std::string_view what, Effects& out) {
  if (KMUTANT(s.config.mutant, kStorageFailureIgnored)) return;
  NoteText note;
  note.text("storage failed, nothing more can be acknowledged: ").text(what);
  out.note(NoteLevel::kError, note.line());
  halt(s, kExitStorageFailed, note.line(), out);
}

void boot(ReplicaState& s, Effects& out) {
  s.booted = true;
  if (s.ensemble.enabled) {
    // Snapshots of anything but committed state are left for later; an empty directory needs its first one now.
    if (!s.snapshots.base_missing()) return;
    if (!s.ensemble.epochs_missing) return s.snapshots.boot(s.config, s.tree, s.sessions, out);
    // The operator's word that this server is new goes with the first snapshot: what it stands for is written before.
    s.ensemble.epochs_missing = false;
    s.ensemble.epochs.write(s.ensemble.epochs.accepted(), s.ensemble.epochs.current(), out);
    return;
  }
  if (s.verdict == RecoveryVerdict::kFaulty) {
    return halt(s, kExitUnusableData, "known entries of the log or snapshot are damaged and nobody else has them", out);
  }
  s.snapshots.boot(s.config, s.tree, s.sessions, out);
  if (!s.snapshots.base_missing()) remove_orphans(s, out);
}

void reset_statistics(ReplicaState& s, const ResetStatistics& reset) {
  if (reset.server) {
    const ServerCounters before = s.counters;
    s.counters = ServerCounters{};
    s.counters.outstanding = before.outstanding;
    s.counters.connection_drop_odds = before.connection_drop_odds;
  }
  if (!reset.connections) return;
  s.connections.for_each([](Connection& connection) {
    connection.received = 0;
    connection.sent = 0;
    connection.last_op = OpCode::kNotification;
    connection.last_xid = Xid{-1};
    connection.last_zxid = Zxid{-1};
    connection.last_response = WallTime{};
    connection.last_latency_ms = 0;
    connection.latency = LatencyStats{};
  });
}

void log_durable(ReplicaState& s, const LogDurable& in, Effects& out) {
  if (!s.progress.log_durable(in)) return;
  if (!s.ensemble.enabled) {
    s.progress.commit(s.progress.last_durable());
    commit_released(s, out);
  } else if (s.ensemble.role == Role::kLeading) {
    leader_log_durable(s, out);
  } else if (is_learning(s)) {
    learner_log_durable(s, out);
  }
}

void snapshot_durable(ReplicaState& s, Zxid snapshot, Effects& out) {
  s.snapshots.durable(snapshot, s.counters);
  if (is_learning(s)) learner_snapshot_durable(s, out);
  release_stalled(s, out);  // a fresh server serves from here on
}

void snapshot_failed(ReplicaState& s, Zxid snapshot, Effects& out) {
  if (!s.snapshots.failed(snapshot, s.counters, out)) {
    return halt(s, kExitStorageFailed, "the first snapshot of the data directory could not be written", out);
  }
  if (is_learning(s)) learner_snapshot_failed(s, out);
}

void epochs_durable(ReplicaState& s, const EpochDurable& in, Effects& out) {
  if (!s.ensemble.epochs.durable(in)) return;
  if (s.snapshots.base_missing() && !s.snapshots.in_progress()) s.snapshots.boot(s.config, s.tree, s.sessions, out);
  if (s.ensemble.role == Role::kLeading) leader_epoch_durable(s, out);
  if (is_learning(s)) learner_epoch_durable(s, out);
}

/// A channel is a client's, a link of the election port, a learner of ours, or our link to the leader.
void channel_opened(ReplicaState& s, const ChannelOpened& in, Effects& out) {
  if (in.kind == ChannelKind::kClient) return open_connection(s, in, out);
  if (!s.ensemble.enabled) return out.emit(EffectKind::kClose, in.channel);
  if (in.kind == ChannelKind::kElection) return open_election_channel(s, in, out);
  if (in.dialed) return learner_link_opened(s, in, out);
  leader_link_opened(s, in, out);
}

bool is_leader_link(const ReplicaState& s, ChannelId channel) {
  return s.ensemble.learner.linked && s.ensemble.learner.channel == channel;
}

void channel_bytes(ReplicaState& s, const ChannelBytes& in, Effects& out) {
  if (s.ensemble.enabled) {
    if (is_leader_link(s, in.channel)) return take_leader_bytes(s, in.bytes, out);
    if (LearnerLink* link = find_link(s, in.channel)) return take_learner_bytes(s, *link, in.bytes, out);
    if (is_election_channel(s, in.channel)) return take_election_bytes(s, in, out);
  }
  take_bytes(s, in, out);
}

void channel_closed(ReplicaState& s, ChannelId channel, Effects& out) {
  if (s.ensemble.enabled) {
    if (is_leader_link(s, channel)) {
      s.ensemble.learner.linked = false;
      return leave_role(s, "the leader closed the link", out);
    }
    if (find_link(s, channel) != nullptr) return leader_link_closed(s, channel, out);
    if (forget_election_channel(s, channel)) return;
  }
  forget_connection(s, channel);
}

void dial_failed(ReplicaState& s, const DialFailed& in) {
  if (in.kind == ChannelKind::kElection) return election_dial_failed(s, in.server);
  learner_dial_failed(s, in.server);
}

/// One overload per input. Each leaves the state consistent, so that any split of a sequence into batches is legal.
struct InputHandler {
  ReplicaState& s;
  Effects& out;

  void operator()(const ChannelOpened& in) const { channel_opened(s, in, out); }
  void operator()(const ChannelBytes& in) const { channel_bytes(s, in, out); }
  void operator()(const ChannelClosed& in) const { channel_closed(s, in.channel, out); }
  void operator()(const ChannelDrained& in) const {
    leader_link_drained(s, in.channel, out);
    take_drained(s, in.channel, out);
  }
  void operator()(const DialFailed& in) const { dial_failed(s, in); }
  void operator()(const LogDurable& in) const { log_durable(s, in, out); }
  void operator()(const EpochDurable& in) const { epochs_durable(s, in, out); }
  void operator()(const LogTruncated& in) const {
    if (is_learning(s)) learner_log_truncated(s, in, out);
  }
  void operator()(const Reloaded& in) const { take_reloaded(s, in, out); }
  void operator()(const LogRead& in) const { leader_log_read(s, in, out); }
  void operator()(const SnapshotChunkWritten& in) const { s.snapshots.chunk_written(in.snapshot); }
  void operator()(const SnapshotDurable& in) const { snapshot_durable(s, in.snapshot, out); }
  void operator()(const SnapshotFailed& in) const { snapshot_failed(s, in.snapshot, out); }
  void operator()(const StorageFailed& in) const { storage_failed(s, in.what, out); }
  void operator()(const AuthResult& in) const { take_auth_result(s, in, out); }
  void operator()(const WallClock& in) const { s.wall = in.now; }
  void operator()(const Shutdown&) const {
    if (s.shutting_down) return;
    s.shutting_down = true;
    const Duration limit = s.config.throttle.shutdown_timeout;
    if (limit != Duration{}) s.timers.shutdown_by = s.now + limit;
    out.note(NoteLevel::kInfo, "shutting down");
  }
  void operator()(const ResetStatistics& in) const { reset_statistics(s, in); }
};

void shut_down(ReplicaState& s, Effects& out) {
  // A member's outstanding txns are the quorum's business; what is in its log is there when it comes back.
  if (s.proposals.empty() || s.ensemble.enabled) return halt(s, kExitClean, "shut down", out);
  if (s.now < s.timers.shutdown_by) return;
  NoteText note;
  note.text("shut down; ").number(static_cast<std::int64_t>(s.proposals.size()));
  halt(s, kExitClean, note.text(" requests are not answered, because the disk takes too long").line(), out);
}

void end_step(ReplicaState& s, Effects& out) {
  keep_roles(s, out);
  keep_house(s, out);
  if (s.ensemble.leaving) keep_roles(s, out);  // its own housekeeping may use an epoch up
  // What a leader's snapshot brought stands in no log; our own snapshot of it is what makes it durable.
  const Zxid covered = s.ensemble.learner.memory_only ? s.tree.last_processed_zxid() : s.progress.last_durable();
  s.snapshots.step_ends(s.config, s.tree, covered, s.now, out);
  if (s.unsynced) {
    s.unsynced = false;
    out.emit(EffectKind::kSyncLog, {}, s.progress.last_logged(),
             static_cast<std::int64_t>(s.progress.incarnation().value));
  }
  if (s.shutting_down) shut_down(s, out);
}

/// Apart from every id that this server has given. A session that is over leaves no trace once a snapshot was written,
/// so it is the wall clock that keeps lives apart. Where what was written is ahead of it (it was set back, or other
/// members' clocks run ahead: that cannot be told), this life begins somewhere in the hours behind that, each at
/// another place.
SessionId first_free_session(const Config& config, const RecoveredState& recovered, WallTime wall, Seed seed) {
  const SessionId by_clock = first_session_id(config.my_id, wall);
  const SessionId by_times = first_session_id(config.my_id, recovered.newest_time);
  const SessionId known = recovered.max_session_id.value == 0 ? by_times : std::max(by_times, recovered.max_session_id);
  if (KMUTANT(config.mutant, kIdsBeginAnew)) return first_session_id(config.my_id, WallTime{});
  if (by_clock > known) return by_clock;
  constexpr std::uint64_t kMillisecond = std::uint64_t{1} << 16;  // ids in it
  const std::uint64_t ahead = 1 + draw_below(seed, kDrawFirstSession, 0, kSessionSpreadMs);
  const std::uint64_t last = static_cast<std::uint64_t>(known.value);
  const std::uint64_t begin = (last / kMillisecond + ahead) * kMillisecond;
  const bool other_server = (begin ^ last) >> 56 != 0;
  return other_server ? next_session_id(known) : SessionId{static_cast<std::int64_t>(begin)};
}

RequestOptions request_options(const Config& config) {
  RequestOptions options;
  options.skip_acl = config.skip_acl;
  options.enforce_quota = config.enforce_quota;
  options.close_session_txn = config.close_session_txn_enabled;
  options.max_txn = static_cast<std::size_t>(config.max_txn);
#ifdef VIVARIUM_MUTANTS
  options.mutant = config.mutant;
#endif
  return options;
}

}  // namespace

ReplicaState::ReplicaState(const Config& settings, RecoveredState&& recovered, Seed boot_seed, Instant boot_time,
                           WallTime boot_wall)
    : config(settings),
      times_arrivals(settings.throttle.max_wait != Duration{} || settings.throttle.stale_latency_check),
      seed(boot_seed),
      now(boot_time),
      wall(boot_wall),
      verdict(recovered.verdict),
      tree(std::move(recovered.tree)),
      sessions(std::move(recovered.sessions)),
      preparer(request_options(settings)),
      progress(recovered.last_zxid, next_incarnation(*this)),
      window(std::move(recovered.recent)),
      ensemble(settings, recovered),
      snapshots(settings, recovered, boot_seed, boot_time),
      connection_throttle(settings.connection_throttle, boot_time),
      next_session(first_free_session(settings, recovered, boot_wall, boot_seed)) {
  KIMPLIES(verdict != RecoveryVerdict::kFaulty, tree.last_processed_zxid() == recovered.last_zxid);
  if (!ensemble.enabled) sessions.start_tracking(boot_time, settings.tick);
  if (!ensemble.enabled) progress.commit(recovered.last_zxid);
  window.set_limits(static_cast<std::size_t>(std::max(settings.commit_log_count, 1)), limits::kMaxCommittedLog);
  timers.next_scan = boot_time + settings.container_check_interval;
  timers.next_removal = boot_time;
}

void ReplicaState::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(now.nanos));
  hash.add(static_cast<std::uint64_t>(wall.millis));
  hash.add(static_cast<std::uint64_t>(verdict));
  hash.add(std::uint64_t{booted} | std::uint64_t{unsynced} << 1 | std::uint64_t{shutting_down} << 2 |
           std::uint64_t{halted} << 3);
  tree.hash_into(hash);
  sessions.hash_into(hash);
  watches.hash_into(hash);
  preparer.hash_into(hash);
  proposals.hash_into(hash);
  progress.hash_into(hash);
  window.hash_into(hash);
  ensemble.hash_into(hash);
  hash.add(incarnations);
  snapshots.hash_into(hash);
  hash.add(static_cast<std::uint64_t>(next_session.value));
  hash.add(connections.size());
  connections.for_each([&hash](const Connection& connection) { connection.hash_into(hash); });
  hash.add(stalled.size());
  for (std::size_t i = 0; i < stalled.size(); ++i) {
    hash.add((std::uint64_t{stalled[i].slot} << 32) | stalled[i].generation);
  }
  hash.add(timers.handshakes.size());
  for (std::size_t i = 0; i < timers.handshakes.size(); ++i) {
    hash.add(static_cast<std::uint64_t>(timers.handshakes[i].due.nanos));
    hash.add((std::uint64_t{timers.handshakes[i].channel.slot} << 32) | timers.handshakes[i].channel.generation);
  }
  connection_throttle.hash_into(hash);
  hash.add(static_cast<std::uint64_t>(large_bytes));
  hash.add(static_cast<std::uint64_t>(timers.shutdown_by.nanos));
  hash.add(static_cast<std::uint64_t>(timers.next_scan.nanos));
  hash.add(static_cast<std::uint64_t>(timers.next_removal.nanos));
  refusals.hash_into(hash);
  hash.add(timers.doomed.size());
  for (std::size_t i = 0; i < timers.doomed.size(); ++i) hash.add(view(timers.doomed[i]));
}

Replica::Replica(const Config& config, RecoveredState&& recovered, Seed seed, Instant now, WallTime wall)
    : state_(std::make_unique<ReplicaState>(config, std::move(recovered), seed, now, wall)) {}
Replica::Replica(const Replica& other) : state_(std::make_unique<ReplicaState>(*other.state_)) {}
Replica& Replica::operator=(const Replica& other) {
  if (this != &other) state_ = std::make_unique<ReplicaState>(*other.state_);
  return *this;
}
Replica::Replica(Replica&&) noexcept = default;
Replica& Replica::operator=(Replica&&) noexcept = default;
Replica::~Replica() = default;

void Replica::step(Instant now, std::span<const Input> inputs, Effects& out) {
  ReplicaState& s = *state_;
  if (s.halted) return;
  KASSERT(now >= s.now);
  s.now = now;
  if (!s.booted) boot(s, out);
  for (const Input& input : inputs) {
    if (s.halted) return;
    std::visit(InputHandler{s, out}, input);
    if (!s.halted) end_left_role(s, out);
  }
  if (!s.halted) end_step(s, out);
}

Instant Replica::next_deadline() const {
  const ReplicaState& s = *state_;
  if (s.halted) return Instant::never();
  if (!s.booted) return s.now;
  return std::min({next_housekeeping(s), s.snapshots.next_deadline(), next_role_deadline(s), s.timers.shutdown_by});
}

const DataTree& Replica::tree() const { return state_->tree; }
const SessionTable& Replica::sessions() const { return state_->sessions; }
const WatchTable& Replica::watches() const { return state_->watches; }
const ServerCounters& Replica::counters() const { return state_->counters; }
const DigestLog& Replica::digests() const { return state_->digests; }
const Config& Replica::config() const { return state_->config; }
Zxid Replica::last_proposed() const { return state_->progress.last_logged(); }
Zxid Replica::last_durable() const { return state_->progress.last_durable(); }
bool Replica::halted() const { return state_->halted; }
namespace {

bool is_resynchronizing(const ReplicaState& s) {
  using Phase = LearnerState::Phase;
  const Ensemble& e = s.ensemble;
  return e.reload_wanted || e.reloading || e.learner.memory_only || e.learner.phase == Phase::kTruncating;
}

}  // namespace

MemberView Replica::member() const {
  const ReplicaState& s = *state_;
  const Ensemble& e = s.ensemble;
  MemberView view;
  view.role = e.role;
  view.serving = s.booted && !s.halted && is_serving(s);
  view.read_only = s.booted && !s.halted && is_read_only(s);
  view.knows_its_history = e.history_known && e.standing != Standing::kGuest;
  view.accepted_epoch = e.epochs.accepted();
  view.current_epoch = e.epochs.current();
  view.round = e.election.round().value;
  if (e.election.looking()) {
    const Vote& vote = e.election.vote();
    view.vote_leader = vote.leader;
    view.vote_epoch = vote.peer_epoch;
    view.vote_zxid = vote.zxid;
  }
  view.last_logged = s.progress.last_logged();
  // While disk and memory are being brought together, what memory remembers says nothing about the disk.
  view.last_durable = is_resynchronizing(s) ? Zxid{} : s.progress.last_durable();
  view.committed = s.progress.committed();
  view.applied = s.tree.last_processed_zxid();
  view.ahead_of_disk = e.reload_wanted || e.reloading || is_between_histories(e.learner);
  if (e.role == Role::kLeading) {
    view.leader = s.config.my_id;
    view.leader_epoch = e.leader.epoch;
    view.established = is_leading(s);
    view.pending_syncs = static_cast<std::int64_t>(e.leader.answers_due.size());
    view.established_at = e.leader.established_at;
    for (const LearnerLink& link : e.leader.links) {
      if (link.phase != LearnerLink::Phase::kGreeting) ++view.learners;
      if (link.phase != LearnerLink::Phase::kServing) continue;
      ++(link.observer ? view.synced_observers : view.synced_followers);
      if (!link.observer && link.voter == Quorum::kNotAVoter) ++view.synced_non_voters;
    }
  } else if (is_learning(s)) {
    view.leader = e.learner.leader;
    view.leader_epoch = e.learner.new_epoch;
  }
  return view;
}
const Probes& Replica::probes() const { return state_->probes; }
std::size_t Replica::connection_count() const { return state_->connections.size(); }

void Replica::for_each_connection(void (*visit)(void* context, const ConnectionView&), void* context) const {
  state_->connections.for_each([=](const Connection& connection) { visit(context, connection.show()); });
}

StateHash Replica::digest() const {
  StateHash hash;
  state_->hash_into(hash);
  return hash;
}

}  // namespace vivarium
