// Broadcast, and what learners send while they serve; see leader.h.
#include <algorithm>

#include "kernel/replica/handshake.h"
#include "kernel/replica/leader.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"
#include "kernel/request/identity_list.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

using LinkPhase = LearnerLink::Phase;

/// One packet to many links: encoded once for those that take it now, copied for those that are still being sent
/// history.
class Fanout {
 public:
  Fanout(const QuorumPacket& packet, Effects& out) : packet_(packet), out_(out) {}
  void add(LearnerLink& link) {
    if (link.phase == LinkPhase::kStreaming || link.phase == LinkPhase::kReadingLog) {
      ByteWriter writer(link.backlog);
      encode(writer, packet_);
    } else if (first_ == kNone) {
      first_ = out_.list().size();
      out_.begin_shared(EffectKind::kSend, link.channel);
      ByteWriter writer = out_.writer();
      encode(writer, packet_);
      out_.end();
    } else {
      out_.send_again(link.channel, first_);
    }
  }

 private:
  static constexpr std::size_t kNone = SIZE_MAX;
  const QuorumPacket& packet_;
  Effects& out_;
  std::size_t first_ = kNone;
};

/// How long a server took to acknowledge what is not committed yet; a later answer decided nothing.
void count_ack(ReplicaState& s, ServerId server, Zxid zxid) {
  if (s.proposals.empty()) return;
  const Zxid first = s.proposals.front().zxid;
  if (zxid < first || zxid.epoch() != first.epoch()) return;
  const Proposal& proposal = s.proposals[zxid.counter() - first.counter()];
  KASSERT(proposal.zxid == zxid);
  s.counters.ack_latency[server.value].add((s.now - proposal.origin.arrived).to_millis());
}

void take_ack(ReplicaState& s, LearnerLink& link, Zxid zxid, Effects& out) {
  // The answer to UPTODATE has no counter; Apache's learners also acknowledge what was committed long ago.
  if (zxid.counter() == 0 || link.voter == Quorum::kNotAVoter) return;
  if (zxid > s.progress.last_logged())
    return drop_link(s, link.channel, "it acknowledged what was never proposed", out);
  count_ack(s, link.server, zxid);
  link.acked = std::max(link.acked, zxid);
  if (link.acked >= link.mark) link.marked_at = Instant::never();
  Zxid& acked = s.ensemble.leader.voter_acked[link.voter];
  acked = std::max(acked, zxid);
  if (is_leading(s)) advance_commit(s, out);
}

void take_touches(ReplicaState& s, const QuorumPacket& packet) {
  TouchReader touches(packet.data.value_or(std::string_view{}));
  SessionId session;
  std::int32_t timeout_ms = 0;
  if (KMUTANT(s.config.mutant, kTouchesDropped)) return;
  while (touches.next(session, timeout_ms)) s.sessions.touch(session, timeout_ms, s.now);
}

void answer_revalidation(ReplicaState& s, ChannelId link, SessionId session, bool valid, Effects& out) {
  Vector<char> data;
  ByteWriter writer(data);
  encode(writer, RevalidateAnswer{session, valid});
  QuorumPacket answer;
  answer.type = PacketType::kRevalidate;
  answer.zxid = Zxid{-1};
  answer.data = view(data);
  send_packet(s, link, answer, out);
}

void take_revalidate(ReplicaState& s, const LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  const auto request = decode_revalidate_request(packet.data);
  if (!request) return drop_link(s, link.channel, "a malformed REVALIDATE", out);
  const bool valid =
      s.sessions.touch(request->session, request->timeout_ms, s.now) || KMUTANT(s.config.mutant, kRevalidatesAnything);
  if (!valid && !KMUTANT(s.config.mutant, kDoubtNotConfirmed)) {
    return answer_when_confirmed(s, link.channel, false, request->session, out);
  }
  if (valid) s.probes.hit(Probe::kRevalidated);
  if (valid) s.ensemble.leader.owners[request->session.value] = link.server.value;
  answer_revalidation(s, link.channel, request->session, valid, out);
}

