// Cutting history behind a zxid.
#include "adapters/storage/log_truncation.h"

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

}  // namespace
}  // namespace vivarium::testing
