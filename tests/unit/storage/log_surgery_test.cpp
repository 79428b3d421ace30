// An operator's knives: cutting history behind a zxid, and rescuing records from a damaged file.
#include "adapters/storage/log_surgery.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

std::string at(const std::string& name) { return join_path(kDirectory, name); }

/// snapshot.0, log.1 (1..4), log.5 (5..8), log.9 (9..12).
void fill(MemoryFileSystem& fs) {
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  for (int i = 1; i <= 12; ++i) {
    machine.append();
    machine.sync();
    if (i % 4 == 0) machine.roll();
  }
}

TEST(TruncateLogs, leaves_a_directory_that_ends_at_the_zxid) {
  for (std::int64_t zxid = 0; zxid <= 13; ++zxid) {
    MemoryFileSystem fs;
    fill(fs);
    ASSERT_TRUE(truncate_logs(fs, kDirectory, Zxid{zxid}, kMaxTxn).ok());
    Machine machine(fs);
    ASSERT_TRUE(machine.boot()) << zxid << machine.error.text;
    ASSERT_EQ(machine.state.last_zxid, Zxid{std::min<std::int64_t>(zxid, 12)});
    machine.append();
    machine.sync();
    Machine next(fs);
    ASSERT_TRUE(next.boot()) << zxid << next.error.text;
    ASSERT_TRUE(next.hash() == history_hash(machine.appended));
  }
}

TEST(TruncateLogs, gets_a_server_going_again_that_refused_damage) {
  MemoryFileSystem fs;
  fill(fs);
  std::string bytes = fs.contents(at("log.5"));
  bytes[bytes.size() / 2] ^= 4;
  fs.put(at("log.5"), bytes);
  Machine machine(fs);
  ASSERT_FALSE(machine.boot());
  ASSERT_TRUE(truncate_logs(fs, kDirectory, Zxid{5}, kMaxTxn).ok());
  EXPECT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.last_zxid, Zxid{5});
}

TEST(TruncateLogs, can_be_repeated_wherever_power_is_lost) {
  for (std::uint64_t operation = 0;; ++operation) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      MemoryFileSystem fs(Seed{seed * 1000 + operation});
      fill(fs);
      fs.lose_power_at(fs.operations() + operation);
      truncate_logs(fs, kDirectory, Zxid{6}, kMaxTxn).ok();
      lost |= !fs.powered();
      fs.reboot();
      Machine between(fs);
      ASSERT_TRUE(between.boot()) << operation << " " << seed << between.error.text;
      ASSERT_GE(between.state.last_zxid, Zxid{6});
      ASSERT_TRUE(truncate_logs(fs, kDirectory, Zxid{6}, kMaxTxn).ok());
      Machine machine(fs);
      ASSERT_TRUE(machine.boot()) << operation << " " << seed << machine.error.text;
      ASSERT_EQ(machine.state.last_zxid, Zxid{6});
    }
    if (!lost) break;
  }
}

TEST(ChopLog, copies_up_to_the_zxid) {
  MemoryFileSystem fs;
  fs.put(at("log.1"), log_bytes(1, 8));
  const auto report = chop_log(fs, at("log.1"), at("chopped"), Zxid{5}, kMaxTxn);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->kept, 5u);
  EXPECT_EQ(report->stopped, "");
  EXPECT_EQ(fs.contents(at("chopped")), log_bytes(1, 5));
}

TEST(RescueLog, fixes_or_leaves_out_records_whose_checksum_differs) {
  MemoryFileSystem fs;
  std::string bytes = log_bytes(1, 5);
  const std::size_t third = log_bytes(1, 2).size();
  bytes[third + 7] ^= 1;  // the stored checksum of record 3
  fs.put(at("log.1"), bytes);
  const auto fixed = rescue_log(fs, at("log.1"), at("fixed"), kMaxTxn, [](const LogPlace& place) {
    EXPECT_EQ(place.zxid, Zxid{3});
    return true;
  });
  ASSERT_TRUE(fixed.ok());
  EXPECT_EQ(fixed->fixed, 1u);
  EXPECT_EQ(fs.contents(at("fixed")), log_bytes(1, 5));
  const auto left_out = rescue_log(fs, at("log.1"), at("left_out"), kMaxTxn, [](const LogPlace&) { return false; });
  ASSERT_TRUE(left_out.ok());
  EXPECT_EQ(left_out->kept, 4u);
  EXPECT_EQ(left_out->last, Zxid{5});
}

TEST(RescueLog, stops_where_nothing_can_be_framed) {
  MemoryFileSystem fs;
  fs.put(at("log.1"), log_bytes(1, 3) + "garbage that is no record");
  const auto report = rescue_log(fs, at("log.1"), at("rescued"), kMaxTxn, [](const LogPlace&) { return true; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->kept, 3u);
  EXPECT_NE(report->stopped.find("impossible"), std::string::npos) << report->stopped;
  EXPECT_EQ(fs.contents(at("rescued")), log_bytes(1, 3));
}

}  // namespace
}  // namespace vivarium::testing
