// Connections between servers; see peer_network.h.
#include "sim/net/peer_network.h"

#include <algorithm>
#include <utility>

#include "kernel/base/assert.h"

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::uint32_t kMostConnections = 60'000;

std::size_t kind_index(ChannelKind kind) { return kind == ChannelKind::kElection ? 0 : 1; }

}  // namespace

PeerNetwork::PeerNetwork(const Plan& plan, Scheduler& scheduler)
    : plan_(plan),
      scheduler_(scheduler),
      size_(static_cast<std::uint32_t>(plan.members())),
      ports_(size_, nullptr),
      powered_(size_, true),
      ways_(std::size_t{size_} * size_),
      breaks_(Seed{plan.seed}, Choice::kPeerBreak, 0) {
  for (std::uint32_t from = 0; from < size_; ++from) {
    for (std::uint32_t to = 0; to < size_; ++to) {
      for (std::uint32_t kind = 0; kind < 2; ++kind) {
        const std::uint64_t key = (from * std::uint64_t{kMostServers} + to) * 2 + kind;
        way(from, to).latency[kind] = Stream(Seed{plan.seed}, Choice::kPeerLatency, key);
        way(from, to).splits[kind] = Stream(Seed{plan.seed}, Choice::kPeerSplit, key);
      }
    }
  }
}

PeerNetwork::Connection* PeerNetwork::find_open(const PeerEnd& end) {
  Connection& connection = connections_[end.connection];
  const bool same = connection.used && connection.generation == end.generation;
  return same && connection.ends[end.side].state == EndState::kOpen ? &connection : nullptr;
}

std::uint32_t PeerNetwork::place_for_connection() {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (!connections_[i].used) return i;
  }
  KASSERT(connections_.size() < kMostConnections);
  connections_.emplace_back();
  return static_cast<std::uint32_t>(connections_.size() - 1);
}

// ---- time
// ----------------------------------------------------------------------------------------------------------------

std::int64_t PeerNetwork::arrival(const Connection& connection, std::uint32_t direction) {
  Way& used = way(connection.ends[direction].server, connection.ends[1 - direction].server);
  return scheduler_.now() + used.delay +
         draw_latency(used.latency[kind_index(connection.kind)], plan_.peer_floor, plan_.peer_spread);
}

void PeerNetwork::schedule(std::uint32_t index, std::uint32_t direction, std::int64_t at) {
  const Connection& connection = connections_[index];
  const std::uint32_t from = connection.ends[direction].server, to = connection.ends[1 - direction].server;
  const auto lane =
      static_cast<std::uint16_t>(lanes::kPeers + (from * kMostServers + to) * 4 + kind_index(connection.kind));
  scheduler_.at(at, lane, EventKind::kPeerSegment, static_cast<std::uint16_t>(index),
                connection.generation << 1 | direction, to);
}

void PeerNetwork::push(std::uint32_t index, std::uint32_t direction, SegmentKind kind, std::string_view bytes,
                       std::int64_t delay) {
  Connection& connection = connections_[index];
  schedule(index, direction, connection.ways[direction].pipe.push(kind, bytes, arrival(connection, direction) + delay));
}

/// What waited may go on: every segment has one event again.
void PeerNetwork::resume(std::uint32_t index, std::uint32_t direction) {
  Connection& connection = connections_[index];
  const std::uint32_t stalled = std::exchange(connection.ways[direction].stalled, 0);
  for (std::uint32_t i = 0; i < stalled; ++i) schedule(index, direction, arrival(connection, direction));
}

void PeerNetwork::uncut(std::uint32_t from, std::uint32_t to) {
  KASSERT(way(from, to).cuts > 0);
  if (--way(from, to).cuts > 0) return;
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      const Connection& connection = connections_[i];
      const bool this_way = connection.ends[direction].server == from && connection.ends[1 - direction].server == to;
      if (connection.used && this_way) resume(i, direction);
    }
  }
}

