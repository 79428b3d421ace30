// Sessions: replicated part, deadlines, identities.
#include "kernel/session/session_table.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vivarium {
namespace {

constexpr Instant at_ms(std::int64_t ms) { return Instant{ms * 1'000'000}; }
constexpr Duration kTick = Duration::millis(2000);
constexpr SessionId kA{0x100}, kB{0x200}, kC{0x300};

std::vector<std::int64_t> expired(SessionTable& table, Instant now) {
  Vector<SessionId> ids;
  table.take_expired(now, ids);
  std::vector<std::int64_t> values;
  for (const SessionId id : ids) values.push_back(id.value);
  return values;
}

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

TEST(Password, is_what_java_util_random_gives) {
  EXPECT_EQ(hex(session_password(SessionId{0x100001209120000}).view()), "9c8905d7f9f06277da1b2d756a00d5b9");
}

TEST(Password, of_session_zero_never_matches) {
  EXPECT_FALSE(is_session_password(SessionId{0}, session_password(SessionId{0}).view()));
  EXPECT_TRUE(is_session_password(kA, session_password(kA).view()));
  EXPECT_FALSE(is_session_password(kA, session_password(kB).view()));
  EXPECT_FALSE(is_session_password(kA, session_password(kA).view().substr(0, 15)));
}

TEST(SessionIds, carry_the_server_in_the_top_byte) {
  EXPECT_EQ(first_session_id(ServerId{1}, WallTime{0}).value, 0x0100000000000000);
  EXPECT_EQ(first_session_id(ServerId{3}, WallTime{0x18512345678}).value, 0x0385123456780000);
  EXPECT_LT(first_session_id(ServerId{255}, WallTime{1}).value, 0);
}

TEST(SessionIds, skip_the_container_owner) {
  EXPECT_EQ(first_session_id(ServerId{128}, WallTime{0}).value, INT64_MIN + 1);
  EXPECT_EQ(next_session_id(SessionId{INT64_MAX}).value, INT64_MIN + 1);
  EXPECT_EQ(next_session_id(SessionId{7}).value, 8);
}

TEST(SessionTable, walks_sessions_in_id_order) {
  SessionTable table;
  table.add(kC, 3);
  table.add(kA, 1);
  table.add(kB, 2);
  std::vector<std::pair<std::int64_t, int>> seen;
  table.for_each([&](SessionId id, std::int32_t timeout) { seen.emplace_back(id.value, timeout); });
  EXPECT_EQ(seen, (std::vector<std::pair<std::int64_t, int>>{{0x100, 1}, {0x200, 2}, {0x300, 3}}));
}

TEST(SessionTable, adding_again_replaces_the_timeout_only) {
  SessionTable table;
  table.add(kA, 4000);
  table.start_tracking(at_ms(0), kTick);
  const Instant deadline = table.deadline(kA);
  table.add(kA, 9000);
  EXPECT_EQ(table.timeout_ms(kA), 9000);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(table.deadline(kA), deadline);
}

TEST(SessionTable, removing_is_idempotent) {
  SessionTable table;
  table.add(kA, 4000);
  table.remove(kA);
  table.remove(kA);
  EXPECT_FALSE(table.contains(kA));
  EXPECT_EQ(table.timeout_ms(kA), 0);
  EXPECT_EQ(table.size(), 0u);
}

TEST(SessionTable, rounds_deadlines_up_to_the_next_bucket) {
  SessionTable table;
  table.add(kA, 4000);
  table.start_tracking(at_ms(1), kTick);
  EXPECT_EQ(table.next_deadline(), at_ms(6000));
  table.touch(kA, 4000, at_ms(1999));
  EXPECT_EQ(table.next_deadline(), at_ms(6000));
  table.touch(kA, 4000, at_ms(2000));
  EXPECT_EQ(table.next_deadline(), at_ms(8000));
}

TEST(SessionTable, never_expires_before_the_timeout_and_expires_within_a_tick_after) {
  SessionTable table;
  table.add(kA, 4000);
  table.start_tracking(at_ms(1500), kTick);
  EXPECT_TRUE(expired(table, at_ms(5500)).empty());
  EXPECT_TRUE(expired(table, at_ms(5999)).empty());
  EXPECT_EQ(expired(table, at_ms(6000)), std::vector<std::int64_t>{kA.value});
}

TEST(SessionTable, an_expired_session_is_named_once_and_stays_until_its_close_is_applied) {
  SessionTable table;
  table.add(kA, 4000);
  table.start_tracking(at_ms(0), kTick);
  EXPECT_EQ(expired(table, at_ms(60'000)).size(), 1u);
  EXPECT_TRUE(table.contains(kA));
  EXPECT_TRUE(table.is_closing(kA));
  EXPECT_FALSE(table.touch(kA, 4000, at_ms(60'000)));
  EXPECT_TRUE(expired(table, at_ms(90'000)).empty());
}

TEST(SessionTable, names_expired_sessions_by_deadline_then_id) {
  SessionTable table;
  table.add(kC, 4000);
  table.add(kA, 4000);
  table.add(kB, 1000);
  table.start_tracking(at_ms(0), kTick);
  EXPECT_EQ(expired(table, at_ms(60'000)), (std::vector<std::int64_t>{kB.value, kA.value, kC.value}));
}

TEST(SessionTable, an_unknown_session_is_not_touched) {
  SessionTable table;
  table.start_tracking(at_ms(0), kTick);
  EXPECT_FALSE(table.touch(kA, 4000, at_ms(0)));
  EXPECT_EQ(table.next_deadline(), Instant::never());
}

TEST(SessionTable, a_session_added_while_tracking_gets_its_full_timeout_without_a_touch) {
  SessionTable table;
  table.start_tracking(at_ms(0), kTick);
  table.add(kA, 4000);
  EXPECT_LE(table.next_deadline(), at_ms(2000)) << "the caller must be woken to start the deadline";
  EXPECT_TRUE(expired(table, at_ms(100'000)).empty());
  EXPECT_EQ(table.deadline(kA), at_ms(106'000));
  EXPECT_EQ(expired(table, at_ms(106'000)).size(), 1u);
}

TEST(SessionTable, a_reconnect_may_shorten_the_timeout) {
  SessionTable table;
  table.add(kA, 40'000);
  table.start_tracking(at_ms(0), kTick);
  table.touch(kA, 4000, at_ms(0));
  EXPECT_EQ(table.next_deadline(), at_ms(6000));
  EXPECT_EQ(table.timeout_ms(kA), 40'000);
}

TEST(SessionTable, a_new_leader_gives_every_session_a_fresh_timeout_and_forgets_pending_closes) {
  SessionTable table;
  table.add(kA, 4000);
  table.start_tracking(at_ms(0), kTick);
  table.mark_closing(kA);
  EXPECT_EQ(table.next_deadline(), Instant::never());
  table.start_tracking(at_ms(50'000), kTick);
  EXPECT_FALSE(table.is_closing(kA));
  EXPECT_EQ(table.next_deadline(), at_ms(56'000));
}

TEST(SessionTable, without_tracking_nothing_expires) {
  SessionTable table;
  table.add(kA, 4000);
  EXPECT_TRUE(table.touch(kA, 4000, at_ms(0)));
  EXPECT_EQ(table.next_deadline(), Instant::never());
  table.start_tracking(at_ms(0), kTick);
  table.stop_tracking();
  EXPECT_TRUE(expired(table, at_ms(1'000'000)).empty());
}

TEST(SessionTable, tolerates_any_timeout_that_a_log_may_hold) {
  SessionTable table;
  table.add(kA, -1);
  table.add(kB, INT32_MAX);
  table.start_tracking(at_ms(0), kTick);
  EXPECT_EQ(expired(table, at_ms(2000)), std::vector<std::int64_t>{kA.value});
}

TEST(SessionTable, shows_deadlines_in_order) {
  SessionTable table;
  table.add(kB, 1000);
  table.add(kA, 4000);
  table.add(kC, 1000);
  table.start_tracking(at_ms(0), kTick);
  std::vector<std::pair<std::int64_t, std::int64_t>> seen;
  table.for_each_deadline([&](Instant at, SessionId id) { seen.emplace_back(at.to_millis(), id.value); });
  EXPECT_EQ(seen, (std::vector<std::pair<std::int64_t, std::int64_t>>{{2000, 0x200}, {2000, 0x300}, {6000, 0x100}}));
}

TEST(SessionTable, hashes_by_content_not_by_history) {
  SessionTable one, other;
  one.add(kA, 1);
  one.add(kB, 2);
  other.add(kC, 9);
  other.add(kB, 2);
  other.remove(kC);
  other.add(kA, 1);
  StateHash first, second, third;
  one.hash_into(first);
  other.hash_into(second);
  EXPECT_EQ(first, second);
  const SessionTable copy = other;
  other.start_tracking(at_ms(0), kTick);
  other.hash_into(third);
  EXPECT_NE(first, third);
  StateHash of_copy;
  copy.hash_into(of_copy);
  EXPECT_EQ(of_copy, first) << "a copy is independent";
}

}  // namespace
}  // namespace vivarium