void take_sync(ReplicaState& s, const LearnerLink& link, Effects& out) {
  const bool confirmed = s.config.ensemble.quorum_sync && !KMUTANT(s.config.mutant, kSyncUnconfirmed);
  if (confirmed) return answer_when_confirmed(s, link.channel, false, SessionId{}, out);
  s.ensemble.leader.answers_due.push_back({s.progress.last_logged(), link.channel, false, SessionId{}});
  give_answers_due(s, out);
}

void take_request(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  const auto request = decode_forwarded_request(packet.data);
  if (!request) return drop_link(s, link.channel, "a malformed REQUEST", out);
  if (request->op == OpCode::kSync) return take_sync(s, link, out);
  const auto identities = packet.auth ? decode_identities(*packet.auth) : std::optional<Identities>(Identities{});
  if (!identities) return drop_link(s, link.channel, "a REQUEST with malformed identities", out);
  ProposalOrigin origin;
  origin.kind = ProposalOrigin::Kind::kForwarded;
  origin.learner = link.server;
  origin.request = request->op;
  origin.xid = request->cxid;
  origin.arrived = s.now;
  if (!is_write(request->op)) return drop_link(s, link.channel, "a REQUEST that is not a write", out);
  propose(s, origin, request->session, &*identities, request->op, request->body, out);
}

}  // namespace

void send_to_link(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  if (link.phase != LinkPhase::kStreaming && link.phase != LinkPhase::kReadingLog) {
    return send_packet(s, link.channel, packet, out);
  }
  ByteWriter writer(link.backlog);
  encode(writer, packet);
}

void take_learner_packet(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  if (packet.type == PacketType::kAck) return take_ack(s, link, packet.zxid, out);
  if (packet.type == PacketType::kPing) return take_touches(s, packet);
  if (link.phase != LinkPhase::kServing) return drop_link(s, link.channel, "it spoke before UPTODATE", out);
  if (packet.type == PacketType::kRequest) return take_request(s, link, packet, out);
  if (packet.type == PacketType::kRevalidate) return take_revalidate(s, link, packet, out);
  drop_link(s, link.channel, "an unexpected packet", out);
}

void broadcast_proposal(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out) {
  QuorumPacket packet;
  packet.type = PacketType::kProposal;
  packet.zxid = zxid;
  packet.data = txn;
  Fanout fanout(packet, out);
  for (LearnerLink& link : s.ensemble.leader.links) {
    if (KMUTANT(s.config.mutant, kProposalsAfterAck) && link.phase == LinkPhase::kSynchronizing) continue;
    if (link.forwarding() && !link.observer) fanout.add(link);
  }
}

void broadcast_commit(ReplicaState& s, Zxid zxid, std::string_view txn, Effects& out) {
  QuorumPacket commit;
  commit.type = PacketType::kCommit;
  commit.zxid = zxid;
  if (KMUTANT(s.config.mutant, kCommitsSuccessor) && zxid < s.progress.released()) commit.zxid = zxid.next();
  QuorumPacket inform;
  inform.type = PacketType::kInform;
  inform.zxid = zxid;
  inform.data = txn;
  Fanout commits(commit, out), informs(inform, out);
  for (LearnerLink& link : s.ensemble.leader.links) {
    if (!link.forwarding()) continue;
    if (link.observer) {
      s.probes.hit(Probe::kInform);
      informs.add(link);
    } else if (link.phase == LinkPhase::kServing) {
      commits.add(link);
    } else {
      s.probes.hit(Probe::kHeldCommit);
      link.held_commits.push_back(zxid);
    }
  }
}

