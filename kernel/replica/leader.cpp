#include "kernel/replica/leader.h"

#include <algorithm>

#include "kernel/base/slice.h"
#include "kernel/replica/housekeeping.h"
#include "kernel/replica/learner.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/wire/quorum_packet.h"

namespace vivarium {

namespace {

using Phase = LeaderState::Phase;
using LinkPhase = LearnerLink::Phase;

Duration ticks(const ReplicaState& s, std::int32_t count) { return s.config.tick * count; }

/// Links may go while a loop runs, so loops go by channel.
template <class Visit>
void for_each_link_in(ReplicaState& s, LinkPhase phase, Visit&& visit) {
  Vector<ChannelId> channels;
  for (const LearnerLink& link : s.ensemble.leader.links) {
    if (link.phase == phase) channels.push_back(link.channel);
  }
  for (const ChannelId channel : channels) {
    LearnerLink* link = find_link(s, channel);
    if (link != nullptr) visit(*link);
  }
}

void enter(ReplicaState& s, Phase phase) {
  s.ensemble.leader.phase = phase;
  s.ensemble.leader.deadline = s.now + ticks(s, s.config.ensemble.init_limit);
}

/// Every learner that connects raises the new epoch above what it has promised, until a quorum has connected.
void gather(ReplicaState& s, Epoch accepted, std::size_t voter) {
  LeaderState& leader = s.ensemble.leader;
  KASSERT(leader.phase == Phase::kGathering);
  if (accepted >= leader.epoch)
    leader.epoch = Epoch{accepted.value + (KMUTANT(s.config.mutant, kEpochNotRaised) ? 0 : 1)};
  if (voter != Quorum::kNotAVoter) leader.gathered.insert(voter);
}

void promise_if_quorum(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  if (leader.phase != Phase::kGathering || !s.ensemble.quorum.contains_quorum(leader.gathered)) return;
  if (s.ensemble.epochs.writing()) return;
  enter(s, Phase::kPromising);
  s.ensemble.epochs.write(leader.epoch, s.ensemble.epochs.current(), out);
}

void send_leader_info(ReplicaState& s, LearnerLink& link, Effects& out) {
  char version[4];
  store_big_endian(version, static_cast<std::uint32_t>(kProtocolVersion));
  QuorumPacket info;
  info.type = PacketType::kLeaderInfo;
  info.zxid = Zxid::make(s.ensemble.leader.epoch, 0);
  info.data = std::string_view(version, sizeof version);
  send_packet(s, link.channel, info, out);
  link.phase = LinkPhase::kPromising;
}

void adopt_if_quorum(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  if (leader.phase != Phase::kConfirming || !s.ensemble.quorum.contains_quorum(leader.confirmed)) return;
  enter(s, Phase::kAdopting);
  if (KMUTANT(s.config.mutant, kAdoptionNotWritten)) return leader_epoch_durable(s, out);
  s.ensemble.epochs.write(leader.epoch, leader.epoch, out);
}

/// A quorum holds this leader's history durably: it is committed, and new requests may follow it.
void establish(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  KASSERT(s.proposals.empty());
  leader.phase = Phase::kServing;
  leader.established_at = s.now;
  leader.next_ping = s.now;
  s.progress.commit(leader.history_end);
  s.preparer.reset();
  // Nobody may lose a session for the time in which there was no leader (E2).
  if (!KMUTANT(s.config.mutant, kSessionsNotTracked)) {
    s.sessions.start_tracking(KMUTANT(s.config.mutant, kNoFreshTimeout) ? Instant{} : s.now, s.config.tick);
  }
  s.timers.next_scan = s.now + s.config.container_check_interval;
  s.ensemble.election.set_current_epoch(leader.epoch);
  s.ensemble.standing = Standing::kVoter;
  NoteText note;
  note.text("leading in epoch ").number(leader.epoch.value).text(", history ends at ").hex(leader.history_end.value);
  out.note(NoteLevel::kInfo, note.line());
  for_each_link_in(s, LinkPhase::kWaiting, [&](LearnerLink& link) { bring_up_to_date(s, link, out); });
  remove_orphans(s, out);
  s.snapshots.serve(s.config, s.tree, s.sessions, out);
}

void establish_if_quorum(ReplicaState& s, Effects& out) {
  const LeaderState& leader = s.ensemble.leader;
  const bool enough =
      KMUTANT(s.config.mutant, kServesAfterPromises) || s.ensemble.quorum.contains_quorum(leader.synchronized);
  if (leader.phase != Phase::kSynchronizing || !enough) return;
  establish(s, out);
}

// ---- packets until NEWLEADER is acknowledged ------------------------------------------------------------------------

void take_greeting(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  const bool follower = packet.type == PacketType::kFollowerInfo;
  if (!follower && packet.type != PacketType::kObserverInfo) {
    return drop_link(s, link.channel, "it did not begin with FOLLOWERINFO or OBSERVERINFO", out);
  }
  const auto info = decode_learner_info(packet.data);
  if (!info) return drop_link(s, link.channel, "its greeting is malformed", out);
  if (info->protocol_version < kProtocolVersion)
    return drop_link(s, link.channel, "its protocol is older than 3.4's", out);
  if (info->sender == s.config.my_id) return drop_link(s, link.channel, "it claims this server's own id", out);
  link.server = info->sender;
  link.observer = !follower;
  link.voter = follower ? s.ensemble.quorum.index_of(info->sender) : Quorum::kNotAVoter;
  if (KMUTANT(s.config.mutant, kObserverCounts) && link.observer)
    link.voter = (s.ensemble.my_index + 1) % s.ensemble.quorum.size();
  link.phase = LinkPhase::kWaitingEpoch;
  const ChannelId channel = link.channel;
  for (const LearnerLink& other : leader.links) {
    if (other.server != info->sender || other.channel == channel || other.phase == LinkPhase::kGreeting) continue;
    drop_link(s, other.channel, "it has connected anew", out);
    break;  // there was one at most
  }
  LearnerLink* still = find_link(s, channel);
  if (still == nullptr) return;
  if (leader.phase == Phase::kGathering) {
    gather(s, packet.zxid.epoch(), still->voter);
    return promise_if_quorum(s, out);
  }
  if (still->voter != Quorum::kNotAVoter && packet.zxid.epoch() > leader.epoch) {
    // It promised a later epoch to somebody who never led. Apache's leader lets it knock for ever; only a new epoch,
    // above its promise, lets it in again.
    s.probes.hit(Probe::kLaterPromise);
    return leave_role(s, "a voter has promised a later epoch; a new one must begin", out);
  }
  if (leader.phase != Phase::kPromising) send_leader_info(s, *still, out);
}

/// Before the quorum has confirmed, nobody may know more than this leader: it would lose what only they have (Z11).
bool is_ahead(const ReplicaState& s, Epoch epoch, Zxid zxid) {
  const Epoch mine = s.ensemble.epochs.current();
  return epoch > mine || (epoch == mine && zxid > s.ensemble.leader.history_end);
}

void take_ack_epoch(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  if (packet.type != PacketType::kAckEpoch) return drop_link(s, link.channel, "ACKEPOCH was due", out);
  if (!packet.data || packet.data->size() != 4) return drop_link(s, link.channel, "its ACKEPOCH is malformed", out);
  const Epoch epoch{load_big_endian<std::int32_t>(packet.data->data())};
  link.last_zxid = packet.zxid;
  link.phase = LinkPhase::kWaitingSync;
  if (leader.phase == Phase::kConfirming) {
    const bool counts = epoch.value != -1;
    if (counts && is_ahead(s, epoch, packet.zxid)) {
      s.probes.hit(Probe::kAheadOfLeader);
      return drop_link(s, link.channel, "it is ahead of this leader", out);
    }
    if (counts && link.voter != Quorum::kNotAVoter) leader.confirmed.insert(link.voter);
    return adopt_if_quorum(s, out);
  }
  if (leader.phase >= Phase::kSynchronizing) synchronize(s, link, out);
}

void take_new_leader_ack(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  // Apache's learners log what preceded NEWLEADER on another thread, whose acks may overtake the one of NEWLEADER. They
  // count when that has come.
  if (packet.type == PacketType::kAck && packet.zxid.counter() != 0 && packet.zxid <= s.progress.last_logged()) {
    link.acked = std::max(link.acked, packet.zxid);
    return;
  }
  if (packet.type != PacketType::kAck || packet.zxid != Zxid::make(leader.epoch, 0)) {
    return drop_link(s, link.channel, "the ack of NEWLEADER was due", out);
  }
  link.phase = LinkPhase::kWaiting;
  if (link.voter != Quorum::kNotAVoter) {
    leader.synchronized.insert(link.voter);
    leader.voter_acked[link.voter] = std::max(leader.voter_acked[link.voter], link.acked);
  }
  if (leader.phase == Phase::kServing) return bring_up_to_date(s, link, out);
  establish_if_quorum(s, out);
}

void take_packet(ReplicaState& s, LearnerLink& link, const QuorumPacket& packet, Effects& out) {
  switch (link.phase) {
    case LinkPhase::kGreeting:
      return take_greeting(s, link, packet, out);
    case LinkPhase::kPromising:
      return take_ack_epoch(s, link, packet, out);
    case LinkPhase::kSynchronizing:
      return take_new_leader_ack(s, link, packet, out);
    case LinkPhase::kWaiting:
    case LinkPhase::kServing:
      return take_learner_packet(s, link, packet, out);
    case LinkPhase::kWaitingEpoch:
    case LinkPhase::kWaitingSync:
    case LinkPhase::kReadingLog:
    case LinkPhase::kStreaming:
      return drop_link(s, link.channel, "it spoke out of turn", out);
  }
  KUNREACHABLE();
}

// ---- liveness ------------------------------------------------------------------------------------------------------

bool is_synced(const LearnerLink& link) { return link.phase >= LinkPhase::kWaiting; }

Instant link_deadline(const ReplicaState& s, const LearnerLink& link) {
  if (is_synced(link)) return link.last_heard + ticks(s, s.config.ensemble.sync_limit);
  // A snapshot may take longer than any limit: what counts is that it moves.
  return std::max(link.opened_at, link.last_heard) + ticks(s, s.config.ensemble.init_limit);
}

Instant acks_deadline(const ReplicaState& s, const LearnerLink& link) {
  if (link.marked_at == Instant::never()) return Instant::never();
  return link.marked_at + ticks(s, s.config.ensemble.sync_limit);
}

/// Why the link must go; empty: it may stay.
std::string_view fault_of(const ReplicaState& s, const LearnerLink& link) {
  if (link_deadline(s, link) <= s.now) return "it fell silent";
  if (acks_deadline(s, link) <= s.now) return "its acknowledgements are late";
  if (link.backlog.size() > limits::kMaxLearnerBacklog) return "too much waits behind the history that it is sent";
  return {};
}

void drop_lagging_links(ReplicaState& s, Effects& out) {
  Vector<ChannelId> lagging;
  for (const LearnerLink& link : s.ensemble.leader.links) {
    if (!fault_of(s, link).empty()) lagging.push_back(link.channel);
  }
  for (const ChannelId channel : lagging) {
    const LearnerLink& link = *find_link(s, channel);
    if (acks_deadline(s, link) <= s.now) s.probes.hit(Probe::kLateAcks);
    drop_link(s, channel, fault_of(s, link), out);
  }
}

bool has_live_quorum(const ReplicaState& s) {
  if (KMUTANT(s.config.mutant, kLeadsForEver)) return true;
  VoterSet alive;
  alive.insert(s.ensemble.my_index);
  for (const LearnerLink& link : s.ensemble.leader.links) {
    if (link.voter != Quorum::kNotAVoter && is_synced(link)) alive.insert(link.voter);
  }
  return s.ensemble.quorum.contains_quorum(alive);
}

void ping(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  leader.next_ping = s.now + s.config.tick / 2;
  ++leader.half_ticks;
  QuorumPacket packet;
  packet.type = PacketType::kPing;
  packet.zxid = s.progress.last_logged();
  for (LearnerLink& link : leader.links) {
    if (!link.forwarding()) continue;
    if (link.voter != Quorum::kNotAVoter && link.acked < s.progress.last_logged() &&
        link.marked_at == Instant::never() && is_synced(link)) {
      link.mark = s.progress.last_logged();
      link.marked_at = s.now;
    }
    if (link.phase >= LinkPhase::kSynchronizing) send_to_link(s, link, packet, out);
  }
}

}  // namespace

LearnerLink* find_link(ReplicaState& s, ChannelId channel) {
  for (LearnerLink& link : s.ensemble.leader.links) {
    if (link.channel == channel) return &link;
  }
  return nullptr;
}

bool is_used_up(const ReplicaState& s) {
  if (KMUTANT(s.config.mutant, kCounterWraps)) return false;
  const Zxid last = s.progress.last_logged();
  return last.epoch() == s.ensemble.leader.epoch && last.counter() >= s.config.ensemble.last_counter;
}

void start_leading(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  KASSERT(leader.phase == Phase::kNone);
  KASSERT(s.proposals.empty());
  KASSERT(s.ensemble.my_index != Quorum::kNotAVoter);
  enter(s, Phase::kGathering);
  leader.history_end = s.progress.last_logged();
  leader.voter_acked.resize(s.ensemble.quorum.size());
  gather(s, s.ensemble.epochs.accepted(), s.ensemble.my_index);
  promise_if_quorum(s, out);
  // Those who decided before us have been waiting.
  for_each_link_in(s, LinkPhase::kGreeting, [&](LearnerLink& link) {
    link.opened_at = s.now;
    take_learner_bytes(s, link, {}, out);
  });
}

void stop_leading(ReplicaState& s, Effects& out) {
  for (const LearnerLink& link : s.ensemble.leader.links) out.emit(EffectKind::kClose, link.channel);
  s.ensemble.leader.links.clear();
}

namespace {

/// Strangers may come in any number, and must not keep members out: the oldest that has not said a word goes first.
void make_room_for_stranger(ReplicaState& s, Effects& out) {
  std::size_t anonymous = 0;
  const LearnerLink *oldest = nullptr, *oldest_silent = nullptr;
  for (const LearnerLink& link : s.ensemble.leader.links) {
    if (link.phase != LinkPhase::kGreeting) continue;
    ++anonymous;
    if (oldest == nullptr) oldest = &link;
    if (oldest_silent == nullptr && link.unfinished.empty()) oldest_silent = &link;
  }
  if (anonymous < limits::kMaxAnonymousLinks) return;
  drop_link(s, (oldest_silent != nullptr ? oldest_silent : oldest)->channel, "too many that do not say who they are",
            out);
}

}  // namespace

void leader_link_opened(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  // A follower may decide, and connect, before its leader has decided.
  const bool welcome = !is_learning(s) && !s.ensemble.leaving && leader.links.size() < limits::kMaxLearners;
  if (!welcome) return out.emit(EffectKind::kClose, opened.channel);
  make_room_for_stranger(s, out);
  LearnerLink link;
  link.channel = opened.channel;
  link.opened_at = link.last_heard = s.now;
  leader.links.push_back(std::move(link));
}

void take_learner_bytes(ReplicaState& s, LearnerLink& arrived_on, std::string_view bytes, Effects& out) {
  const ChannelId channel = arrived_on.channel;
  arrived_on.last_heard = s.now;
  if (s.ensemble.role != Role::kLeading) {
    s.probes.hit(Probe::kEarlyLearner);
    arrived_on.unfinished.insert(arrived_on.unfinished.end(), bytes.begin(), bytes.end());
    if (arrived_on.unfinished.size() > limits::kMaxEarlyBytes)
      drop_link(s, channel, "it talks to a server that does not lead", out);
    return;
  }
  Vector<char> held;
  held.swap(arrived_on.unfinished);
  if (!held.empty()) {
    held.insert(held.end(), bytes.begin(), bytes.end());
    bytes = view(held);
  }
  LearnerLink* link = &arrived_on;
  while (link != nullptr && !s.ensemble.leaving) {
    const QuorumPacketParse parse = parse_quorum_packet(bytes, static_cast<std::size_t>(s.config.max_txn));
    if (parse.status == QuorumPacketParse::Status::kMalformed) return drop_link(s, channel, "a malformed packet", out);
    if (parse.status == QuorumPacketParse::Status::kIncomplete) break;
    take_packet(s, *link, parse.packet, out);
    bytes.remove_prefix(parse.size);
    link = find_link(s, channel);
  }
  if (link == nullptr) return;
  link->unfinished.assign(bytes.begin(), bytes.end());
}

void leader_link_closed(ReplicaState& s, ChannelId channel, Effects&) {
  Vector<LearnerLink>& links = s.ensemble.leader.links;
  const auto gone =
      std::find_if(links.begin(), links.end(), [&](const LearnerLink& l) { return l.channel == channel; });
  if (gone != links.end()) links.erase(gone);
}

void drop_link(ReplicaState& s, ChannelId channel, std::string_view why, Effects& out) {
  const LearnerLink* link = find_link(s, channel);
  KASSERT(link != nullptr);
  NoteText note;
  if (link->phase == LinkPhase::kGreeting) {
    note.text("closing a connection to the quorum port: ").text(why);
    s.ensemble.leader.strangers.note(s.now, NoteLevel::kWarning, note, out);
  } else {
    note.text("dropping ").server(link->server).text(": ").text(why);
    out.note(NoteLevel::kWarning, note.line());
  }
  out.emit(EffectKind::kClose, channel);
  leader_link_closed(s, channel, out);
}

void keep_leader(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  promise_if_quorum(s, out);
  drop_lagging_links(s, out);
  if (leader.phase != Phase::kServing) {
    if (s.now >= leader.deadline) return leave_role(s, "no quorum of followers came in time", out);
  } else if (s.now >= leader.next_ping) {
    // Every second half tick, as Apache: a follower may reconnect in between.
    if (leader.half_ticks % 2 == 1 && !has_live_quorum(s)) {
      s.probes.hit(Probe::kQuorumLost);
      return leave_role(s, "a quorum of followers is lost", out);
    }
    ping(s, out);
  }
  if (is_used_up(s)) leave_role(s, "the counter of this epoch is used up; a new epoch must begin", out);
}

Instant next_leader_deadline(const ReplicaState& s) {
  const LeaderState& leader = s.ensemble.leader;
  Instant next = leader.phase == Phase::kServing ? leader.next_ping : leader.deadline;
  for (const LearnerLink& link : leader.links) {
    next = std::min({next, link_deadline(s, link), acks_deadline(s, link)});
  }
  return next;
}

void leader_epoch_durable(ReplicaState& s, Effects& out) {
  LeaderState& leader = s.ensemble.leader;
  if (leader.phase == Phase::kPromising) {
    enter(s, Phase::kConfirming);
    leader.confirmed.insert(s.ensemble.my_index);
    for_each_link_in(s, LinkPhase::kWaitingEpoch, [&](LearnerLink& link) { send_leader_info(s, link, out); });
    adopt_if_quorum(s, out);
  } else if (leader.phase == Phase::kAdopting) {
    enter(s, Phase::kSynchronizing);
    leader.synchronized.insert(s.ensemble.my_index);
    leader.voter_acked[s.ensemble.my_index] = s.progress.last_durable();
    for_each_link_in(s, LinkPhase::kWaitingSync, [&](LearnerLink& link) { synchronize(s, link, out); });
    establish_if_quorum(s, out);
  }
}

}  // namespace vivarium
