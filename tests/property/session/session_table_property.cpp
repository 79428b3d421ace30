// SessionTable against a naive list of sessions.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "kernel/session/session_table.h"

namespace vivarium {
namespace {

struct NaiveSessions {
  struct Session {
    std::int32_t timeout = 0;
    bool closing = false, untimed = false;
    std::int64_t deadline = INT64_MAX;
  };
  std::int64_t tick;
  bool tracking = false;
  std::map<std::int64_t, Session> sessions;

  std::int64_t round(std::int64_t at) const { return (at / tick + 1) * tick; }

  void add(std::int64_t id, std::int32_t timeout) {
    if (sessions.count(id) != 0) {
      sessions[id].timeout = timeout;
    } else {
      sessions[id] = Session{timeout, false, tracking, tracking ? round(0) : INT64_MAX};
    }
  }
  bool touch(std::int64_t id, std::int32_t timeout, std::int64_t now) {
    if (sessions.count(id) == 0 || sessions[id].closing) return false;
    if (!tracking) return true;
    sessions[id].untimed = false;
    sessions[id].deadline = round(now + timeout * std::int64_t{1'000'000});
    return true;
  }
  void close(std::int64_t id) {
    if (sessions.count(id) == 0) return;
    sessions[id].closing = true;
    sessions[id].deadline = INT64_MAX;
  }
  void start(std::int64_t now) {
    tracking = true;
    for (auto& [id, s] : sessions)
      s = Session{s.timeout, false, false, round(now + s.timeout * std::int64_t{1'000'000})};
  }
  void stop() {
    tracking = false;
    for (auto& [id, s] : sessions) s = Session{s.timeout, false, false, INT64_MAX};
  }
  std::vector<SessionId> expire(std::int64_t now) {
    std::vector<std::pair<std::int64_t, SessionId>> due;
    for (auto& [id, s] : sessions) {
      if (s.deadline > now) continue;
      if (s.untimed) {
        touch(id, s.timeout, now);
      } else {
        due.emplace_back(s.deadline, SessionId{id});
        close(id);
      }
    }
    std::sort(due.begin(), due.end());
    std::vector<SessionId> ids;
    for (const auto& entry : due) ids.push_back(entry.second);
    return ids;
  }
  std::int64_t next() const {
    std::int64_t first = INT64_MAX;
    for (const auto& [id, s] : sessions) first = std::min(first, s.deadline);
    return first;
  }
};

void compare(const SessionTable& table, const NaiveSessions& naive) {
  RC_ASSERT(table.size() == naive.sessions.size());
  RC_ASSERT(table.next_deadline().nanos == naive.next());
  auto expected = naive.sessions.begin();
  table.for_each([&](SessionId id, std::int32_t timeout) {
    RC_ASSERT(expected->first == id.value);
    RC_ASSERT(expected->second.timeout == timeout);
    RC_ASSERT(expected->second.closing == table.is_closing(id));
    RC_ASSERT(expected->second.deadline == table.deadline(id).nanos);
    ++expected;
  });
}

RC_GTEST_PROP(SessionTable, behaves_like_a_list_of_sessions, ()) {
  const std::int64_t tick_ms = *rc::gen::inRange<std::int64_t>(1, 50);
  SessionTable table;
  NaiveSessions naive{tick_ms * 1'000'000, false, {}};
  std::int64_t now = 0;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, int, int, int>>>(rc::gen::tuple(
      rc::gen::inRange(0, 16), rc::gen::inRange(1, 9), rc::gen::inRange(0, 300), rc::gen::inRange(0, 40)));
  for (const auto& [what, number, timeout, passed] : steps) {
    now += passed * std::int64_t{1'000'000} + number;
    const SessionId id{number};
    switch (what) {
      case 0:
        table.start_tracking(Instant{now}, Duration::millis(tick_ms));
        naive.start(now);
        break;
      case 1:
        if (number > 2) break;
        table.stop_tracking();
        naive.stop();
        break;
      case 2:
      case 3:
      case 4:
        table.add(id, timeout);
        naive.add(id.value, timeout);
        break;
      case 5:
        table.remove(id);
        naive.sessions.erase(id.value);
        break;
      case 6:
        table.mark_closing(id);
        naive.close(id.value);
        break;
      case 7:
      case 8:
      case 9: {
        Vector<SessionId> taken;
        table.take_expired(Instant{now}, taken);
        RC_ASSERT(std::vector<SessionId>(taken.begin(), taken.end()) == naive.expire(now));
        break;
      }
      default:
        RC_ASSERT(table.touch(id, timeout, Instant{now}) == naive.touch(id.value, timeout, now));
    }
    compare(table, naive);
  }
}

}  // namespace
}  // namespace vivarium
