#include "kernel/replica.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "kernel/replica/client_port.h"
#include "kernel/replica/housekeeping.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"

namespace vivarium {

namespace {

constexpr std::int64_t kExitClean = 0;
constexpr std::int64_t kExitUnusableData = 2;
constexpr std::int64_t kExitStorageFailed = 10;

void halt(ReplicaState& s, std::int64_t code, std::string_view reason, Effects& out) {
  KASSERT(!s.halted);
  s.halted = true;
  out.emit(EffectKind::kHalt, {}, {}, code, reason);
}

void storage_failed(ReplicaState& s, std::string_view what, Effects& out) {
  NoteText note;
  note.text("storage failed, nothing more can be acknowledged: ").text(what);
  out.note(NoteLevel::kError, note.line());
  halt(s, kExitStorageFailed, note.line(), out);
}

void boot(ReplicaState& s, Effects& out) {
  s.booted = true;
  if (s.verdict == RecoveryVerdict::kFaulty) {
    return halt(s, kExitUnusableData, "known entries of the log or snapshot are damaged and nobody else has them", out);
  }
  s.snapshots.boot(s.config, s.tree, s.sessions, out);
  if (!s.snapshots.base_missing()) remove_orphans(s, out);
}

void reset_statistics(ReplicaState& s, const ResetStatistics& reset) {
  if (reset.server) {
    const std::int64_t outstanding = s.counters.outstanding;
    s.counters = ServerCounters{};
    s.counters.outstanding = outstanding;
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

/// One overload per input. Each leaves the state consistent, so that any split of a sequence into batches is legal.
struct InputHandler {
  ReplicaState& s;
  Effects& out;

  void operator()(const ChannelOpened& in) const { open_connection(s, in, out); }
  void operator()(const ChannelBytes& in) const { take_bytes(s, in, out); }
  void operator()(const ChannelClosed& in) const { forget_connection(s, in.channel); }
  void operator()(const ChannelDrained& in) const { take_drained(s, in.channel, out); }
  void operator()(const LogDurable& in) const {
    if (s.committer.log_durable(in)) commit_released(s, out);
  }
  // Members of an ensemble only.
  void operator()(const EpochDurable&) const {}
  void operator()(const DialFailed&) const {}
  void operator()(const LogTruncated&) const {}
  void operator()(const Reloaded&) const {}
  void operator()(const LogRead&) const {}
  void operator()(const SnapshotChunkWritten& in) const { s.snapshots.chunk_written(in.snapshot); }
  void operator()(const SnapshotDurable& in) const {
    s.snapshots.durable(in.snapshot, s.counters);
    release_stalled(s, out);  // a fresh server serves from here on
  }
  void operator()(const SnapshotFailed& in) const {
    if (!s.snapshots.failed(in.snapshot, s.counters, out)) {
      halt(s, kExitStorageFailed, "the first snapshot of the data directory could not be written", out);
    }
  }
  void operator()(const StorageFailed& in) const { storage_failed(s, in.what, out); }
  void operator()(const AuthResult& in) const { take_auth_result(s, in, out); }
  void operator()(const WallClock& in) const { s.wall = in.now; }
  void operator()(const Shutdown&) const {
    if (s.shutting_down) return;
    s.shutting_down = true;
    out.note(NoteLevel::kInfo, "shutting down");
  }
  void operator()(const ResetStatistics& in) const { reset_statistics(s, in); }
};

void end_step(ReplicaState& s, Effects& out) {
  keep_house(s, out);
  s.snapshots.step_ends(s.config, s.tree, s.now, out);
  if (s.unsynced) {
    s.unsynced = false;
    out.emit(EffectKind::kSyncLog, {}, s.committer.last_proposed(),
             static_cast<std::int64_t>(s.committer.incarnation().value));
  }
  if (s.shutting_down && s.proposals.empty()) halt(s, kExitClean, "shut down", out);
}

SessionId first_free_session(const Config& config, const RecoveredState& recovered, WallTime wall) {
  const SessionId by_clock = first_session_id(config.my_id, wall);
  if (recovered.max_session_id.value == 0) return by_clock;
  return std::max(by_clock, next_session_id(recovered.max_session_id));
}

RequestOptions request_options(const Config& config) {
  RequestOptions options;
  options.skip_acl = config.skip_acl;
  options.enforce_quota = config.enforce_quota;
  options.close_session_txn = config.close_session_txn_enabled;
  options.max_txn = static_cast<std::size_t>(config.max_txn);
  return options;
}

constexpr std::uint64_t kDrawIncarnation = 0x696e63;

}  // namespace

ReplicaState::ReplicaState(const Config& settings, RecoveredState&& recovered, Seed seed, Instant boot_time,
                           WallTime boot_wall)
    : config(settings),
      now(boot_time),
      wall(boot_wall),
      verdict(recovered.verdict),
      tree(std::move(recovered.tree)),
      sessions(std::move(recovered.sessions)),
      preparer(request_options(settings)),
      committer(recovered.last_zxid, Incarnation{draw(seed, kDrawIncarnation, 0)}),
      ensemble(settings, recovered),
      snapshots(settings, recovered, seed, boot_time),
      next_session(first_free_session(settings, recovered, boot_wall)) {
  KIMPLIES(verdict != RecoveryVerdict::kFaulty, tree.last_processed_zxid() == recovered.last_zxid);
  sessions.start_tracking(boot_time, settings.tick);
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
  committer.hash_into(hash);
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
  hash.add(static_cast<std::uint64_t>(timers.next_scan.nanos));
  hash.add(static_cast<std::uint64_t>(timers.next_removal.nanos));
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
  }
  if (!s.halted) end_step(s, out);
}

Instant Replica::next_deadline() const {
  const ReplicaState& s = *state_;
  if (s.halted) return Instant::never();
  if (!s.booted) return s.now;
  return std::min(next_housekeeping(s), s.snapshots.next_deadline());
}

const DataTree& Replica::tree() const { return state_->tree; }
const SessionTable& Replica::sessions() const { return state_->sessions; }
const WatchTable& Replica::watches() const { return state_->watches; }
const ServerCounters& Replica::counters() const { return state_->counters; }
const DigestLog& Replica::digests() const { return state_->digests; }
const Config& Replica::config() const { return state_->config; }
Zxid Replica::last_proposed() const { return state_->committer.last_proposed(); }
Zxid Replica::last_durable() const { return state_->committer.last_durable(); }
bool Replica::halted() const { return state_->halted; }
MemberView Replica::member() const {
  const ReplicaState& s = *state_;
  MemberView view;
  view.serving = s.booted && !s.halted && !s.snapshots.base_missing();
  view.last_logged = s.committer.last_proposed();
  view.last_durable = s.committer.last_durable();
  view.committed = s.committer.committed();
  view.applied = s.tree.last_processed_zxid();
  return view;
}
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
