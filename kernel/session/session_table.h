// Global sessions: id, timeout, deadline (SessionTrackerImpl). Part of the replicated state: created and closed by
// txns, held by snapshots. Deadlines are local to the established leader (or the standalone server).
//
// Must never: expire a session by itself (it names candidates; the kernel proposes closeSession); use wall time.
// Callers process every input of a step before take_expired, so that a server that slept does not expire a session
// whose bytes were already waiting (E2). Invariants: E1, E2, E3.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/session/expiry_queue.h"
#include "kernel/session/password.h"

namespace vivarium {

class SessionTable {
 public:
  /// From a createSession txn or a snapshot; replaces the timeout when the session exists (replay). While tracking, a
  /// new session that nobody touches gets its full timeout from the next take_expired: it can be neither expired
  /// early nor immortal (E3).
  void add(SessionId id, std::int32_t timeout_ms);
  /// From a closeSession txn. Idempotent.
  void remove(SessionId id);
  bool contains(SessionId id) const { return find(id) != nullptr; }
  /// The replicated (creation) timeout; 0 when unknown.
  std::int32_t timeout_ms(SessionId id) const;
  std::size_t size() const { return index_.size(); }
  /// Calls visit(id, timeout_ms) in id order. Sorts: for snapshots and reports, not for hot paths.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot slot : slots_by_id()) visit(sessions_[slot].id, sessions_[slot].timeout_ms);
  }

  // ---- deadlines -------------------------------------------------------------------------------------------------
  /// Starts or moves the deadline of a session with the timeout given (a reconnect may have re-clamped it).
  /// A session that is closing or unknown is not touched: returns false. Costs one look-up when the bucket stays.
  bool touch(SessionId id, std::int32_t timeout_ms, Instant now);
  /// A new leader, or a restart: every session gets its full timeout from `now`, and none is closing. Deadlines are
  /// rounded up to buckets of `tick`: ((t + timeout)/tick + 1) * tick, as Apache's ExpiryQueue.
  void start_tracking(Instant now, Duration tick);
  void stop_tracking();
  bool is_tracking() const { return tracking_; }
  /// A closeSession is on its way: no more touches, no second candidate.
  void mark_closing(SessionId id);
  bool is_closing(SessionId id) const;
  /// Earliest deadline; Instant::never() when nothing is tracked.
  Instant next_deadline() const { return queue_.next_deadline(); }
  /// Appends the sessions whose deadline has passed, in (deadline, id) order; each is marked closing by this call.
  void take_expired(Instant now, Vector<SessionId>& expired);
  /// When the session would expire; Instant::never() when it is not tracked, is closing or unknown.
  Instant deadline(SessionId id) const;
  /// Deadline buckets for the `dump` word: visit(deadline, id) in (deadline, id) order.
  template <class Visit>
  void for_each_deadline(Visit&& visit) const {
    Vector<Slot> slots = slots_by_id();
    std::stable_sort(slots.begin(), slots.end(),
                     [this](Slot a, Slot b) { return queue_.deadline(a) < queue_.deadline(b); });
    for (const Slot slot : slots) {
      if (queue_.contains(slot)) visit(queue_.deadline(slot), sessions_[slot].id);
    }
  }

  void hash_into(StateHash& hash) const;

 private:
  using Slot = ExpiryQueue::Slot;
  struct Session {
    SessionId id;
    std::int32_t timeout_ms = 0;
    bool used = false;  // the slot holds a session
    bool closing = false;
    bool untimed = false;  // added while tracking and not touched since
  };

  const Session* find(SessionId id) const;
  Session* find(SessionId id) { return const_cast<Session*>(static_cast<const SessionTable*>(this)->find(id)); }
  Slot slot_of(const Session& session) const { return static_cast<Slot>(&session - sessions_.data()); }
  Slot take_free_slot();
  void schedule(const Session& session, std::int32_t timeout_ms, Instant now);
  Vector<Slot> slots_by_id() const;

  bool tracking_ = false;
  HashMap<std::int64_t, Slot> index_;  // session id -> slot
  Vector<Session> sessions_;
  Vector<Slot> free_;
  ExpiryQueue queue_{Duration::millis(1)};  // empty while not tracking
  Vector<Slot> due_;                        // scratch of take_expired, kept for its capacity
};

}  // namespace vivarium
