#include "kernel/replica/housekeeping.h"

#include <algorithm>

#include "kernel/replica/client_port.h"
#include "kernel/replica/note_text.h"
#include "kernel/replica/roles.h"
#include "kernel/replica/state.h"
#include "kernel/replica/write_pipeline.h"

namespace vivarium {

namespace {

ProposalOrigin internal_origin(const ReplicaState& s, OpCode request) {
  ProposalOrigin origin;
  origin.kind = ProposalOrigin::Kind::kInternal;
  origin.request = request;
  origin.arrived = s.now;
  return origin;
}

bool still_greeting(const ReplicaState& s, ChannelId channel) {
  const Connection* connection = s.connections.find(channel);
  return connection != nullptr && connection->phase == Connection::Phase::kGreeting;
}

void drop_slow_handshakes(ReplicaState& s, Effects& out) {
  auto& waiting = s.timers.handshakes;
  while (!waiting.empty()) {
    const Timers::Handshake first = waiting.front();
    if (still_greeting(s, first.channel)) {
      if (first.due > s.now) return;
      Connection* connection = s.connections.find(first.channel);
      if (connection->stalled) {  // it is we who keep it waiting
        waiting.push_back({s.now + s.config.handshake_timeout, first.channel});
      } else {
        NoteText note;
        note.text("closing the connection from ")
            .text(view(connection->peer))
            .text(": no session was asked for in time");
        out.note(NoteLevel::kInfo, note.line());
        close_connection(s, *connection, out);
      }
    }
    waiting.pop_front();
  }
}

void expire_sessions(ReplicaState& s, Effects& out) {
  if (s.sessions.next_deadline() <= s.now) {
    // A client that we do not read from cannot be heard: our own throttling must not expire it (E2).
    s.connections.for_each([&s](const Connection& connection) {
      const bool unheard = connection.paused || connection.stalled || connection.awaiting_auth;
      if (unheard && connection.phase == Connection::Phase::kOpen) {
        hear_session(s, connection);
      }
    });
  }
  s.expired.clear();
  s.sessions.take_expired(s.now, s.expired);
  for (const SessionId session : s.expired) {
    if (KMUTANT(s.config.mutant, kExpiryPutOff) && s.connections.of_session(session) != nullptr) continue;
    NoteText note;
    note.text("expiring session ").hex(session.value).text(", timeout of ").number(s.sessions.timeout_ms(session));
    out.note(NoteLevel::kInfo, note.text("ms exceeded").line());
    ++s.counters.sessions_expired;
    Connection* connection = s.connections.of_session(session);
    if (connection != nullptr) connection->phase = Connection::Phase::kDraining;
    propose(s, internal_origin(s, OpCode::kCloseSession), session, nullptr, OpCode::kCloseSession, {}, out);
  }
}

bool ttl_has_passed(const ReplicaState& s, const Znode& node, std::int64_t ttl_ms) {
  return ttl_ms != 0 && s.wall.millis - node.mtime.millis > ttl_ms;
}

/// Childless, and either used before (cversion counts creates) or unused for too long. Age is wall time, as in Apache:
/// a node's times come from the log.
bool is_removable_container(const ReplicaState& s, const Znode& node) {
  if (s.tree.child_count(node) != 0) return false;
  if (node.cversion > 0 || KMUTANT(s.config.mutant, kContainerTooEager)) return true;
  const std::int64_t most = s.config.container_max_never_used.to_millis();
  return most != 0 && s.wall.millis - node.mtime.millis > most;
}

bool is_removable(const ReplicaState& s, std::string_view path) {
  const Znode* node = s.tree.find(path);
  if (node == nullptr) return false;
  const OwnerKind kind = s.tree.kind(*node);
  if (kind == OwnerKind::kContainer) return is_removable_container(s, *node);
  if (kind != OwnerKind::kTtl || s.tree.child_count(*node) != 0) return false;
  return ttl_has_passed(s, *node, ttl_of_owner(node->ephemeral_owner));
}

void scan_for_removable(ReplicaState& s) {
  KASSERT(s.timers.doomed.empty());
  const auto consider = [&s](std::string_view path) {
    if (is_removable(s, path)) s.timers.doomed.push_back(to_string(path));
  };
  s.tree.for_each_container(consider);
  s.tree.for_each_ttl_node([&consider](std::string_view path, std::int64_t) { consider(path); });
}

void remove_doomed(ReplicaState& s, Effects& out) {
  const std::int64_t per_minute = std::max(s.config.container_max_per_minute, 1);
  const Duration pace = Duration::millis(60'000 / per_minute);
  while (!s.timers.doomed.empty() && s.now >= s.timers.next_removal && has_room(s)) {
    const String path = s.timers.doomed.front();
    s.timers.doomed.pop_front();
    if (!is_removable(s, view(path))) continue;
    Vector<char> body;
    ByteWriter(body).ustring(view(path));
    propose(s, internal_origin(s, OpCode::kDeleteContainer), SessionId{}, nullptr, OpCode::kDeleteContainer, view(body),
            out);
    s.timers.next_removal = s.now + pace;
  }
}

/// Sessions, containers and TTL nodes end by txns, which only a leader (or a standalone server) proposes (E1).
bool decides_for_sessions(const ReplicaState& s) {
  return is_serving(s) && (!is_learning(s) || KMUTANT(s.config.mutant, kExpiresAnywhere));
}

}  // namespace

void keep_house(ReplicaState& s, Effects& out) {
  drop_slow_handshakes(s, out);
  expire_read_only(s, out);
  if (s.shutting_down || !decides_for_sessions(s)) return;
  expire_sessions(s, out);
  if (s.now >= s.timers.next_scan && s.timers.doomed.empty()) {
    s.timers.next_scan = s.now + s.config.container_check_interval;
    scan_for_removable(s);
  }
  remove_doomed(s, out);
}

void remove_orphans(ReplicaState& s, Effects& out) {
  KASSERT(!s.snapshots.base_missing());
  Vector<SessionId> owners;
  s.tree.ephemerals().for_each([&](SessionId owner, const auto&) {
    if (!s.sessions.contains(owner)) owners.push_back(owner);
  });
  for (const SessionId owner : owners) {
    NoteText note;
    note.text("removing the ephemeral nodes of session ").hex(owner.value).text(", which is not in the session table");
    out.note(NoteLevel::kWarning, note.line());
    propose(s, internal_origin(s, OpCode::kCloseSession), owner, nullptr, OpCode::kCloseSession, {}, out);
  }
}

Instant next_housekeeping(const ReplicaState& s) {
  Instant next = Instant::never();
  if (!s.timers.handshakes.empty()) next = s.timers.handshakes.front().due;
  next = std::min(next, s.ensemble.read_only.next_deadline());
  if (s.shutting_down || !decides_for_sessions(s)) return next;
  next = std::min(next, s.sessions.next_deadline());
  if (s.timers.doomed.empty()) {
    next = std::min(next, s.timers.next_scan);
  } else if (has_room(s)) {
    next = std::min(next, s.timers.next_removal);
  }
  return next;
}

}  // namespace vivarium
