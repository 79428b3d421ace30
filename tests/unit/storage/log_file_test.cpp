// Writing logs: Apache's layout, what is durable when sync returns, and stopping for good after a failure.
#include "adapters/storage/log_file.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/support.h"

namespace vivarium::testing {
namespace {

class LogFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.create_directories(kDirectory).ok()); }
  std::string path(const std::string& name) const { return join_path(kDirectory, name); }
  MemoryFileSystem fs_;
};

TEST_F(LogFiles, are_laid_out_as_apache_does) {
  LogFile log(fs_, small_logs());
  for (std::int64_t zxid = 1; zxid <= 3; ++zxid) ASSERT_TRUE(log.append(Zxid{zxid}, session_entry(Zxid{zxid})).ok());
  EXPECT_FALSE(fs_.exists(path("log.1")));
  ASSERT_TRUE(log.sync().ok());
  const std::string expected = log_bytes(1, 3);
  const std::string written = fs_.contents(path("log.1"));
  EXPECT_EQ(written.size(), 16u + 8192u);
  EXPECT_TRUE(written == expected + std::string(written.size() - expected.size(), '\0'));
}

TEST_F(LogFiles, grow_before_the_room_is_used_up) {
  LogFile log(fs_, small_logs());
  std::int64_t zxid = 0;
  while (zxid < 90) {
    ++zxid;
    ASSERT_TRUE(log.append(Zxid{zxid}, session_entry(Zxid{zxid})).ok());
    ASSERT_TRUE(log.sync().ok());
  }
  EXPECT_EQ(fs_.contents(path("log.1")).size(), 16u + 2 * 8192u);
  // One batch larger than the room: the next multiple of the step behind it.
  ASSERT_TRUE(log.append(Zxid{zxid + 1}, create_entry(Zxid{zxid + 1}, 30000)).ok());
  ASSERT_TRUE(log.sync().ok());
  EXPECT_EQ(fs_.contents(path("log.1")).size() % 8192, 0u);
}

TEST_F(LogFiles, end_with_their_last_record_once_rolled) {
  LogFile log(fs_, small_logs());
  ASSERT_TRUE(log.append(Zxid{1}, session_entry(Zxid{1})).ok());
  ASSERT_TRUE(log.roll().ok());
  ASSERT_TRUE(log.append(Zxid{2}, session_entry(Zxid{2})).ok());
  ASSERT_TRUE(log.roll().ok());
  EXPECT_EQ(fs_.contents(path("log.1")), log_bytes(1, 1));
  EXPECT_EQ(fs_.contents(path("log.2")), log_bytes(2, 2));
  EXPECT_EQ(check(fs_, Zxid{1}, false).verdict, LogCheck::Verdict::kIntact);
  EXPECT_EQ(check(fs_, Zxid{1}).evidence_end, log_bytes(1, 1).size());
}

TEST_F(LogFiles, roll_without_records_makes_no_file) {
  LogFile log(fs_, small_logs());
  ASSERT_TRUE(log.roll().ok());
  ASSERT_TRUE(log.sync().ok());
  EXPECT_TRUE(fs_.list(kDirectory)->empty());
}

TEST_F(LogFiles, say_in_the_evidence_exactly_what_was_synced) {
  LogFile log(fs_, small_logs());
  for (std::int64_t zxid = 1; zxid <= 5; ++zxid) {
    ASSERT_TRUE(log.append(Zxid{zxid}, session_entry(Zxid{zxid})).ok());
    if (zxid == 2 || zxid == 4) {
      ASSERT_TRUE(log.sync().ok());
    }
  }
  const auto evidence = read_evidence(fs_, path("evidence.1"), Zxid{1});
  ASSERT_TRUE(evidence.ok());
  ASSERT_TRUE(evidence->has_value());
  ASSERT_EQ((*evidence)->entries.size(), 4u);
  EXPECT_EQ((*evidence)->entries[3].zxid, Zxid{4});
  EXPECT_EQ((*evidence)->entries[3].end, log_bytes(1, 4).size());
  EXPECT_EQ((*evidence)->entries[3].start(), log_bytes(1, 3).size());
}

TEST_F(LogFiles, without_forced_sync_claim_nothing) {
  LogFileOptions options = small_logs();
  options.force_sync = false;
  LogFile log(fs_, options);
  ASSERT_TRUE(log.append(Zxid{1}, session_entry(Zxid{1})).ok());
  ASSERT_TRUE(log.sync().ok());
  EXPECT_FALSE(fs_.exists(path("evidence.1")));
  EXPECT_EQ(fs_.contents(path("log.1")).substr(0, log_bytes(1, 1).size()), log_bytes(1, 1));
}

TEST_F(LogFiles, stop_at_the_first_failed_sync) {
  LogFile log(fs_, small_logs());
  ASSERT_TRUE(log.append(Zxid{1}, session_entry(Zxid{1})).ok());
  ASSERT_TRUE(log.sync().ok());
  ASSERT_TRUE(log.append(Zxid{2}, session_entry(Zxid{2})).ok());
  fs_.fail_sync_at(0);
  const auto failed = log.sync();
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error(), "cannot sync log file data/version-2/log.1: input/output error");
  EXPECT_TRUE(log.failed());
}

TEST_F(LogFiles, report_a_full_disk) {
  LogFileOptions options = small_logs();
  LogFile log(fs_, options);
  fs_.set_capacity(20000);
  std::int64_t zxid = 0;
  StorageResult result = Done{};
  while (result.ok() && zxid < 1000) {
    ++zxid;
    result = log.append(Zxid{zxid}, session_entry(Zxid{zxid}));
    if (result.ok()) result = log.sync();
  }
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().find("no space left"), std::string::npos);
  // Everything that was reported durable is still there.
  const LogCheck checked = check(fs_, Zxid{1});
  EXPECT_GE(static_cast<std::int64_t>(checked.records), zxid - 1);
}

// For every operation at which power may go, and several subsets of what was pending: what sync() promised is there,
// nothing else is, and the verdict is never damage.
TEST_F(LogFiles, keep_what_sync_promised_wherever_power_is_lost) {
  for (std::uint64_t operation = 0;; ++operation) {
    bool lost_any = false;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      MemoryFileSystem fs(Seed{seed * 1000 + operation});
      ASSERT_TRUE(fs.create_directories(kDirectory).ok());
      fs.lose_power_at(operation);
      LogFile log(fs, small_logs());
      std::int64_t promised = 0;
      for (std::int64_t zxid = 1; zxid <= 12 && !log.failed(); ++zxid) {
        if (!log.append(Zxid{zxid}, create_entry(Zxid{zxid}, 700)).ok()) break;
        if (zxid % 3 == 0 && log.sync().ok()) promised = zxid;
        if (!log.failed() && zxid == 8) log.idle();
      }
      lost_any |= !fs.powered();
      fs.reboot();
      if (!fs.exists(join_path(kDirectory, "log.1"))) {
        ASSERT_EQ(promised, 0);
        continue;
      }
      const LogCheck checked = check(fs, Zxid{1});
      ASSERT_NE(checked.verdict, LogCheck::Verdict::kDamaged)
          << checked.problem << " op " << operation << " seed " << seed;
      ASSERT_GE(static_cast<std::int64_t>(checked.records), promised) << "op " << operation << " seed " << seed;
    }
    if (!lost_any) break;
  }
}

}  // namespace
}  // namespace vivarium::testing
