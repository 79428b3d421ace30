#include "kernel/replica/client_port.h"

#include <algorithm>

#include "kernel/base/slice.h"
#include "kernel/replica/handshake.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/requests.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"

namespace vivarium {

namespace {

constexpr std::size_t kLengthSize = 4;
constexpr std::size_t kKeptCapacity = 16 * 1024;  // of an idle connection's buffer

std::size_t max_buffered(const ReplicaState& s) {
  return std::max(limits::kMaxBufferedPerChannel, static_cast<std::size_t>(s.config.max_frame) + kLengthSize);
}

/// Bytes that have to wait.
void hold(const ReplicaState& s, Connection& connection, std::string_view bytes) {
  connection.unfinished.insert(connection.unfinished.end(), bytes.data(), bytes.data() + bytes.size());
  if (s.times_arrivals) connection.arrivals.note(bytes.size(), s.now);
}

/// As soon as its length is known, before its bytes fill our memory.
void refuse_large(ReplicaState& s, Connection& connection, Effects& out) {
  ++s.counters.large_requests_rejected;
  NoteText note;
  note.text("closing the connection from ").text(view(connection.peer));
  note.text(": a large request, and those under way have used largeRequestMaxBytes up");
  s.refusals.note(s.now, NoteLevel::kWarning, note, out);
  close_connection(s, connection, out);
}

/// Takes whole frames off the front of `bytes` for as long as the connection takes them. Returns the bytes taken. The
/// connection may be gone afterwards: look it up again.
std::size_t take_frames(ReplicaState& s, ChannelId channel, std::string_view bytes, Effects& out) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    Connection* connection = s.connections.find(channel);
    if (connection == nullptr || !connection->takes_frames()) break;
    const std::string_view rest = slice(bytes, taken);
    if (connection->phase == Connection::Phase::kGreeting) {
      const std::size_t greeting = take_greeting(s, *connection, rest, out);
      if (greeting == 0) break;
      taken += greeting;
      connection = s.connections.find(channel);
      if (connection != nullptr) connection->arrivals.take(greeting, s.now);
      continue;
    }
    const FrameView frame = first_frame(s, rest);
    if (frame.status == FrameView::Status::kBadLength) {
      refuse_frame(s, *connection, frame.length, out);
      break;
    }
    if (s.config.throttle.large_threshold != -1 && frame.length > 0 &&
        is_too_large_now(s, static_cast<std::size_t>(frame.length))) {
      refuse_large(s, *connection, out);
      break;
    }
    if (frame.status != FrameView::Status::kWhole) break;
    if (!take_request(s, *connection, frame.body, out)) break;
    taken += kLengthSize + frame.body.size();
  }
  return taken;
}

/// Takes frames off the connection's own buffer, which must not move under them: it is put aside meanwhile.
void take_from_buffer(ReplicaState& s, Connection& connection, Effects& out) {
  const ChannelId channel = connection.id;
  Vector<char> buffer = std::move(connection.unfinished);
  connection.unfinished.clear();
  const std::size_t taken = take_frames(s, channel, view(buffer), out);
  Connection* left = s.connections.find(channel);
  if (left == nullptr) return;
  KASSERT(left->unfinished.empty());
  buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(taken));
  if (buffer.empty() && buffer.capacity() > kKeptCapacity) buffer = Vector<char>();
  left->unfinished = std::move(buffer);
}

/// Moves just enough of `bytes` behind the unfinished frame to complete it. Returns what is left of `bytes`.
std::string_view top_up(const ReplicaState& s, Connection& connection, std::string_view bytes) {
  Vector<char>& unfinished = connection.unfinished;
  std::size_t wanted = kLengthSize;
  if (unfinished.size() >= kLengthSize) {
    const std::int32_t length = load_big_endian<std::int32_t>(unfinished.data());
    const bool sane = length >= 0 && length <= s.config.max_frame;
    wanted = sane ? kLengthSize + static_cast<std::size_t>(length) : unfinished.size() + bytes.size();
  }
  const std::size_t missing = wanted > unfinished.size() ? wanted - unfinished.size() : bytes.size();
  const std::size_t moved = std::min(missing, bytes.size());
  hold(s, connection, slice(bytes, 0, moved));
  return slice(bytes, moved);
}

}  // namespace

FrameView first_frame(const ReplicaState& s, std::string_view bytes) {
  FrameView frame;
  if (bytes.size() < kLengthSize) return frame;
  frame.length = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data()));
  if (frame.length < 0 || frame.length > s.config.max_frame) {
    frame.status = FrameView::Status::kBadLength;
  } else if (bytes.size() - kLengthSize >= static_cast<std::size_t>(frame.length)) {
    frame.status = FrameView::Status::kWhole;
    frame.body = slice(bytes, kLengthSize, static_cast<std::size_t>(frame.length));
  }
  return frame;
}

void refuse_frame(ReplicaState& s, Connection& connection, std::int32_t length, Effects& out) {
  NoteText note;
  note.text("closing the connection from ").text(view(connection.peer)).text(": frame length ").number(length);
  out.note(NoteLevel::kWarning, note.text(" is negative or over jute.maxbuffer").line());
  close_connection(s, connection, out);
}

