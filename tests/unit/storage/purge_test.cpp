// Purging: what stays is always enough to recover from.
#include "adapters/storage/purge.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

std::string at(const std::string& name) { return join_path(kDirectory, name); }

/// Logs log.1, log.6, log.b ... of five txns each; a snapshot after the third txn of each.
void fill(MemoryFileSystem& fs, int logs) {
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  for (int i = 0; i < logs * 5; ++i) {
    machine.append();
    machine.sync();
    if (i % 5 == 2) machine.snapshot();
    if (i % 5 == 4) machine.roll();
  }
}

std::vector<std::string> names(MemoryFileSystem& fs) { return *fs.list(kDirectory); }

TEST(Purge, keeps_the_newest_snapshots_and_the_log_below_the_oldest_of_them) {
  MemoryFileSystem fs;
  fill(fs, 5);  // snapshots 0, 3, 8, 13, 18, 23
  const PurgeResult result = purge(fs, kDirectory, kDirectory, 3);
  EXPECT_EQ(result.problem, "");
  EXPECT_EQ(names(fs), (std::vector<std::string>{"evidence.10", "evidence.15", "evidence.b", "log.10", "log.15",
                                                 "log.b", "snapshot.12", "snapshot.17", "snapshot.d"}));
  EXPECT_EQ(result.removed.size(), 7u);
}

TEST(Purge, never_counts_a_damaged_snapshot) {
  MemoryFileSystem fs;
  fill(fs, 5);
  std::string bytes = fs.contents(at("snapshot.17"));
  bytes[bytes.size() / 2] ^= 1;
  fs.put(at("snapshot.17"), bytes);
  purge(fs, kDirectory, kDirectory, 3);
  EXPECT_TRUE(fs.exists(at("snapshot.8")));
  EXPECT_TRUE(fs.exists(at("log.6")));
  EXPECT_FALSE(fs.exists(at("log.1")));
  EXPECT_TRUE(fs.exists(at("snapshot.17")));  // newer than what is kept: left for the operator
}

TEST(Purge, removes_nothing_while_there_are_too_few_good_snapshots) {
  MemoryFileSystem fs;
  fill(fs, 5);
  for (const char* name : {"snapshot.17", "snapshot.12", "snapshot.d", "snapshot.8"}) fs.put(at(name), "ZKSN");
  const auto before = names(fs);
  EXPECT_TRUE(purge(fs, kDirectory, kDirectory, 3).removed.empty());
  EXPECT_EQ(names(fs), before);
}

TEST(Purge, keeps_three_even_when_asked_for_fewer) {
  MemoryFileSystem fs;
  fill(fs, 5);
  purge(fs, kDirectory, kDirectory, 1);
  EXPECT_TRUE(fs.exists(at("snapshot.d")));
}

TEST(Purge, leaves_a_recoverable_directory_wherever_power_is_lost) {
  for (std::uint64_t operation = 0;; ++operation) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 30; ++seed) {
      MemoryFileSystem fs(Seed{seed * 1000 + operation});
      fill(fs, 5);
      fs.lose_power_at(fs.operations() + operation);
      purge(fs, kDirectory, kDirectory, 3);
      lost |= !fs.powered();
      fs.reboot();
      Machine machine(fs);
      ASSERT_TRUE(machine.boot()) << operation << " " << seed << machine.error.text;
      ASSERT_EQ(machine.state.last_zxid, Zxid{25});
      // Any kept snapshot is a base by itself.
      fs.put(at("snapshot.17"), "");
      fs.put(at("snapshot.12"), "");
      Machine older(fs);
      ASSERT_TRUE(older.boot()) << operation << " " << seed << older.error.text;
      ASSERT_TRUE(older.hash() == history_hash(Zxid{25}));
    }
    if (!lost) break;
  }
}

}  // namespace
}  // namespace vivarium::testing
