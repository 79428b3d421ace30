// Broadcast as a learner sees it, and what it answers for its clients; see learner.h.
#include "kernel/base/slice.h"
#include "kernel/replica/forwarding.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

using Phase = LearnerState::Phase;

/// The leader learns which sessions live from the answers to its pings only, so they name everybody that was heard of,
/// and those whom we do not read from (E2).
void answer_ping(ReplicaState& s, const QuorumPacket& ping, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  s.connections.for_each([&](const Connection& connection) {
    const bool unheard = connection.paused || connection.stalled || connection.awaiting_auth;
    if (unheard && connection.phase == Connection::Phase::kOpen) l.touched[connection.session] = connection.timeout_ms;
  });
  Vector<char> data;
  ByteWriter writer(data);
  for (const auto& [session, timeout_ms] : l.touched) {
    writer.i64(session.value);
    writer.i32(timeout_ms);
  }
  l.touched.clear();
  QuorumPacket answer = ping;
  answer.data = view(data);
  send_packet(s, l.channel, answer, out);
}

void take_revalidate(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  const auto answer = decode_revalidate_answer(packet.data);
  if (!answer) return leave_role(s, "a malformed REVALIDATE from the leader", out);
  take_revalidation(s, answer->session, answer->valid, out);
}

/// False: the role is being left.
bool take_proposal(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  const std::string_view bytes = packet.data.value_or(std::string_view{});
  const auto txn = decode_txn(bytes);
  if (!txn.ok() || txn->header.zxid != packet.zxid) {
    leave_role(s, "the leader proposed something that is not a transaction", out);
    return false;
  }
  if (!may_follow(s.progress.last_logged(), packet.zxid)) {
    s.probes.hit(Probe::kPacketRefused);
    NoteText why;
    why.text("proposal ").hex(packet.zxid.value).text(" does not follow ").hex(s.progress.last_logged().value);
    leave_role(s, why.line(), out);
    return false;
  }
  s.progress.logged(packet.zxid);
  s.proposals.push(packet.zxid, ProposalOrigin{}, bytes);
  s.counters.outstanding = static_cast<std::int64_t>(s.proposals.size());
  const WallTime stamp = txn->header.time;
  if (packet.type == PacketType::kProposal && s.wall >= stamp) {
    s.counters.proposal_latency.add(s.wall.millis - stamp.millis);
  }
  if (!l.observer && !l.guest) l.to_acknowledge.push_back(packet.zxid);
  // What follows a leader's snapshot is logged once our own snapshot is durable.
  // The digest is the last 12 bytes: its version and the sum.
  const bool shorter = KMUTANT(s.config.mutant, kLogsWithoutDigest) && txn->digest.has_value();
  if (!l.memory_only) append_to_log(s, packet.zxid, shorter ? slice(bytes, 0, bytes.size() - 12) : bytes, out);
  return true;
}

void take_commit(ReplicaState& s, Zxid zxid, Effects& out) {
  if (s.proposals.empty() || s.proposals.front().zxid != zxid) {
    s.probes.hit(Probe::kPacketRefused);
    NoteText why;
    why.text("commit of ").hex(zxid.value).text(", which is not the oldest proposal");
    return leave_role(s, why.line(), out);
  }
  // Before UPTODATE the leader may not be established: what it calls committed is its history, which we adopt as a
  // whole.
  if (is_up_to_date(s.ensemble.learner)) {
    s.progress.commit(zxid);
  } else {
    s.progress.release(zxid);
  }
  commit_released(s, out);
}

}  // namespace

void acknowledge_durable(ReplicaState& s, Effects& out) {
  LearnerState& l = s.ensemble.learner;
  if (l.phase != Phase::kAcknowledged && l.phase != Phase::kServing) return;
  const Zxid durable =
      KMUTANT(s.config.mutant, kFollowerAcksUnsynced) ? s.progress.last_logged() : s.progress.last_durable();
  while (!l.to_acknowledge.empty() && l.to_acknowledge.front() <= durable) {
    QuorumPacket ack;
    ack.type = PacketType::kAck;
    ack.zxid = l.to_acknowledge.front();
    send_packet(s, l.channel, ack, out);
    l.to_acknowledge.pop_front();
  }
}

bool take_broadcast(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  switch (packet.type) {
    case PacketType::kProposal:
      ++s.counters.proposals_received;
      take_proposal(s, packet, out);
      return true;
    case PacketType::kCommit:
      ++s.counters.commits_received;
      take_commit(s, packet.zxid, out);
      return true;
    case PacketType::kInform:
      if (take_proposal(s, packet, out)) take_commit(s, packet.zxid, out);
      return true;
    default:
      return false;
  }
}

void take_serving_packet(ReplicaState& s, const QuorumPacket& packet, Effects& out) {
  if (take_broadcast(s, packet, out)) return;
  switch (packet.type) {
    case PacketType::kPing:
      return answer_ping(s, packet, out);
    case PacketType::kSync:
      if (s.ensemble.learner.phase == Phase::kCatchingUp) return guest_caught_up(s, out);
      return take_sync_answer(s, out);
    case PacketType::kRevalidate:
      return take_revalidate(s, packet, out);
    case PacketType::kUpToDate:
      return;  // Apache's learner tolerates a second one, too
    default:
      leave_role(s, "an unexpected packet from the leader", out);
  }
}

}  // namespace vivarium
