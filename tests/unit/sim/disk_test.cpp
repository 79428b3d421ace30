// The simulated disk keeps its promises, and breaks everything that it never promised.
#include <gtest/gtest.h>

#include <set>

#include "sim/disk/sim_disk.h"

namespace vivarium::sim {
namespace {

class SimDiskTest : public ::testing::Test {
 protected:
  std::unique_ptr<File> create(SimDisk& disk, const std::string& path) {
    auto file = disk.open(path, OpenMode::kCreateNew);
    EXPECT_TRUE(file.ok());
    return std::move(*file);
  }
  static std::string read(SimDisk& disk, const std::string& path) {
    const SparseBytes* bytes = disk.contents(path);
    if (bytes == nullptr) return "<none>";
    std::string out;
    bytes->read(0, bytes->size, out);
    return out;
  }
  static void cycle_power(SimDisk& disk) {
    disk.lose_power();
    disk.power_on();
  }
};

TEST_F(SimDiskTest, synced_contents_under_a_synced_name_survive_every_crash) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/log");
    ASSERT_TRUE(file->write_at(0, "promise").ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(file->write_at(7, " and more").ok());
    file.reset();
    cycle_power(disk);
    EXPECT_TRUE(read(disk, "/log").starts_with("promise"));
  }
}

TEST_F(SimDiskTest, an_unsynced_name_is_lost_in_some_crashes_and_kept_in_others) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/log");
    ASSERT_TRUE(file->write_at(0, "x").ok());
    ASSERT_TRUE(file->sync().ok());
    file.reset();
    cycle_power(disk);
    seen.insert(read(disk, "/log"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"<none>", "x"}));
}

TEST_F(SimDiskTest, unsynced_sectors_survive_in_any_subset) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/f");
    ASSERT_TRUE(file->write_at(0, std::string(3 * kSectorSize, 'o')).ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(file->write_at(0, std::string(3 * kSectorSize, 'n')).ok());
    file.reset();
    cycle_power(disk);
    const std::string after = read(disk, "/f");
    ASSERT_EQ(after.size(), 3 * kSectorSize);
    std::string shape;
    for (int sector = 0; sector < 3; ++sector) {
      const std::string part = after.substr(sector * kSectorSize, kSectorSize);
      ASSERT_EQ(part.find_first_not_of(part[0]), std::string::npos) << "a sector is torn";
      shape += part[0];
    }
    seen.insert(shape);
  }
  EXPECT_EQ(seen.size(), 8u);
}

TEST_F(SimDiskTest, a_file_may_grow_without_its_contents) {
  bool zeros = false;
  for (std::uint64_t seed = 0; seed < 200 && !zeros; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/f");
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(file->write_at(0, std::string(kSectorSize, 'n')).ok());
    file.reset();
    cycle_power(disk);
    zeros = read(disk, "/f") == std::string(kSectorSize, '\0');
  }
  EXPECT_TRUE(zeros);
}

TEST_F(SimDiskTest, an_unsynced_rename_or_unlink_may_be_undone) {
  std::set<std::string> renamed, unlinked;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SimDisk disk(Seed{seed});
    create(disk, "/tmp").reset();
    create(disk, "/old").reset();
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(disk.rename("/tmp", "/final").ok());
    ASSERT_TRUE(disk.unlink("/old").ok());
    cycle_power(disk);
    renamed.insert(read(disk, "/final"));
    unlinked.insert(read(disk, "/old"));
    EXPECT_NE(read(disk, "/final"), read(disk, "/tmp")) << "a rename is atomic";
  }
  EXPECT_EQ(renamed.size(), 2u);
  EXPECT_EQ(unlinked.size(), 2u);
}

TEST_F(SimDiskTest, directories_are_durable_at_once_and_files_in_them_are_not) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SimDisk disk(Seed{seed});
    ASSERT_TRUE(disk.create_directories("/data/version-2").ok());
    create(disk, "/data/version-2/log").reset();
    cycle_power(disk);
    ASSERT_TRUE(disk.list("/data/version-2").ok());
    seen.insert(read(disk, "/data/version-2/log"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"<none>", ""}));
}

TEST_F(SimDiskTest, a_failed_sync_leaves_new_bytes_in_the_cache_and_old_ones_on_the_platter) {
  bool lost = false;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/f");
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(file->write_at(0, "new").ok());
    disk.fail_syncs(1);
    ASSERT_EQ(file->sync().error(), IoError::kIo);
    EXPECT_EQ(read(disk, "/f"), "new");
    ASSERT_TRUE(file->sync().ok()) << "a later sync claims success";
    file.reset();
    cycle_power(disk);
    lost |= read(disk, "/f") != "new";
  }
  EXPECT_TRUE(lost);
}

