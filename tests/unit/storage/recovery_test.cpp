// Start-up: what is believed, what is refused, and what the refusal says.
#include "adapters/storage/recovery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/storage/epoch_file.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

using Kind = RecoveryError::Kind;
using ::testing::HasSubstr;

std::string at(const std::string& name) { return join_path(kDirectory, name); }

/// data/version-2 after 20 txns: log.1 (1..10), log.b (11..20); snapshots 0, 5, 10 and 15.
class Recovered : public ::testing::Test {
 protected:
  void SetUp() override {
    Machine machine(fs_);
    ASSERT_TRUE(machine.boot());
    machine.snapshot();
    for (int i = 1; i <= 20; ++i) {
      machine.append();
      machine.sync();
      if (i % 5 == 0 && i < 20) machine.snapshot();
      if (i == 10) machine.roll();
    }
    machine.store->idle();
    machine.roll();
  }
  void expect_recovered(Zxid snapshot) {
    Machine machine(fs_);
    ASSERT_TRUE(machine.boot()) << machine.error.text;
    EXPECT_EQ(machine.state.last_zxid, Zxid{20});
    EXPECT_EQ(machine.state.snapshot_zxid, snapshot);
    EXPECT_TRUE(machine.hash() == history_hash(Zxid{20}));
    notes_ = machine.notes;
  }
  RecoveryError refused(const StoreOptions& options = test_options()) {
    Machine machine(fs_, options);
    EXPECT_FALSE(machine.boot());
    return machine.error;
  }
  void flip(const std::string& name, std::size_t offset) {
    std::string bytes = fs_.contents(at(name));
    bytes[offset] = static_cast<char>(bytes[offset] ^ 1);
    fs_.put(at(name), bytes);
  }

  MemoryFileSystem fs_;
  std::vector<std::string> notes_;
};

TEST_F(Recovered, from_the_newest_snapshot_and_the_log_that_reaches_below_it) {
  expect_recovered(Zxid{15});
  EXPECT_TRUE(notes_.empty());
}

TEST_F(Recovered, from_an_older_snapshot_when_the_newest_is_damaged_anywhere) {
  const std::size_t size = fs_.contents(at("snapshot.f")).size();
  const std::string good = fs_.contents(at("snapshot.f"));
  for (std::size_t offset = 0; offset < size; offset += 7) {
    flip("snapshot.f", offset);
    Machine machine(fs_);
    ASSERT_TRUE(machine.boot()) << offset << machine.error.text;
    ASSERT_EQ(machine.state.last_zxid, Zxid{20});
    ASSERT_TRUE(machine.hash() == history_hash(Zxid{20})) << offset;
    fs_.put(at("snapshot.f"), good);
  }
}

TEST_F(Recovered, from_an_older_snapshot_when_the_newest_is_cut_anywhere) {
  const std::string good = fs_.contents(at("snapshot.f"));
  for (std::size_t size = 0; size < good.size(); size += 5) {
    fs_.put(at("snapshot.f"), good.substr(0, size));
    Machine machine(fs_);
    ASSERT_TRUE(machine.boot()) << size << machine.error.text;
    ASSERT_TRUE(machine.hash() == history_hash(Zxid{20})) << size;
  }
}

TEST_F(Recovered, from_the_oldest_of_all_when_the_others_are_gone) {
  for (const char* name : {"snapshot.5", "snapshot.a", "snapshot.f"}) fs_.put(at(name), "");
  expect_recovered(Zxid{0});
  EXPECT_EQ(notes_.size(), 3u);
}

TEST_F(Recovered, not_from_an_older_snapshot_when_the_logs_do_not_reach_back) {
  fs_.erase(at("log.1"));
  fs_.erase(at("evidence.1"));
  expect_recovered(Zxid{15});
  fs_.put(at("snapshot.f"), "");
  fs_.put(at("snapshot.a"), "");
  const RecoveryError error = refused();
  EXPECT_EQ(error.kind, Kind::kDamaged);
  EXPECT_THAT(error.text, HasSubstr("after zxid 0x5 comes 0xb"));
  EXPECT_THAT(error.text, HasSubstr("snapshot.f could not be used"));
}

