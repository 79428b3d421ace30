// The last committed txns: bounded, without gaps, found by zxid.
#include "kernel/zab/committed_log.h"

#include <gtest/gtest.h>

#include <string>

namespace vivarium {
namespace {

Zxid at(std::int64_t epoch, std::uint32_t counter) { return Zxid::make(Epoch{epoch}, counter); }

TEST(CommittedLog, keeps_the_newest_entries_only) {
  CommittedLog log;
  log.set_limits(3, 1000);
  for (std::uint32_t i = 1; i <= 5; ++i) log.push(at(1, i), std::string(i, 'x'));
  ASSERT_EQ(log.size(), 3u);
  EXPECT_EQ(log.min(), at(1, 3));
  EXPECT_EQ(log.max(), at(1, 5));
  EXPECT_EQ(log.txn(log[0]), "xxx");
  EXPECT_EQ(log.txn(log[2]), "xxxxx");
}

TEST(CommittedLog, is_bounded_in_bytes_but_keeps_the_last_entry_whatever_its_size) {
  CommittedLog log;
  log.set_limits(100, 10);
  log.push(at(1, 1), "1234");
  log.push(at(1, 2), "123456");
  EXPECT_EQ(log.size(), 2u);
  log.push(at(1, 3), "1");
  EXPECT_EQ(log.min(), at(1, 2));
  log.push(at(1, 4), std::string(50, 'x'));
  ASSERT_EQ(log.size(), 1u);
  EXPECT_EQ(log.txn(log[0]).size(), 50u);
}

TEST(CommittedLog, applies_smaller_limits_at_once) {
  CommittedLog log;
  for (std::uint32_t i = 1; i <= 5; ++i) log.push(at(1, i), "x");
  log.set_limits(2, 1000);
  EXPECT_EQ(log.min(), at(1, 4));
}

TEST(CommittedLog, goes_on_in_a_later_epoch) {
  CommittedLog log;
  log.push(at(1, 7), "a");
  log.push(at(3, 1), "b");
  EXPECT_EQ(log.size(), 2u);
}

TEST(CommittedLog, forgets_what_is_in_front_of_a_gap) {
  CommittedLog log;
  log.push(at(1, 1), "a");
  log.push(at(1, 3), "b");
  EXPECT_EQ(log.size(), 1u);
  log.push(at(2, 2), "c");  // the epoch's first txn was not seen
  EXPECT_EQ(log.size(), 1u);
  EXPECT_EQ(log.min(), at(2, 2));
}

TEST(CommittedLog, finds_by_zxid) {
  CommittedLog log;
  log.push(at(1, 6), "a");
  log.push(at(1, 7), "b");
  log.push(at(3, 1), "c");
  EXPECT_EQ(log.first_after(at(1, 5)), 0u);
  EXPECT_EQ(log.first_after(at(1, 6)), 1u);
  EXPECT_EQ(log.first_after(at(2, 0)), 2u);
  EXPECT_EQ(log.first_after(at(3, 1)), 3u);
  EXPECT_TRUE(log.contains(at(1, 7)));
  EXPECT_FALSE(log.contains(at(1, 8)));
  EXPECT_FALSE(log.contains(at(1, 5)));
}

TEST(CommittedLog, is_empty_after_clear) {
  CommittedLog log;
  log.push(at(1, 6), "a");
  log.clear();
  EXPECT_TRUE(log.empty());
  EXPECT_EQ(log.first_after(at(0, 0)), 0u);
  EXPECT_FALSE(log.contains(at(1, 6)));
  log.push(at(1, 1), "b");
  EXPECT_EQ(log.txn(log[0]), "b");
}

TEST(CommittedLogDeathTest, never_goes_back) {
  CommittedLog log;
  log.push(at(1, 6), "a");
  EXPECT_DEATH(log.push(at(1, 6), "a"), "zxid > max");
}

}  // namespace
}  // namespace vivarium
