// The store as the kernel uses it, through power losses at every operation.
#include "adapters/storage/store.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

/// What a server does between boots: 20 txns, synced in pairs, with rolls, snapshots, idle moments and purges.
void work(Machine& machine) {
  if (machine.state.verdict == RecoveryVerdict::kFresh) {
    machine.snapshot();
    if (machine.snapshots_failed > 0) return;  // nothing may be acknowledged without a base
  }
  for (int i = 0; i < 20; ++i) {
    machine.append();
    if (i % 2 == 1) machine.sync();
    if (i % 5 == 4) machine.store->idle();
    if (i % 6 == 5) {
      machine.roll();
      machine.snapshot();
      if (i > 10) machine.purge();
    }
    if (machine.storage_failed > 0) return;
  }
}

/// After any crash: everything promised is there, the state is that of its zxid, and the verdict is not damage.
void expect_recovered(Machine& machine, Zxid promised, Zxid appended, const std::string& where) {
  ASSERT_TRUE(machine.boot()) << where << ": " << machine.error.text;
  ASSERT_GE(machine.state.last_zxid, promised) << where;
  ASSERT_LE(machine.state.last_zxid, appended) << where;
  ASSERT_EQ(machine.state.tree.last_processed_zxid(), machine.state.last_zxid) << where;
  ASSERT_TRUE(machine.hash() == history_hash(machine.state.last_zxid)) << where;
}

TEST(Store, keeps_its_promises_wherever_power_is_lost) {
  for (std::uint64_t operation = 0;; ++operation) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      const std::string where = "operation " + std::to_string(operation) + " seed " + std::to_string(seed);
      MemoryFileSystem fs(Seed{seed * 100'000 + operation});
      Machine machine(fs);
      fs.lose_power_at(operation);
      if (machine.boot()) work(machine);
      lost |= !fs.powered();
      const Zxid promised = machine.durable;
      const Zxid appended = machine.appended;
      fs.reboot();
      Machine next(fs);
      ASSERT_NO_FATAL_FAILURE(expect_recovered(next, promised, appended, where));
      // And it goes on from there, through another loss, in recovery or in work.
      fs.lose_power_at(fs.operations() + (seed * 7 + operation) % 90);
      Machine again(fs);
      const bool up = again.boot();
      if (up) work(again);
      const Zxid promised_again = up ? std::max(next.state.last_zxid, again.durable) : next.state.last_zxid;
      fs.reboot();
      Machine last(fs);
      ASSERT_NO_FATAL_FAILURE(
          expect_recovered(last, promised_again, std::max(appended, again.appended), where + " again"));
    }
    if (!lost) break;
  }
}

TEST(Store, a_killed_process_loses_nothing_that_it_wrote) {
  MemoryFileSystem fs;
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  EXPECT_EQ(machine.state.verdict, RecoveryVerdict::kFresh);
  EXPECT_TRUE(machine.state.needs_snapshot);
  work(machine);
  EXPECT_EQ(machine.durable, Zxid{20});
  Machine next(fs);
  expect_recovered(next, Zxid{20}, Zxid{20}, "kill");
  EXPECT_EQ(next.state.verdict, RecoveryVerdict::kIntact);
  EXPECT_EQ(next.state.snapshot_zxid, Zxid{18});
  EXPECT_EQ(next.state.txns_since_snapshot, 2);
  EXPECT_EQ(next.state.max_session_id, SessionId{0x100000000000000 + 17});
  EXPECT_TRUE(next.notes.empty()) << next.notes.front();
}

TEST(Store, recovery_tells_the_latest_time_that_was_written_whatever_the_clock_says_now) {
  MemoryFileSystem fs;
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.append();
  machine.append();
  machine.sync();
  machine.snapshot();
  Machine from_snapshot(fs);
  ASSERT_TRUE(from_snapshot.boot());
  EXPECT_EQ(from_snapshot.state.txns_since_snapshot, 0);
  EXPECT_EQ(from_snapshot.state.newest_time, WallTime{1002});
  from_snapshot.append();
  from_snapshot.sync();
  Machine from_log(fs);
  ASSERT_TRUE(from_log.boot());
  EXPECT_EQ(from_log.state.newest_time, WallTime{1003});
}

TEST(Store, after_a_failed_sync_says_so_once_and_does_nothing_more) {
  MemoryFileSystem fs;
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  machine.append();
  machine.sync();
  machine.append();
  fs.fail_sync_at(0);
  machine.sync();
  EXPECT_EQ(machine.storage_failed, 1);
  EXPECT_EQ(machine.durable, Zxid{1});
  EXPECT_EQ(machine.failure, "cannot sync log file data/version-2/log.1: input/output error");
  const std::uint64_t operations = fs.operations();
  machine.append();
  machine.sync();
  machine.roll();
  machine.store->idle();
  EXPECT_EQ(machine.storage_failed, 1);
  EXPECT_EQ(machine.durable, Zxid{1});
  EXPECT_EQ(fs.operations(), operations);
}

// A page cache that lies: the failed sync's bytes are readable after a restart, but were never written. What recovery
// reports must survive the next power loss all the same.
TEST(Store, does_not_believe_the_page_cache_after_a_failed_sync) {
  for (std::uint64_t sync = 0; sync < 40; ++sync) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      MemoryFileSystem fs(Seed{seed * 1000 + sync});
      Machine machine(fs);
      ASSERT_TRUE(machine.boot());
      fs.fail_sync_at(fs.operations() + sync);
      work(machine);
      Machine next(fs);
      ASSERT_TRUE(next.boot()) << sync << next.error.text;
      ASSERT_GE(next.state.last_zxid, machine.durable);
      const Zxid reported = next.state.last_zxid;
      fs.reboot();
      Machine last(fs);
      ASSERT_TRUE(last.boot()) << sync << " " << seed << last.error.text;
      ASSERT_GE(last.state.last_zxid, reported) << sync << " " << seed;
    }
  }
}