TEST_F(Recovered, not_with_less_than_a_damaged_snapshot_had) {
  fs_.put(at("snapshot.30"), "ZKSN");
  EXPECT_THAT(refused().text, HasSubstr("the logs end before it, at zxid 0x14"));
}

TEST_F(Recovered, not_without_any_snapshot_unless_the_operator_says_so) {
  for (const char* name : {"snapshot.0", "snapshot.5", "snapshot.a", "snapshot.f"}) fs_.erase(at(name));
  EXPECT_THAT(refused().text, HasSubstr("snapshot.trust.empty"));
  StoreOptions options = test_options();
  options.trust_empty_snapshot = true;
  Machine machine(fs_, options);
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.last_zxid, Zxid{20});
  EXPECT_TRUE(machine.hash() == history_hash(Zxid{20}));
  EXPECT_TRUE(machine.state.needs_snapshot);
}

TEST_F(Recovered, not_when_all_snapshots_are_damaged_even_without_logs) {
  for (const char* name : {"snapshot.0", "snapshot.5", "snapshot.a", "snapshot.f"}) fs_.put(at(name), "");
  for (const char* name : {"log.1", "log.b", "evidence.1", "evidence.b"}) fs_.erase(at(name));
  EXPECT_THAT(refused().text, HasSubstr("Restore one"));
}

TEST_F(Recovered, not_when_a_log_in_the_middle_is_missing) {
  fs_.put(at("snapshot.f"), "");
  fs_.put(at("snapshot.a"), "");
  fs_.erase(at("log.1"));
  EXPECT_EQ(refused().kind, Kind::kDamaged);
}

TEST_F(Recovered, not_when_the_newest_log_is_missing_but_its_evidence_is_there) {
  fs_.erase(at("log.b"));
  const RecoveryError error = refused();
  EXPECT_EQ(error.kind, Kind::kDamaged);
  EXPECT_THAT(error.text, HasSubstr("log.b is missing"));
  EXPECT_THAT(error.text, HasSubstr("zxid 0x14"));
}

TEST_F(Recovered, not_over_a_damaged_record_and_the_refusal_says_which_and_what_to_do) {
  flip("log.b", 16 + 30);
  const RecoveryError error = refused();
  EXPECT_EQ(error.kind, Kind::kDamaged);
  EXPECT_THAT(error.text, HasSubstr("log data/version-2/log.b is damaged at offset 16 (zxid 0xb)"));
  EXPECT_THAT(error.text, HasSubstr("vivarium-inspect verify data/version-2/log.b"));
}

TEST_F(Recovered, never_wrongly_from_any_single_flipped_byte) {
  const auto names = *fs_.list(kDirectory);
  for (const std::string& name : names) {
    const std::string good = fs_.contents(at(name));
    for (std::size_t offset = 0; offset < good.size(); offset += 3) {
      flip(name, offset);
      Machine machine(fs_);
      if (machine.boot()) {
        ASSERT_EQ(machine.state.last_zxid, Zxid{20}) << name << " " << offset;
        ASSERT_TRUE(machine.hash() == history_hash(Zxid{20})) << name << " " << offset;
      } else {
        ASSERT_EQ(machine.error.kind, Kind::kDamaged) << name << " " << offset;
      }
      fs_.put(at(name), good);
    }
  }
}

TEST_F(Recovered, without_evidence_as_from_a_directory_of_apaches) {
  fs_.erase(at("evidence.1"));
  fs_.erase(at("evidence.b"));
  expect_recovered(Zxid{15});
  fs_.put(at("log.b"), fs_.contents(at("log.b")) + std::string("\0\0\0\0\x12\x34", 6));  // a partial record
  expect_recovered(Zxid{15});
  EXPECT_EQ(notes_.size(), 1u);
}

TEST_F(Recovered, to_a_log_that_can_be_continued) {
  Machine machine(fs_);
  ASSERT_TRUE(machine.boot());
  machine.append();
  machine.sync();
  EXPECT_EQ(machine.durable, Zxid{21});
  Machine next(fs_);
  ASSERT_TRUE(next.boot());
  EXPECT_EQ(next.state.last_zxid, Zxid{21});
}

