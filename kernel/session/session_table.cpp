// The table of global sessions; see the header.
#include "kernel/session/session_table.h"

#include "kernel/base/assert.h"

namespace vivarium {

const SessionTable::Session* SessionTable::find(SessionId id) const {
  const auto found = index_.find(id.value);
  if (found == index_.end()) return nullptr;
  KASSERT(found->second < sessions_.size());
  const Session& session = sessions_[found->second];
  KASSERT(session.id == id);
  return &session;
}

SessionTable::Slot SessionTable::take_free_slot() {
  if (free_.empty()) {
    sessions_.push_back(Session{});
    return static_cast<Slot>(sessions_.size() - 1);
  }
  const Slot slot = free_.back();
  free_.pop_back();
  KASSERT(!sessions_[slot].used);
  return slot;
}

void SessionTable::add(SessionId id, std::int32_t timeout_ms) {
  if (Session* known = find(id)) {
    known->timeout_ms = timeout_ms;
    return;
  }
  const Slot slot = take_free_slot();
  sessions_[slot] = Session{id, timeout_ms, true, false, tracking_};
  index_.emplace(id.value, slot);
  // Due at once, whereupon take_expired sees that it is untimed and starts its deadline.
  if (tracking_) queue_.schedule(slot, Instant{0});
  KASSERT(index_.size() + free_.size() == sessions_.size());
}

void SessionTable::remove(SessionId id) {
  Session* session = find(id);
  if (session == nullptr) return;
  const Slot slot = slot_of(*session);
  queue_.cancel(slot);
  *session = Session{};
  free_.push_back(slot);
  index_.erase(id.value);
  KASSERT(index_.size() + free_.size() == sessions_.size());
}

std::int32_t SessionTable::timeout_ms(SessionId id) const {
  const Session* session = find(id);
  return session == nullptr ? 0 : session->timeout_ms;
}

void SessionTable::schedule(const Session& session, std::int32_t timeout_ms, Instant now) {
  KASSERT(tracking_);
  KASSERT(!session.closing);
  // A log may hold any number: a negative timeout means the next bucket.
  queue_.schedule(slot_of(session), now + Duration::millis(std::max<std::int32_t>(timeout_ms, 0)));
}

bool SessionTable::touch(SessionId id, std::int32_t timeout_ms, Instant now) {
  Session* session = find(id);
  if (session == nullptr || session->closing) return false;
  if (!tracking_) return true;
  session->untimed = false;
  schedule(*session, timeout_ms, now);
  return true;
}

void SessionTable::start_tracking(Instant now, Duration tick) {
  tracking_ = true;
  queue_ = ExpiryQueue(tick);
  for (Session& session : sessions_) {
    if (!session.used) continue;
    session.closing = false;
    session.untimed = false;
    schedule(session, session.timeout_ms, now);
  }
}

void SessionTable::stop_tracking() {
  tracking_ = false;
  queue_.clear();
  for (Session& session : sessions_) {
    session.closing = false;
    session.untimed = false;
  }
  KASSERT(next_deadline() == Instant::never());
}

void SessionTable::mark_closing(SessionId id) {
  Session* session = find(id);
  if (session == nullptr) return;
  session->closing = true;
  queue_.cancel(slot_of(*session));
}

bool SessionTable::is_closing(SessionId id) const {
  const Session* session = find(id);
  return session != nullptr && session->closing;
}

void SessionTable::take_expired(Instant now, Vector<SessionId>& expired) {
  for (due_.clear(); queue_.pop_due(now, due_); due_.clear()) {
    const auto first = static_cast<std::ptrdiff_t>(expired.size());
    for (const Slot slot : due_) {
      Session& session = sessions_[slot];
      KASSERT(session.used);
      KASSERT(!session.closing);
      if (session.untimed) {
        session.untimed = false;
        schedule(session, session.timeout_ms, now);
      } else {
        session.closing = true;
        expired.push_back(session.id);
      }
    }
    std::sort(expired.begin() + first, expired.end());
  }
  KASSERT(next_deadline() > now);
}

Instant SessionTable::deadline(SessionId id) const {
  const Session* session = find(id);
  return session == nullptr ? Instant::never() : queue_.deadline(slot_of(*session));
}

Vector<SessionTable::Slot> SessionTable::slots_by_id() const {
  Vector<Slot> slots;
  slots.reserve(index_.size());
  for (const Session& session : sessions_) {
    if (session.used) slots.push_back(slot_of(session));
  }
  std::sort(slots.begin(), slots.end(), [this](Slot a, Slot b) { return sessions_[a].id < sessions_[b].id; });
  KASSERT(slots.size() == index_.size());
  return slots;
}

void SessionTable::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(size()));
  hash.add(std::uint64_t{tracking_});
  for (const Slot slot : slots_by_id()) {
    const Session& session = sessions_[slot];
    hash.add(static_cast<std::uint64_t>(session.id.value));
    hash.add(static_cast<std::uint64_t>(session.timeout_ms));
    hash.add(std::uint64_t{session.closing} * 2 + std::uint64_t{session.untimed});
    hash.add(static_cast<std::uint64_t>(queue_.deadline(slot).nanos));
  }
}

}  // namespace vivarium