TEST_F(SimDiskTest, rewriting_after_a_failed_sync_makes_the_bytes_durable) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/f");
    ASSERT_TRUE(disk.sync_directory("/").ok());
    ASSERT_TRUE(file->write_at(0, "abcdef").ok());
    disk.fail_syncs(1);
    ASSERT_FALSE(file->sync().ok());
    ASSERT_TRUE(file->write_at(0, "abcdef").ok());
    ASSERT_TRUE(file->sync().ok());
    file.reset();
    cycle_power(disk);
    EXPECT_EQ(read(disk, "/f"), "abcdef");
  }
}

TEST_F(SimDiskTest, power_can_be_lost_inside_any_operation) {
  SimDisk disk(Seed{1});
  auto file = create(disk, "/f");
  disk.arm_power_loss(2);
  EXPECT_TRUE(file->write_at(0, "a").ok());
  EXPECT_EQ(file->sync().error(), IoError::kPowerLost);
  EXPECT_TRUE(disk.power_lost());
  std::string out;
  EXPECT_EQ(file->read_at(0, 1, out).error(), IoError::kPowerLost);
  EXPECT_EQ(disk.list("/").error(), IoError::kPowerLost);
  disk.lose_power();
  disk.power_on();
  EXPECT_TRUE(disk.list("/").ok());
}

TEST_F(SimDiskTest, power_can_be_lost_inside_a_sync_with_everything_at_stake) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    SimDisk disk(Seed{seed});
    auto file = create(disk, "/f");
    ASSERT_TRUE(disk.sync_directory("/").ok());
    disk.arm_power_loss_in_sync(2);
    ASSERT_TRUE(file->sync().ok()) << "nothing to sync: does not count";
    ASSERT_TRUE(file->write_at(0, "a").ok());
    ASSERT_TRUE(file->sync().ok());
    ASSERT_TRUE(file->write_at(1, "b").ok());
    ASSERT_EQ(file->sync().error(), IoError::kPowerLost);
    file.reset();
    cycle_power(disk);
    seen.insert(read(disk, "/f"));
  }
  EXPECT_TRUE(seen.contains("a"));
  EXPECT_TRUE(seen.contains("ab"));
}

TEST_F(SimDiskTest, a_full_disk_refuses_growth_but_not_rewriting) {
  SimDisk disk(Seed{1});
  auto file = create(disk, "/f");
  ASSERT_TRUE(file->write_at(0, "0123456789").ok());
  disk.limit_space(3);
  EXPECT_TRUE(file->write_at(0, "abcdefghij").ok());
  EXPECT_EQ(file->write_at(10, "too much").error(), IoError::kNoSpace);
  EXPECT_TRUE(file->write_at(file->size().value(), "x").ok() || file->size().value() == 13);
  disk.limit_space(std::nullopt);
  EXPECT_TRUE(file->write_at(10, "too much").ok());
}

TEST_F(SimDiskTest, preallocation_costs_no_memory_and_reads_as_zeros) {
  SimDisk disk(Seed{1});
  auto file = create(disk, "/f");
  ASSERT_TRUE(file->preallocate(std::uint64_t{64} << 20).ok());
  EXPECT_EQ(file->size().value(), std::uint64_t{64} << 20);
  EXPECT_LT(disk.contents("/f")->stored.capacity(), 4096u);
  std::string out;
  ASSERT_TRUE(file->read_at(1 << 20, 4, out).ok());
  EXPECT_EQ(out, std::string(4, '\0'));
}

TEST_F(SimDiskTest, rot_flips_one_synced_bit_and_survives_everything) {
  SimDisk disk(Seed{3});
  auto file = create(disk, "/log.1");
  ASSERT_TRUE(file->write_at(0, std::string(100, 'a')).ok());
  std::string what;
  EXPECT_FALSE(disk.rot("log.", what)) << "not at rest yet";
  ASSERT_TRUE(file->sync().ok());
  ASSERT_TRUE(disk.sync_directory("/").ok());
  ASSERT_TRUE(disk.rot("log.", what));
  EXPECT_NE(read(disk, "/log.1"), std::string(100, 'a'));
  cycle_power(disk);
  EXPECT_NE(read(disk, "/log.1"), std::string(100, 'a'));
}

}  // namespace
}  // namespace vivarium::sim