TEST_F(Recovered, with_the_epochs_of_an_ensemble_member) {
  ASSERT_TRUE(write_epoch(fs_, kDirectory, kAcceptedEpochFile, Epoch{4}).ok());
  fs_.put(at("currentEpoch"), "3");
  Machine machine(fs_);
  ASSERT_TRUE(machine.boot());
  EXPECT_EQ(machine.state.accepted_epoch, Epoch{4});
  EXPECT_EQ(machine.state.current_epoch, Epoch{3});
}

TEST_F(Recovered, reports_a_tree_that_is_not_what_the_snapshot_promised) {
  // A sealed snapshot whose digest is a lie.
  DataTree tree;
  SessionTable sessions;
  for (std::int64_t z = 1; z <= 15; ++z) apply_entry(tree, sessions, history_entry(Zxid{z}));
  SnapshotWriter writer;
  Vector<char> bytes;
  ByteWriter out(bytes);
  writer.header(out);
  writer.session_count(out, 0);
  writer.acl_count(out, 0);
  SnapshotCursor cursor;
  const Znode* root = tree.snapshot_next(cursor);
  writer.node(out, cursor.path(), tree.data(*root), kOpenAclId, tree.stat_persisted(*root));
  writer.finish(out, Zxid{15}, TxnDigest{2, 12345}, std::nullopt);
  fs_.put(at("snapshot.f"), std::string(bytes.data(), bytes.size()));
  Machine machine(fs_);
  ASSERT_TRUE(machine.boot());
  ASSERT_FALSE(machine.notes.empty());
  EXPECT_THAT(machine.notes[0], HasSubstr("does not have the digest"));
}

// ---- directories ---------------------------------------------------------------------------------------------------

TEST(Directories, that_hold_the_others_files_are_refused) {
  MemoryFileSystem fs;
  StoreOptions options = test_options();
  options.log_dir = "logs";
  fs.put("logs/version-2/snapshot.5", "");
  Machine machine(fs, options);
  ASSERT_FALSE(machine.boot());
  EXPECT_EQ(machine.error.kind, Kind::kDataDirectory);
  EXPECT_THAT(machine.error.text, HasSubstr("logs/version-2 holds snapshot.5"));
  fs.erase("logs/version-2/snapshot.5");
  fs.put("data/version-2/log.5", "");
  EXPECT_FALSE(machine.boot());
  EXPECT_THAT(machine.error.text, HasSubstr("check dataDir and dataLogDir"));
}

TEST(Directories, are_made_only_when_allowed) {
  MemoryFileSystem fs;
  StoreOptions options = test_options();
  options.auto_create = false;
  Machine machine(fs, options);
  ASSERT_FALSE(machine.boot());
  EXPECT_EQ(machine.error.kind, Kind::kDataDirectory);
  EXPECT_THAT(machine.error.text, HasSubstr("autocreate is false"));
  options.auto_create = true;
  Machine second(fs, options);
  EXPECT_TRUE(second.boot());
}

TEST(Directories, that_cannot_be_written_are_refused) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.create_directories(kDirectory).ok());
  fs.make_read_only(kDirectory);
  Machine machine(fs);
  ASSERT_FALSE(machine.boot());
  EXPECT_EQ(machine.error.kind, Kind::kDataDirectory);
  EXPECT_THAT(machine.error.text, HasSubstr("permission denied"));
}

TEST(Directories, are_swept_of_unfinished_files) {
  MemoryFileSystem fs;
  fs.put(at("tmp.snapshot.9"), "half");
  Machine machine(fs);
  ASSERT_TRUE(machine.boot());
  EXPECT_EQ(machine.state.verdict, RecoveryVerdict::kFresh);
  EXPECT_TRUE(fs.list(kDirectory)->empty());
}

TEST(Directories, with_apaches_unfinished_first_snapshot_are_fresh) {
  MemoryFileSystem fs;
  fs.put(at("snapshot.0"), "");
  Machine machine(fs);
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.verdict, RecoveryVerdict::kFresh);
}

}  // namespace
}  // namespace vivarium::testing
