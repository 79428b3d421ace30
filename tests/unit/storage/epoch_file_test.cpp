// Epoch files: a value, nothing, or damage; never a guess.
#include "adapters/storage/epoch_file.h"

#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"

namespace vivarium {
namespace {

using testing::MemoryFileSystem;
using Kind = EpochReading::Kind;

class EpochFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.create_directories("d").ok()); }
  EpochReading read() {
    const auto reading = read_epoch(fs_, "d", kCurrentEpochFile);
    EXPECT_TRUE(reading.ok());
    return *reading;
  }
  MemoryFileSystem fs_;
};

TEST_F(EpochFiles, are_missing_in_a_fresh_directory) { EXPECT_EQ(read().kind, Kind::kMissing); }

TEST_F(EpochFiles, hold_what_was_written_in_apaches_form) {
  ASSERT_TRUE(write_epoch(fs_, "d", kCurrentEpochFile, Epoch{17}).ok());
  EXPECT_EQ(fs_.contents("d/currentEpoch"), "17");
  EXPECT_EQ(read().kind, Kind::kValue);
  EXPECT_EQ(read().epoch, Epoch{17});
  EXPECT_FALSE(read().one_copy);
}

TEST_F(EpochFiles, of_apache_are_believed_without_our_copy) {
  fs_.put("d/currentEpoch", "4\n");
  EXPECT_EQ(read().epoch, Epoch{4});
  EXPECT_TRUE(read().one_copy);
}

TEST_F(EpochFiles, that_apache_raised_since_win) {
  ASSERT_TRUE(write_epoch(fs_, "d", kCurrentEpochFile, Epoch{3}).ok());
  fs_.put("d/currentEpoch", "5");
  EXPECT_EQ(read().epoch, Epoch{5});
}

TEST_F(EpochFiles, survive_damage_of_apaches_copy) {
  ASSERT_TRUE(write_epoch(fs_, "d", kCurrentEpochFile, Epoch{3}).ok());
  for (const char* damage : {"", "x", "-3", "3x", "99999999999999999999"}) {
    fs_.put("d/currentEpoch", damage);
    EXPECT_EQ(read().kind, Kind::kValue) << damage;
    EXPECT_EQ(read().epoch, Epoch{3}) << damage;
  }
}

// A bit of each had flipped (smoke seed 301899): the copy without a checksum said 0, and was believed.
TEST_F(EpochFiles, without_a_checksum_are_not_believed_beside_a_damaged_one) {
  ASSERT_TRUE(write_epoch(fs_, "d", kCurrentEpochFile, Epoch{1}).ok());
  fs_.put("d/vivarium.currentEpoch", "1 00000000\n");
  fs_.put("d/currentEpoch", "0");
  EXPECT_EQ(read().kind, Kind::kDamaged);
}

TEST_F(EpochFiles, that_are_both_bad_are_amnesia_not_zero) {
  fs_.put("d/currentEpoch", "");
  EXPECT_EQ(read().kind, Kind::kDamaged);
  fs_.put("d/vivarium.currentEpoch", "7 12345678\n");
  EXPECT_EQ(read().kind, Kind::kDamaged);
}

TEST_F(EpochFiles, never_go_back_when_power_is_lost_while_writing) {
  for (std::uint64_t operation = 0; operation < 12; ++operation) {
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
      MemoryFileSystem fs(Seed{seed});
      ASSERT_TRUE(fs.create_directories("d").ok());
      ASSERT_TRUE(write_epoch(fs, "d", kCurrentEpochFile, Epoch{8}).ok());
      fs.lose_power_at(fs.operations() + operation);
      const bool done = write_epoch(fs, "d", kCurrentEpochFile, Epoch{9}).ok();
      fs.reboot();
      const auto reading = read_epoch(fs, "d", kCurrentEpochFile);
      ASSERT_TRUE(reading.ok());
      ASSERT_EQ(reading->kind, Kind::kValue) << operation << " " << seed;
      ASSERT_TRUE(reading->epoch == Epoch{9} || (!done && reading->epoch == Epoch{8})) << operation << " " << seed;
    }
  }
}

}  // namespace
}  // namespace vivarium