void PeerNetwork::on_event(const Event& event) {
  Connection& connection = connections_[event.entity];
  const bool segment = event.kind == EventKind::kPeerSegment;
  const std::uint32_t generation = segment ? event.argument >> 1 : event.argument;
  if (!connection.used || connection.generation != generation) return;
  if (segment) return on_segment(event.entity, event.argument & 1);
  if (event.kind == EventKind::kPeerDial) return on_dial(event.entity);
  give_up(event.entity);
}

// ---- dialling
// ------------------------------------------------------------------------------------------------------------

void PeerNetwork::dial(std::uint32_t from, std::uint32_t to, ChannelKind kind) {
  KASSERT(from < size_ && to < size_ && from != to);
  const std::uint32_t index = place_for_connection();
  Connection& connection = connections_[index];
  const std::uint32_t generation = (connection.generation + 1) & 0x7fffffff;
  connection = Connection();
  connection.generation = generation;
  connection.used = true;
  connection.kind = kind;
  connection.deadline = scheduler_.now() + plan_.dial_timeout;
  connection.ends[0] = {from, EndState::kDialing, false, {}};
  connection.ends[1] = {to, EndState::kExpected, false, {}};
  const auto lane = static_cast<std::uint16_t>(lanes::kPeers + (from * kMostServers + to) * 4 + 2);
  scheduler_.at(arrival(connection, 0), lane, EventKind::kPeerDial, static_cast<std::uint16_t>(index), generation, to);
  scheduler_.at(connection.deadline, lane, EventKind::kPeerGiveUp, static_cast<std::uint16_t>(index), generation, from);
}

/// The dial reaches the other machine; where the way is cut or the power is off it is tried again until its time is
/// over.
void PeerNetwork::on_dial(std::uint32_t index) {
  Connection& connection = connections_[index];
  if (connection.ends[1].state != EndState::kExpected) return;
  if (connection.ends[0].state != EndState::kDialing) return release_if_over(index);
  const std::uint32_t from = connection.ends[0].server, to = connection.ends[1].server;
  const auto entity = static_cast<std::uint16_t>(index);
  const auto lane = static_cast<std::uint16_t>(lanes::kPeers + (from * kMostServers + to) * 4 + 2);
  if (is_cut(from, to) || is_cut(to, from) || !powered_[to]) {
    const std::int64_t again = std::max(arrival(connection, 0), scheduler_.now() + plan_.dial_timeout / 8);
    if (again < connection.deadline)
      scheduler_.at(again, lane, EventKind::kPeerDial, entity, connection.generation, to);
    return;
  }
  if (!ports_[to]->listening()) {
    return scheduler_.at(arrival(connection, 1), lane, EventKind::kPeerGiveUp, entity, connection.generation, from);
  }
  connection.ends[1].state = EndState::kOpen;
  connection.ends[1].channel = ports_[to]->peer_opened({index, connection.generation, 1}, connection.kind, from, false);
  push(index, 1, SegmentKind::kOpen, {});
}

void PeerNetwork::give_up(std::uint32_t index) {
  Connection& connection = connections_[index];
  if (connection.ends[0].state != EndState::kDialing) return release_if_over(index);
  connection.ends[0].state = EndState::kClosed;
  if (connection.ends[1].state == EndState::kExpected) connection.ends[1].state = EndState::kClosed;
  const std::uint32_t from = connection.ends[0].server, to = connection.ends[1].server;
  const ChannelKind kind = connection.kind;
  release_if_over(index);
  ports_[from]->dial_failed(kind, to);
}