// Seed 5269 of the simulator: a start cuts a torn tail and the sync of the cut fails; the next start sees it cut, in
// the cache. It must not come back under the log file after it.
TEST(Store, does_not_believe_a_cut_whose_sync_failed) {
  for (std::uint64_t operation = 0; operation < 60; ++operation) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      MemoryFileSystem fs(Seed{seed * 1000 + operation});
      Machine machine(fs);
      ASSERT_TRUE(machine.boot());
      fs.lose_power_at(fs.operations() + operation);
      work(machine);
      fs.reboot();
      fs.fail_sync_at(0);
      Machine failing(fs);
      if (failing.boot()) continue;  // nothing was synced
      Machine next(fs);
      ASSERT_TRUE(next.boot()) << next.error.text;
      fs.lose_power_at(fs.operations() + 12 + seed);
      work(next);
      fs.reboot();
      Machine last(fs);
      ASSERT_TRUE(last.boot()) << operation << " " << seed << last.error.text;
    }
  }
}

TEST(Store, a_full_disk_fails_the_snapshot_and_the_server_goes_on) {
  MemoryFileSystem fs;
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  machine.append();
  machine.sync();
  const auto files = *fs.list(kDirectory);
  std::uint64_t used = 0;
  for (const std::string& name : files) used += fs.contents(join_path(kDirectory, name)).size();
  fs.set_capacity(used + 300);
  machine.snapshot(100);
  EXPECT_EQ(machine.snapshots_failed, 1);
  EXPECT_NE(machine.failure.find("no space left"), std::string::npos);
  EXPECT_EQ(*fs.list(kDirectory), files);  // the partial file is gone
  machine.append();
  machine.sync();
  EXPECT_EQ(machine.durable, Zxid{2});
  fs.set_capacity(1u << 30);
  machine.snapshot();
  EXPECT_EQ(machine.snapshot_durable, Zxid{2});
}

TEST(Store, a_full_disk_at_any_moment_loses_nothing_promised) {
  for (std::uint64_t capacity = 500; capacity < 40'000; capacity += 487) {
    MemoryFileSystem fs(Seed{capacity});
    Machine machine(fs);
    fs.set_capacity(capacity);
    if (!machine.boot()) continue;
    work(machine);
    fs.set_capacity(1u << 30);
    if (capacity % 2 == 0) fs.reboot();
    Machine next(fs);
    ASSERT_NO_FATAL_FAILURE(
        expect_recovered(next, machine.durable, machine.appended, "capacity " + std::to_string(capacity)));
  }
}

TEST(Store, without_forced_sync_survives_a_killed_process) {
  MemoryFileSystem fs;
  StoreOptions options = test_options();
  options.force_sync = false;
  Machine machine(fs, options);
  ASSERT_TRUE(machine.boot());
  work(machine);
  Machine next(fs, options);
  expect_recovered(next, Zxid{20}, Zxid{20}, "kill");
}

TEST(Store, keeps_snapshots_and_logs_in_their_own_directories) {
  MemoryFileSystem fs;
  StoreOptions options = test_options();
  options.log_dir = "logs";
  Machine machine(fs, options);
  ASSERT_TRUE(machine.boot());
  work(machine);
  const auto logs = *fs.list("logs/version-2");
  for (const std::string& name : logs) EXPECT_EQ(name.find("snapshot"), std::string::npos) << name;
  const auto snapshots = *fs.list("data/version-2");
  for (const std::string& name : snapshots) EXPECT_NE(name.find("snapshot"), std::string::npos) << name;
  Machine next(fs, options);
  expect_recovered(next, Zxid{20}, Zxid{20}, "two directories");
}

TEST(Store, compressed_snapshots_are_a_base_too) {
  for (const char* compression : {"gz", "snappy"}) {
    MemoryFileSystem fs;
    StoreOptions options = test_options();
    options.snapshot_compression = compression;
    Machine machine(fs, options);
    ASSERT_TRUE(machine.boot());
    work(machine);
    EXPECT_TRUE(fs.exists(join_path(kDirectory, std::string("snapshot.12.") + compression)));
    Machine next(fs);
    expect_recovered(next, Zxid{20}, Zxid{20}, compression);
    EXPECT_EQ(next.state.snapshot_zxid, Zxid{18});
  }
}

TEST(Store, one_call_makes_one_write_and_one_sync) {
  MemoryFileSystem fs;
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  machine.append();
  machine.sync();
  std::vector<std::string> entries;
  std::vector<StorageOp> ops;
  for (std::int64_t zxid = 2; zxid <= 30; ++zxid) entries.push_back(history_entry(Zxid{zxid}));
  for (std::int64_t zxid = 2; zxid <= 30; ++zxid) {
    ops.push_back({EffectKind::kAppendLog, Zxid{zxid}, 1, entries[static_cast<std::size_t>(zxid - 2)]});
    ops.push_back({EffectKind::kSyncLog, {}, 1, {}});
  }
  const std::uint64_t before = fs.operations();
  std::vector<StorageCompletion> done;
  machine.store->perform_log(ops, done);
  ASSERT_EQ(done.size(), 1u);
  EXPECT_EQ(done[0].zxid, Zxid{30});
  EXPECT_EQ(done[0].incarnation, Incarnation{1});
  EXPECT_LE(fs.operations() - before, 4u);  // room, records, sync, evidence
}

}  // namespace
}  // namespace vivarium::testing