void open_connection(ReplicaState& s, const ChannelOpened& opened, Effects& out) {
  if (s.shutting_down || opened.kind != ChannelKind::kClient) {
    out.emit(EffectKind::kClose, opened.channel);
    return;
  }
  // A channel that the adapter took over and ended needs no ChannelClosed before its slot is used again.
  Connection* last = s.connections.in_slot(opened.channel.slot);
  if (last != nullptr) {
    KASSERT(last->phase == Connection::Phase::kAdmin);
    forget_connection(s, last->id);
  }
  Connection& connection = s.connections.open(opened.channel, opened.peer);
  connection.established = s.wall;
  connection.identities.push_back(Identity{to_string("ip"), to_string(opened.peer)});
  s.timers.handshakes.push_back({s.now + s.config.handshake_timeout, opened.channel});
}

void take_bytes(ReplicaState& s, const ChannelBytes& arrived, Effects& out) {
  Connection* connection = s.connections.find(arrived.channel);
  if (connection == nullptr || s.shutting_down) return;
  if (connection->phase == Connection::Phase::kDraining || connection->phase == Connection::Phase::kAdmin) return;
  if (connection->phase == Connection::Phase::kOpen) hear_session(s, *connection);

  std::string_view bytes = arrived.bytes;
  while (!bytes.empty() && !connection->unfinished.empty() && connection->takes_frames()) {
    const std::size_t before = connection->unfinished.size();
    bytes = top_up(s, *connection, bytes);
    take_from_buffer(s, *connection, out);
    connection = s.connections.find(arrived.channel);
    if (connection == nullptr) return;
    KASSERT(bytes.empty() || connection->unfinished.size() != before);
  }
  if (!bytes.empty() && connection->takes_frames()) {
    bytes.remove_prefix(take_frames(s, arrived.channel, bytes, out));
    connection = s.connections.find(arrived.channel);
    if (connection == nullptr) return;
  }
  const bool drops =
      connection->phase == Connection::Phase::kDraining || connection->phase == Connection::Phase::kAdmin;
  if (!drops) hold(s, *connection, bytes);
  update_flow(s, *connection, out);
}

namespace {

void go_on(ReplicaState& s, ChannelId channel, Effects& out) {
  Connection* connection = s.connections.find(channel);
  if (connection == nullptr) return;
  if (!connection->unfinished.empty() && connection->takes_frames() && !s.shutting_down) {
    take_from_buffer(s, *connection, out);
    connection = s.connections.find(channel);
    if (connection == nullptr) return;
  }
  update_flow(s, *connection, out);
}

}  // namespace

void take_held_bytes(ReplicaState& s, ChannelId channel, Effects& out) {
  Connection* connection = s.connections.find(channel);
  if (connection != nullptr && connection->takes_frames() && s.times_arrivals) {
    connection->arrivals.restart(connection->unfinished.size(), s.now);
  }
  go_on(s, channel, out);
}

void hear_session(ReplicaState& s, const Connection& connection) {
  if (is_learning(s)) {
    s.ensemble.learner.touched[connection.session] = connection.timeout_ms;
  } else if (is_read_only(s)) {
    s.ensemble.read_only.touch(connection.session, connection.timeout_ms, s.now);
  } else {
    s.sessions.touch(connection.session, connection.timeout_ms, s.now);
  }
}

void close_connection(ReplicaState& s, Connection& connection, Effects& out) {
  out.emit(EffectKind::kClose, connection.id);
  forget_connection(s, connection.id);
}

void forget_connection(ReplicaState& s, ChannelId channel) {
  Connection* connection = s.connections.find(channel);
  if (connection == nullptr) return;
  if (connection->phase == Connection::Phase::kAdmin) ++s.counters.packets_sent;  // the adapter has answered
  // What a client said while we did not read from it is lost with the channel: the silence was ours (E2).
  const bool unheard = connection->paused || !connection->takes_frames();
  if (unheard && connection->phase == Connection::Phase::kOpen) {
    hear_session(s, *connection);
  }
  for (; !connection->large.empty(); connection->large.pop_front()) s.large_bytes -= connection->large.front().size;
  s.watches.remove_all(channel);
  s.connections.forget(*connection);
}

void stall(ReplicaState& s, Connection& connection) {
  KASSERT(!connection.stalled);
  if (is_learning(s)) s.probes.hit(Probe::kForwardingFull);
  connection.stalled = true;
  ++s.counters.throttle_waits;
  s.stalled.push_back(connection.id);
}

void release_stalled(ReplicaState& s, Effects& out) {
  // Who stalls again goes to the back, so that no connection starves behind busier ones.
  for (std::size_t left = s.stalled.size(); left > 0 && has_room(s); --left) {
    const ChannelId channel = s.stalled.front();
    s.stalled.pop_front();
    Connection* connection = s.connections.find(channel);
    if (connection == nullptr) continue;
    KASSERT(connection->stalled);
    connection->stalled = false;
    go_on(s, channel, out);
  }
}

void update_flow(ReplicaState& s, Connection& connection, Effects& out) {
  const std::size_t most_bytes = max_buffered(s);
  const std::size_t bytes = connection.buffered_bytes();
  const std::size_t requests = connection.pending_count();
  const bool full = connection.stalled || bytes >= most_bytes || requests >= limits::kMaxQueuedPerChannel;
  const bool roomy = !connection.stalled && bytes <= most_bytes / 2 && requests <= limits::kMaxQueuedPerChannel / 2;
  if (full && !connection.paused) {
    connection.paused = true;
    out.emit(EffectKind::kPauseReading, connection.id);
  } else if (roomy && connection.paused) {
    connection.paused = false;
    // What it said meanwhile is still on its way to us: the silence until here was ours (E2).
    if (connection.phase == Connection::Phase::kOpen) hear_session(s, connection);
    out.emit(EffectKind::kResumeReading, connection.id);
  }
}

}  // namespace vivarium
