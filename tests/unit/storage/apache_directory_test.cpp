// Starting from what Apache ZooKeeper 3.8.0 wrote (tests/golden/apache_3_8_0).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/storage/base_snapshot.h"
#include "tests/golden/golden_files.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

std::string at(const std::string& name) { return join_path(kDirectory, name); }

StoreOptions apache_options() {
  StoreOptions options = test_options();
  options.tree.extended_types = true;
  options.max_txn = 2 * 0xfffff;
  return options;
}

class ApacheDirectory : public ::testing::Test {
 protected:
  void SetUp() override {
    log_ = golden::read_file("log.1");
    fs_.put(at("snapshot.0"), golden::read_file("snapshot.first"));
    fs_.put(at("log.1"), log_ + std::string(10000, '\0'));
  }
  Zxid last_logged() {
    const auto reader = LogReader::open(fs_, at("log.1"), 2 * 0xfffff);
    KASSERT(reader.ok());
    Zxid last;
    while (true) {
      const LogPlace place = (*reader)->next();
      if (place.kind != LogPlace::Kind::kRecord) return last;
      last = place.zxid;
    }
  }
  std::string log_;
  MemoryFileSystem fs_;
};

TEST_F(ApacheDirectory, is_replayed_to_the_state_of_apaches_last_snapshot) {
  Machine machine(fs_, apache_options());
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.verdict, RecoveryVerdict::kIntact);
  EXPECT_EQ(machine.state.last_zxid, last_logged());
  EXPECT_TRUE(machine.notes.empty()) << machine.notes.front();  // every digest agrees

  fs_.put(at("last"), golden::read_file("snapshot.last"));
  auto last = load_base(fs_, {last_logged(), Compression::kNone, at("last")}, apache_options().tree);
  ASSERT_TRUE(last.ok()) << last.error();
  EXPECT_EQ(machine.state.tree.digest(), last->tree.digest());
  EXPECT_EQ(machine.state.tree.node_count(), last->tree.node_count());
  EXPECT_EQ(machine.state.sessions.size(), last->sessions.size());
}

TEST_F(ApacheDirectory, is_loaded_from_its_last_snapshot) {
  fs_.put(at("snapshot." + hex(last_logged())), golden::read_file("snapshot.last"));
  Machine machine(fs_, apache_options());
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.snapshot_zxid, last_logged());
  EXPECT_EQ(machine.state.last_zxid, last_logged());
  EXPECT_TRUE(machine.notes.empty()) << machine.notes.front();
}

TEST_F(ApacheDirectory, goes_on_with_a_log_of_ours_and_keeps_apaches_file_as_it_was) {
  Machine machine(fs_, apache_options());
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  machine.append();
  machine.sync();
  EXPECT_EQ(machine.durable, last_logged().next());
  EXPECT_EQ(fs_.contents(at("log.1")), log_);  // without the padding
  Machine next(fs_, apache_options());
  ASSERT_TRUE(next.boot()) << next.error.text;
  EXPECT_EQ(next.state.last_zxid, machine.durable);
}

TEST_F(ApacheDirectory, is_made_durable_before_it_counts) {
  // Apache had created and written its log but power goes before any sync: what the first start reported must be there.
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    MemoryFileSystem fs(Seed{seed});
    fs.put(at("snapshot.0"), golden::read_file("snapshot.first"));
    {
      auto file = fs.open(at("log.1"), OpenMode::kCreateNew);
      ASSERT_TRUE((*file)->write_at(0, log_).ok());
    }
    Machine machine(fs, apache_options());
    ASSERT_TRUE(machine.boot()) << machine.error.text;
    fs.reboot();
    Machine next(fs, apache_options());
    ASSERT_TRUE(next.boot()) << next.error.text;
    ASSERT_EQ(next.state.last_zxid, last_logged()) << seed;
  }
}

TEST_F(ApacheDirectory, with_a_partial_last_record_loses_only_that) {
  const Zxid last = last_logged();
  for (std::size_t cut = 1; cut < 20; ++cut) {
    fs_.put(at("log.1"), log_.substr(0, log_.size() - cut));
    Machine machine(fs_, apache_options());
    ASSERT_TRUE(machine.boot()) << cut << machine.error.text;
    ASSERT_EQ(machine.state.last_zxid, Zxid{last.value - 1});
    ASSERT_EQ(machine.state.verdict, RecoveryVerdict::kTorn);
  }
}

TEST_F(ApacheDirectory, with_a_partial_record_in_a_file_that_is_not_the_newest_goes_on_when_nothing_is_missing) {
  // Apache leaves torn tails behind: it starts a new file after every start.
  const std::string bytes = log_ + std::string("\0\0\0\0\x11\x22\x33\x44\0\0\0\x30", 12) + std::string(20, 'x');
  fs_.put(at("log.1"), bytes);
  const std::int64_t next_zxid = last_logged().value + 1;
  fs_.put(at("log." + hex(Zxid{next_zxid})), log_bytes(next_zxid, next_zxid + 2));
  Machine machine(fs_, apache_options());
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.last_zxid, Zxid{next_zxid + 2});
  EXPECT_EQ(machine.notes.size(), 1u);

  fs_.erase(at("log." + hex(Zxid{next_zxid})));
  fs_.put(at("log." + hex(Zxid{next_zxid + 1})), log_bytes(next_zxid + 1, next_zxid + 2));
  EXPECT_FALSE(machine.boot());
  EXPECT_THAT(machine.error.text, ::testing::HasSubstr("records are missing"));
}

}  // namespace
}  // namespace vivarium::testing
