#include "kernel/replica/read_only.h"

#include <algorithm>

#include "kernel/replica/client_port.h"
#include "kernel/replica/state.h"

namespace vivarium {

namespace {

/// Elections are usually over long before (QuorumPeer.run).
constexpr Duration kShortestGrace = Duration::millis(2000);

}  // namespace

void ReadOnlySessions::open(SessionId session, std::int32_t timeout_ms, Instant now) {
  const Instant deadline = now + Duration::millis(timeout_ms);
  sessions_.emplace(session, deadline);
  next_deadline_ = std::min(next_deadline_, deadline);
}

bool ReadOnlySessions::touch(SessionId session, std::int32_t timeout_ms, Instant now) {
  const auto found = sessions_.find(session);
  if (found == sessions_.end() || found->second == Instant::never()) return false;
  found->second = std::max(found->second, now + Duration::millis(timeout_ms));
  return true;
}

void ReadOnlySessions::take_silent(Instant now, Vector<SessionId>& silent) {
  if (now < next_deadline_) return;
  next_deadline_ = Instant::never();
  for (auto& [session, deadline] : sessions_) {
    if (deadline == Instant::never()) continue;
    if (deadline <= now) {
      silent.push_back(session);
      deadline = Instant::never();
    } else {
      next_deadline_ = std::min(next_deadline_, deadline);
    }
  }
}

void ReadOnlySessions::clear() {
  sessions_.clear();
  next_deadline_ = Instant::never();
}

void ReadOnlySessions::hash_into(StateHash& hash) const {
  hash.add(sessions_.size());
  for (const auto& [session, deadline] : sessions_) {
    hash.add(static_cast<std::uint64_t>(session.value));
    hash.add(static_cast<std::uint64_t>(deadline.nanos));
  }
}

bool is_read_only(const ReplicaState& s) {
  const Ensemble& e = s.ensemble;
  if (!s.config.ensemble.read_only_mode || e.role != Role::kLooking || !e.history_known) return false;
  return s.now >= e.looking_since + std::max(kShortestGrace, s.config.tick);
}

bool refused_read_only(OpCode op) { return is_write(op) || op == OpCode::kSync || op == OpCode::kCheck; }

void expire_read_only(ReplicaState& s, Effects& out) {
  s.expired.clear();
  s.ensemble.read_only.take_silent(s.now, s.expired);
  for (const SessionId session : s.expired) {
    Connection* connection = s.connections.of_session(session);
    if (connection != nullptr) close_connection(s, *connection, out);
  }
}

}  // namespace vivarium
