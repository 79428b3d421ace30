// What a learner is sent between its ACKEPOCH and NEWLEADER; see leader.h and zab/sync_plan.
#include "kernel/replica/leader.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/state.h"
#include "kernel/wire/quorum_packet.h"
#include "kernel/zab/sync_plan.h"

namespace vivarium {

namespace {

using LinkPhase = LearnerLink::Phase;

QuorumPacket packet_of(PacketType type, Zxid zxid, MaybeBytes data = std::nullopt) {
  QuorumPacket packet;
  packet.type = type;
  packet.zxid = zxid;
  packet.data = data;
  return packet;
}

void send_committed(ReplicaState& s, LearnerLink& link, Zxid zxid, std::string_view txn, Effects& out) {
  send_to_link(s, link, packet_of(PacketType::kProposal, zxid, txn), out);
  send_to_link(s, link, packet_of(PacketType::kCommit, zxid), out);
}

void send_window(ReplicaState& s, LearnerLink& link, std::size_t first, Effects& out) {
  for (std::size_t i = first; i < s.window.size(); ++i) {
    const CommittedLog::Entry entry = s.window[i];
    send_committed(s, link, entry.zxid, s.window.txn(entry), out);
  }
}

/// What is proposed and not committed, then NEWLEADER: from here on the link is sent live traffic.
void send_new_leader(ReplicaState& s, LearnerLink& link, Effects& out) {
  link.acked = s.tree.last_processed_zxid();
  if (!link.observer) {
    for (std::size_t i = 0; i < s.proposals.size(); ++i) {
      const Proposal proposal = s.proposals[i];
      send_to_link(s, link, packet_of(PacketType::kProposal, proposal.zxid, s.proposals.txn(proposal)), out);
    }
  }
  send_to_link(s, link,
               packet_of(PacketType::kNewLeader, Zxid::make(s.ensemble.leader.epoch, 0), view(s.config.ensemble.text)),
               out);
}

void tell(ReplicaState& s, const LearnerLink& link, Probe probe, std::string_view method, Zxid zxid, Effects& out) {
  s.probes.hit(probe);
  NoteText note;
  note.text("synchronising ").server(link.server).text(" at ").hex(link.last_zxid.value).text(" by ");
  out.note(NoteLevel::kInfo, note.text(method).text(" to ").hex(zxid.value).line());
}

/// Everything so far was sent; what gathered meanwhile follows.
void flush_backlog([[maybe_unused]] ReplicaState& s, LearnerLink& link, Effects& out) {
  link.phase = LinkPhase::kSynchronizing;
  if (KMUTANT(s.config.mutant, kBacklogLost)) link.backlog.clear();
  if (!link.backlog.empty()) out.emit(EffectKind::kSend, link.channel, {}, 0, view(link.backlog));
  link.backlog = Vector<char>();
}

void send_chunk(ReplicaState& s, LearnerLink& link, Effects& out) {
  KASSERT(link.stream.has_value());
  if (link.stream->finished()) {
    link.stream.reset();
    return flush_backlog(s, link, out);
  }
  out.begin(EffectKind::kSend, link.channel);
  ByteWriter writer = out.writer();
  link.stream->next_chunk(s.tree, limits::kSnapshotChunk, writer);
  out.end();
  link.awaiting_drain = true;
  out.emit(EffectKind::kAwaitDrain, link.channel);
}

void begin_snapshot(ReplicaState& s, LearnerLink& link, Effects& out) {
  const Zxid zxid = s.tree.last_processed_zxid();
  tell(s, link, Probe::kSnap, "SNAP", zxid, out);
  link.backlog.clear();
  link.held_commits.clear();
  link.phase = LinkPhase::kWaitingSync;  // the SNAP packet itself goes straight out
  send_to_link(s, link, packet_of(PacketType::kSnap, zxid), out);
  SnapshotOptions options;
  options.form = SnapshotForm::kStream;
  out.begin(EffectKind::kSend, link.channel);
  ByteWriter writer = out.writer();
  link.stream.emplace(s.tree, s.sessions, options, writer);
  out.end();
  link.phase = LinkPhase::kStreaming;
  send_new_leader(s, link, out);  // into the backlog
  send_chunk(s, link, out);
}

void read_log_behind(LearnerLink& link, Zxid after, Effects& out) {
  out.emit(EffectKind::kReadLog, link.channel, after, limits::kLogReadChunk);
}

/// The window begins too late for this learner, but the log on our disk may reach back to it.
void begin_log_read(ReplicaState& s, LearnerLink& link, Effects& out) {
  KASSERT(!s.window.empty());
  tell(s, link, Probe::kDiffFromLog, "DIFF from the log", s.tree.last_processed_zxid(), out);
  link.phase = LinkPhase::kReadingLog;
  link.log_until = s.window.min();
  link.log_is_sent = false;
  send_window(s, link, 1, out);
  send_new_leader(s, link, out);
  read_log_behind(link, link.last_zxid, out);
}

/// About what a node takes in a snapshot beside its path and data.
constexpr std::int64_t kNodeOverhead = 90;

/// Whether the log on disk is the cheaper way. How long it is can only be estimated: by the counters of one epoch, and
/// the txns of the window. A learner that has nothing lacks all that the snapshot holds.
bool log_is_worth_reading(const ReplicaState& s, Zxid from) {
  const std::int64_t percent = s.config.ensemble.log_percent_of_snapshot;
  if (s.window.empty() || percent < 0) return false;
  const auto snapshot = s.tree.approximate_data_size() + static_cast<std::int64_t>(s.tree.node_count()) * kNodeOverhead;
  const Zxid until = s.window.min();
  const bool one_epoch = from.epoch() == until.epoch();
  const std::int64_t txns = std::int64_t{until.counter()} - (one_epoch ? std::int64_t{from.counter()} : 0);
  const auto txn_size = static_cast<std::int64_t>(s.window.bytes() / s.window.size());
  const std::int64_t log = from == Zxid{} ? snapshot : txns * txn_size;
  return log <= snapshot / 100 * percent;
}

}  // namespace

void synchronize(ReplicaState& s, LearnerLink& link, Effects& out) {
  KASSERT(link.phase == LinkPhase::kWaitingSync || link.phase == LinkPhase::kPromising);
  link.phase = LinkPhase::kWaitingSync;
  // It may be told to cut off what it acknowledged on an earlier link: what counts is what it acknowledges from here
  // on.
  const bool counts = link.voter != Quorum::kNotAVoter;
  if (counts && !KMUTANT(s.config.mutant, kKeepsOldAcks)) s.ensemble.leader.voter_acked[link.voter] = Zxid{};
  const Zxid applied = s.tree.last_processed_zxid();
  const bool may_read_log =
      log_is_worth_reading(s, link.last_zxid) && !s.ensemble.leader.log_was_no_use.contains(link.server);
  const SyncPlan plan = plan_sync(link.last_zxid, s.window, applied, may_read_log);
  switch (plan.method) {
    case SyncPlan::Method::kSnap:
      return begin_snapshot(s, link, out);
    case SyncPlan::Method::kDiffFromLog:
      return begin_log_read(s, link, out);
    case SyncPlan::Method::kDiff:
      tell(s, link, Probe::kDiff, "DIFF", applied, out);
      send_to_link(s, link, packet_of(PacketType::kDiff, plan.zxid), out);
      break;
    case SyncPlan::Method::kTrunc:
      tell(s, link, Probe::kTrunc, "TRUNC", plan.zxid, out);
      if (KMUTANT(s.config.mutant, kDiffWithoutTrunc)) {
        send_to_link(s, link, packet_of(PacketType::kDiff, plan.zxid), out);
        break;
      }
      send_to_link(
          s, link,
          packet_of(PacketType::kTrunc, Zxid{plan.zxid.value - (KMUTANT(s.config.mutant, kTruncOffByOne) ? 1 : 0)}),
          out);
      break;
  }
  send_window(s, link, plan.first + (KMUTANT(s.config.mutant, kDiffSkipsOne) ? 1 : 0), out);
  send_new_leader(s, link, out);
  link.phase = LinkPhase::kSynchronizing;
}

void leader_link_drained(ReplicaState& s, ChannelId channel, Effects& out) {
  LearnerLink* link = find_link(s, channel);
  if (link == nullptr || !link->awaiting_drain) return;
  link->awaiting_drain = false;
  link->last_heard = s.now;
  if (link->phase == LinkPhase::kStreaming) send_chunk(s, *link, out);
  if (link->phase == LinkPhase::kReadingLog) read_log_behind(*link, link->log_sent, out);
}

void leader_log_read(ReplicaState& s, const LogRead& read, Effects& out) {
  LearnerLink* link = find_link(s, read.channel);
  if (link == nullptr || link->phase != LinkPhase::kReadingLog) return;
  link->last_heard = s.now;
  ByteReader in(read.records);
  Zxid last = read.after;
  // The records go out ahead of the backlog.
  const auto send_now = [&](const QuorumPacket& packet) { send_packet(s, link->channel, packet, out); };
  while (in.remaining() > 0 && last < link->log_until) {
    const std::string_view bytes = in.ustring();
    const auto txn = decode_txn(bytes);
    if (!in.ok() || !txn.ok() || !may_follow(last, txn->header.zxid)) break;
    if (!link->log_is_sent) send_now(packet_of(PacketType::kDiff, s.tree.last_processed_zxid()));
    link->log_is_sent = true;
    last = txn->header.zxid;
    send_now(packet_of(PacketType::kProposal, last, bytes));
    send_now(packet_of(PacketType::kCommit, last));
  }
  if (last == link->log_until) return flush_backlog(s, *link, out);
  if (last > read.after && last < link->log_until) {
    link->log_sent = last;
    link->awaiting_drain = true;
    return out.emit(EffectKind::kAwaitDrain, link->channel);
  }
  if (!link->log_is_sent) return begin_snapshot(s, *link, out);
  s.probes.hit(Probe::kLogWasNoUse);
  s.ensemble.leader.log_was_no_use.insert(link->server);
  drop_link(s, read.channel, "our log on disk ended before it was level", out);
}

}  // namespace vivarium