void bring_up_to_date(ReplicaState& s, LearnerLink& link, Effects& out) {
  KASSERT(link.phase == LinkPhase::kWaiting);
  link.phase = LinkPhase::kServing;
  link.last_heard = s.now;
  QuorumPacket packet;
  packet.type = PacketType::kUpToDate;
  packet.zxid = Zxid{-1};
  send_packet(s, link.channel, packet, out);
  packet.type = PacketType::kCommit;
  for (; !link.held_commits.empty(); link.held_commits.pop_front()) {
    packet.zxid = link.held_commits.front();
    send_packet(s, link.channel, packet, out);
  }
  NoteText note;
  note.server(link.server).text(link.observer ? " observes" : " follows");
  out.note(NoteLevel::kInfo, note.line());
}

void advance_commit(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  const Quorum& quorum = s.ensemble.quorum;
  KASSERT(is_leading(s));
  leader.voter_acked[s.ensemble.my_index] =
      KMUTANT(s.config.mutant, kLeaderAcksUnsynced) ? s.progress.last_logged() : s.progress.last_durable();
  Zxid best = s.progress.committed();
  // Most acks complete no quorum, and most that come later name what is committed: that is seen in one pass.
  VoterSet beyond;
  for (std::size_t i = 0; i < quorum.size(); ++i) {
    if (leader.voter_acked[i] > best) beyond.insert(i);
  }
  if (!quorum.contains_quorum(beyond) && !KMUTANT(s.config.mutant, kCommitsAlone)) return;
  for (const Zxid candidate : leader.voter_acked) {
    // Acks are cumulative. What an earlier epoch left is committed with NEWLEADER, never by counting.
    if (candidate <= best || candidate.epoch() != leader.epoch) continue;
    VoterSet holders;
    for (std::size_t i = 0; i < quorum.size(); ++i) {
      if (leader.voter_acked[i] >= candidate) holders.insert(i);
    }
    if (quorum.contains_quorum(holders) || KMUTANT(s.config.mutant, kCommitsAlone)) best = candidate;
  }
  if (best == s.progress.committed()) return;
  s.progress.commit(best);
  commit_released(s, out);
}

void leader_log_durable(ReplicaState& s, Effects& out) {
  if (is_leading(s)) advance_commit(s, out);
}

namespace {

void give_answer(ReplicaState& s, const AnswerDue& due, Effects& out) {
  const bool is_sync = due.doubted.value == 0;
  if (due.local) {
    Connection* connection = s.connections.find(due.channel);
    if (connection == nullptr) return;
    if (is_sync) {
      answer_sync(s, *connection, out);
    } else {
      finish_resuming(s, *connection, s.sessions.contains(due.doubted), out);
    }
    s.released.push_back(due.channel);
    return;
  }
  const LearnerLink* link = find_link(s, due.channel);
  if (link == nullptr) return;
  if (!is_sync) return answer_revalidation(s, link->channel, due.doubted, s.sessions.contains(due.doubted), out);
  QuorumPacket answer;
  answer.type = PacketType::kSync;
  answer.zxid = Zxid{0};
  send_packet(s, link->channel, answer, out);
}

}  // namespace

void answer_when_confirmed(ReplicaState& s, ChannelId channel, bool local, SessionId doubted, Effects& out) {
  propose_barrier(s, out);
  if (s.ensemble.leaving) return;  // there was no room for a barrier in this epoch
  s.ensemble.leader.answers_due.push_back({s.progress.last_logged(), channel, local, doubted});
}

void give_answers_due(ReplicaState& s, Effects& out) {
  Fifo<AnswerDue>& due = s.ensemble.leader.answers_due;
  const Zxid applied =
      KMUTANT(s.config.mutant, kSyncTooEarly) ? s.progress.last_logged() : s.tree.last_processed_zxid();
  while (!due.empty() && due.front().after <= applied) {
    const AnswerDue answer = due.front();
    due.pop_front();
    give_answer(s, answer, out);
  }
}

bool claim_session(ReplicaState& s, SessionId session, ServerId server) {
  const auto [owner, fresh] = s.ensemble.leader.owners.try_emplace(session.value, server.value);
  return fresh || owner->second == server.value;
}

}  // namespace vivarium
