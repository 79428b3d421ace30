// Global sessions: id, timeout, deadline (SessionTrackerImpl). Part of the replicated state: created and closed by
// txns, held by snapshots. Deadlines are local to the established leader (or the standalone server).
//
// Must never: expire a session by itself (it names candidates; the kernel proposes closeSession); use wall time.
// Invariants: E1, E2, E3.
#pragma once

#include <cstdint>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

class SessionTable {
 public:
  /// Deadlines are rounded up to buckets of `tick`: ((t + timeout)/tick + 1) * tick, as Apache's ExpiryQueue.
  explicit SessionTable(Duration tick = Duration::millis(2000)) : tick_(tick) {}

  /// From a createSession txn or a snapshot; replaces the timeout when the session exists (replay).
  void add(SessionId id, std::int32_t timeout_ms);
  /// From a closeSession txn. Idempotent.
  void remove(SessionId id);
  bool contains(SessionId id) const;
  /// The replicated (creation) timeout; 0 when unknown.
  std::int32_t timeout_ms(SessionId id) const;
  std::size_t size() const;
  /// Calls visit(id, timeout_ms) in id order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [id, session] : sessions_) visit(id, session.timeout_ms);
  }

  // ---- deadlines -------------------------------------------------------------------------------------------------
  /// Starts or moves the deadline of a session with the timeout given (a reconnect may have re-clamped it).
  /// A session that is closing or unknown is not touched: returns false.
  bool touch(SessionId id, std::int32_t timeout_ms, Instant now);
  /// A new leader, or a restart: every session gets its full timeout from `now`.
  void start_tracking(Instant now);
  void stop_tracking();
  /// A closeSession is on its way: no more touches, no second candidate.
  void mark_closing(SessionId id);
  bool is_closing(SessionId id) const;
  /// Earliest deadline; Instant::never() when nothing is tracked.
  Instant next_deadline() const;
  /// Sessions whose deadline has passed, in (deadline, id) order; each is marked closing by this call.
  void take_expired(Instant now, Vector<SessionId>& expired);
  /// Deadline buckets for the `dump` word: visit(deadline, id).
  template <class Visit>
  void for_each_deadline(Visit&& visit) const {
    for (const auto& [deadline, id] : deadlines_) visit(deadline, id);
  }

  void hash_into(StateHash& hash) const;

 private:
  struct Session {
    std::int32_t timeout_ms = 0;
    bool closing = false;
    Instant deadline = Instant::never();
  };
  Duration tick_;
  bool tracking_ = false;
  Map<SessionId, Session> sessions_;
  Set<std::pair<Instant, SessionId>> deadlines_;
};

/// 16 bytes that Java's Random(id ^ 0xB3415C00).nextBytes would give (protocol.md 2.2), so that clients can move
/// between Apache and us.
struct Password {
  char bytes[16];
};
Password session_password(SessionId id);

/// First id that a server hands out: ((ms << 24) >>> 8) | (server << 56) (SessionTrackerImpl.initializeNextSessionId).
SessionId first_session_id(ServerId server, WallTime boot);
/// id + 1, skipping INT64_MIN (the container owner).
SessionId next_session_id(SessionId id);

}  // namespace vivarium