/// The dialler hears that it was accepted, unless it no longer waits.
void PeerNetwork::on_open_segment(std::uint32_t index, std::uint32_t direction) {
  KASSERT(direction == 1);
  Connection& connection = connections_[index];
  End& dialler = connection.ends[0];
  if (dialler.state != EndState::kDialing) return bounce(index, direction);
  dialler.state = EndState::kOpen;
  const ChannelId channel = ports_[dialler.server]->peer_opened({index, connection.generation, 0}, connection.kind,
                                                                connection.ends[1].server, true);
  connections_[index].ends[0].channel = channel;
}

// ---- bytes
// ---------------------------------------------------------------------------------------------------------------

void PeerNetwork::send(const PeerEnd& end, std::string_view bytes) {
  Connection* connection = find_open(end);
  if (connection == nullptr) return;  // it broke; the server hears of it with its next step
  if (bytes.empty()) return;
  Direction& direction = connection->ways[end.side];
  direction.sent += bytes.size();
  Stream& splits = way(connection->ends[end.side].server, connection->ends[1 - end.side].server)
                       .splits[kind_index(connection->kind)];
  const auto per_thousand = static_cast<std::uint32_t>(plan_.split_per_thousand);
  while (bytes.size() > 1 && per_thousand > 0 && splits.chance(per_thousand)) {
    const std::size_t cut = 1 + splits.below(bytes.size() - 1);
    push(end.connection, end.side, SegmentKind::kBytes, bytes.substr(0, cut));
    bytes.remove_prefix(cut);
  }
  push(end.connection, end.side, SegmentKind::kBytes, bytes);
}

void PeerNetwork::close(const PeerEnd& end) {
  Connection* connection = find_open(end);
  if (connection == nullptr) return;  // it broke; the server hears of it with its next step
  connection->ends[end.side].state = EndState::kClosed;
  push(end.connection, end.side, SegmentKind::kClose, {});
  // What the other end still sends is read by nobody.
  connection->ends[end.side].paused = false;
  resume(end.connection, 1 - end.side);
  release_if_over(end.connection);
}

void PeerNetwork::pause(const PeerEnd& end, bool paused) {
  Connection* connection = find_open(end);
  if (connection == nullptr) return;
  connection->ends[end.side].paused = paused;
  if (!paused) resume(end.connection, 1 - end.side);
}

void PeerNetwork::await_drain(const PeerEnd& end) {
  Connection* connection = find_open(end);
  if (connection == nullptr) return;
  Direction& direction = connection->ways[end.side];
  if (direction.delivered == direction.sent)
    return ports_[connection->ends[end.side].server]->peer_drained(connection->ends[end.side].channel);
  direction.drain_at = direction.sent;
}

void PeerNetwork::on_segment(std::uint32_t index, std::uint32_t direction) {
  Connection& connection = connections_[index];
  Direction& used = connection.ways[direction];
  const End& reader = connection.ends[1 - direction];
  if (used.pipe.empty()) return;
  if (is_cut(connection.ends[direction].server, reader.server) || (reader.paused && reader.state == EndState::kOpen)) {
    ++used.stalled;
    return;
  }
  ++delivered_segments_;
  const Pipe::Segment segment = used.pipe.pop();
  switch (segment.kind) {
    case SegmentKind::kOpen:
      return on_open_segment(index, direction);
    case SegmentKind::kBytes:
      return on_bytes(index, direction, segment.bytes);
    case SegmentKind::kClose:
      if (reader.state == EndState::kOpen) {
        connection.ends[1 - direction].state = EndState::kClosed;
        ports_[reader.server]->peer_closed(reader.channel);
      } else if (reader.state == EndState::kDialing) {
        return give_up(index);
      }
      return release_if_over(index);
  }
}

void PeerNetwork::on_bytes(std::uint32_t index, std::uint32_t direction, std::string_view bytes) {
  Connection& connection = connections_[index];
  Direction& used = connection.ways[direction];
  const End reader = connection.ends[1 - direction];
  const std::uint64_t room = used.limit - std::min(used.limit, used.delivered);
  const bool whole = bytes.size() <= room;
  if (!whole) bytes = bytes.substr(0, static_cast<std::size_t>(room));
  used.delivered += bytes.size();
  if (reader.state == EndState::kOpen && !bytes.empty()) {
    scheduler_.trace(bytes);
    ports_[reader.server]->peer_bytes(reader.channel, bytes);
  }
  if (!whole || reader.state != EndState::kOpen) return bounce(index, direction);
  const End sender = connection.ends[direction];
  if (!used.drain_at || used.delivered < *used.drain_at) return;
  used.drain_at.reset();
  if (sender.state == EndState::kOpen) ports_[sender.server]->peer_drained(sender.channel);
}

void PeerNetwork::bounce(std::uint32_t index, std::uint32_t direction) {
  Connection& connection = connections_[index];
  const End& sender = connection.ends[direction];
  const End& reader = connection.ends[1 - direction];
  // A reader that closed by itself has said so already, or says so behind this.
  const bool owed = sender.state == EndState::kOpen && reader.state != EndState::kExpected;
  if (!owed || !connection.bounces || connection.reset_sent[1 - direction] || !powered_[reader.server]) return;
  connection.reset_sent[1 - direction] = true;
  push(index, 1 - direction, SegmentKind::kClose, {});
}

// ---- ends
// ----------------------------------------------------------------------------------------------------------------

/// Nothing sent from now on arrives, and of what is on its way only a prefix.
void PeerNetwork::break_way(Connection& connection, std::uint32_t direction, std::uint64_t keep_all_per_thousand) {
  Direction& used = connection.ways[direction];
  const std::uint64_t flying = used.sent - used.delivered;
  const bool all = breaks_.chance(static_cast<std::uint32_t>(keep_all_per_thousand));
  used.limit = std::min(used.limit, used.delivered + (all ? flying : breaks_.below(flying + 1)));
}

void PeerNetwork::died(std::uint32_t server, bool told) {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    for (std::uint32_t side = 0; side < 2; ++side) {
      Connection& connection = connections_[i];
      End& end = connection.ends[side];
      if (!connection.used || end.server != server) continue;
      if (end.state != EndState::kOpen && end.state != EndState::kDialing) continue;
      const bool open = end.state == EndState::kOpen;
      end.state = EndState::kDead;
      end.paused = false;
      break_way(connection, side, 400);
      if (open && told) push(i, side, SegmentKind::kClose, {});
      resume(i, 1 - side);
      release_if_over(i);
    }
  }
}

void PeerNetwork::break_pair(std::uint32_t a, std::uint32_t b, bool told) {
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    Connection& connection = connections_[i];
    const std::uint32_t first = connection.ends[0].server, second = connection.ends[1].server;
    if (!connection.used || std::min(first, second) != std::min(a, b) || std::max(first, second) != std::max(a, b))
      continue;
    if (connection.ends[0].state != EndState::kOpen || connection.ends[1].state != EndState::kOpen) continue;
    connection.bounces = breaks_.chance(500);
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      break_way(connection, direction, 0);
      // Each end hears of it at once, late or never.
      const std::uint64_t how = breaks_.below(4);
      const std::int64_t late = static_cast<std::int64_t>(breaks_.below(500)) * kMs;
      if (!told || how == 3) continue;
      connection.reset_sent[direction] = true;
      push(i, direction, SegmentKind::kClose, {}, how == 2 ? late : 0);
    }
  }
}

void PeerNetwork::release_if_over(std::uint32_t index) {
  Connection& connection = connections_[index];
  const auto over = [](const End& end) { return end.state == EndState::kClosed || end.state == EndState::kDead; };
  const bool unanswered = over(connection.ends[0]) && connection.ends[1].state == EndState::kExpected;
  if (!unanswered && !(over(connection.ends[0]) && over(connection.ends[1]))) return;
  connection.used = false;
  for (Direction& direction : connection.ways) direction.pipe.reset();
}

}  // namespace vivarium::sim
