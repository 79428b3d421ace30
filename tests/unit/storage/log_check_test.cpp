// Torn tail or damage: the verdict for every place where a log may be bad.
#include "adapters/storage/log_check.h"

#include <gtest/gtest.h>

#include "tests/unit/storage/support.h"

namespace vivarium::testing {
namespace {

using Verdict = LogCheck::Verdict;

constexpr std::int64_t kRecords = 8;

class LogVerdict : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(fs_.create_directories(kDirectory).ok()); }

  /// log.1 with kRecords records, of which the first `evidenced` are known to have been synced.
  void write_log(std::int64_t evidenced, std::size_t padding = 4000) {
    fs_.put(log_path(), log_bytes(1, kRecords) + std::string(padding, '\0'));
    if (evidenced < 0) return fs_.erase(evidence_path());
    fs_.erase(evidence_path());
    auto writer = EvidenceWriter::create(fs_, evidence_path(), Zxid{1});
    ASSERT_TRUE(writer.ok());
    for (std::int64_t zxid = 1; zxid <= evidenced; ++zxid) {
      const std::string entry = session_entry(Zxid{zxid});
      EvidenceEntry evidence;
      evidence.zxid = Zxid{zxid};
      evidence.end = log_bytes(1, zxid).size();
      evidence.length = static_cast<std::uint32_t>(entry.size());
      evidence.checksum = adler32(entry);
      (*writer)->add(evidence);
    }
    ASSERT_TRUE((*writer)->sync().ok());
  }
  static std::string log_path() { return join_path(kDirectory, "log.1"); }
  static std::string evidence_path() { return join_path(kDirectory, "evidence.1"); }

  void flip(const std::string& path, std::size_t offset) {
    std::string bytes = fs_.contents(path);
    bytes[offset] = static_cast<char>(bytes[offset] ^ 0x20);
    fs_.put(path, bytes);
  }

  MemoryFileSystem fs_;
};

TEST_F(LogVerdict, a_good_log_is_intact) {
  write_log(kRecords);
  const LogCheck checked = check(fs_, Zxid{1});
  EXPECT_EQ(checked.verdict, Verdict::kIntact);
  EXPECT_EQ(checked.records, 8u);
  EXPECT_EQ(checked.good_end, log_bytes(1, kRecords).size());
  EXPECT_TRUE(checked.unevidenced.empty());
}

TEST_F(LogVerdict, records_behind_the_evidence_are_good_too) {
  write_log(5);
  const LogCheck checked = check(fs_, Zxid{1});
  EXPECT_EQ(checked.verdict, Verdict::kIntact);
  EXPECT_EQ(checked.unevidenced.size(), 3u);
  EXPECT_EQ(checked.evidence_end, log_bytes(1, 5).size());
}

TEST_F(LogVerdict, a_flipped_byte_below_the_evidence_is_damage_at_every_offset) {
  for (std::size_t offset = 0; offset < log_bytes(1, kRecords).size(); ++offset) {
    if (offset >= 8 && offset < 16) continue;  // the dbid, which nobody reads
    write_log(kRecords);
    flip(log_path(), offset);
    const LogCheck checked = check(fs_, Zxid{1});
    ASSERT_EQ(checked.verdict, Verdict::kDamaged) << offset;
    ASSERT_TRUE(checked.problem_zxid.has_value()) << offset;
    const auto record = offset < 16 ? 0 : (offset - 16) / kSessionRecord;
    ASSERT_EQ(checked.problem_zxid->value, static_cast<std::int64_t>(record) + 1) << offset << checked.problem;
  }
}

TEST_F(LogVerdict, a_flipped_byte_behind_the_evidence_is_a_torn_tail) {
  for (std::size_t offset = log_bytes(1, 5).size(); offset < log_bytes(1, kRecords).size(); ++offset) {
    write_log(5);
    flip(log_path(), offset);
    const LogCheck checked = check(fs_, Zxid{1});
    ASSERT_EQ(checked.verdict, Verdict::kTorn) << offset << checked.problem;
    ASSERT_EQ(checked.records, (offset - 16) / kSessionRecord) << offset;
  }
}

TEST_F(LogVerdict, a_cut_below_the_evidence_is_damage_and_behind_it_a_torn_tail) {
  const std::string whole = log_bytes(1, kRecords);
  for (std::size_t length = 16; length < whole.size(); ++length) {
    write_log(5);
    fs_.put(log_path(), whole.substr(0, length));
    const LogCheck checked = check(fs_, Zxid{1});
    const std::size_t evidenced = log_bytes(1, 5).size();
    if (length < evidenced) {
      ASSERT_EQ(checked.verdict, Verdict::kDamaged) << length;
    } else {
      const bool at_record = (length - 16) % kSessionRecord <= 4;  // a record begins with four zero bytes
      ASSERT_EQ(checked.verdict == Verdict::kIntact, at_record) << length;
      ASSERT_NE(checked.verdict, Verdict::kDamaged) << length;
      ASSERT_EQ(checked.records, (length - 16) / kSessionRecord) << length;
    }
  }
}

TEST_F(LogVerdict, torn_tails_of_all_lengths_are_dropped_in_a_preallocated_file) {
  const std::string whole = log_bytes(1, kRecords);
  const std::size_t evidenced = log_bytes(1, 5).size();
  for (std::size_t length = evidenced; length < whole.size(); ++length) {
    write_log(5);
    fs_.put(log_path(), whole.substr(0, length) + std::string(5000, '\0'));
    const LogCheck checked = check(fs_, Zxid{1});
    ASSERT_NE(checked.verdict, Verdict::kDamaged) << length;
    ASSERT_EQ(checked.good_end, log_bytes(1, static_cast<std::int64_t>(checked.records)).size());
  }
}

TEST_F(LogVerdict, a_hole_under_later_records_is_torn_only_within_the_unsynced_window) {
  write_log(5);
  std::string bytes = fs_.contents(log_path());
  const std::size_t hole = log_bytes(1, 5).size();
  std::fill_n(bytes.begin() + static_cast<std::ptrdiff_t>(hole), kSessionRecord, '\0');
  fs_.put(log_path(), bytes);
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kTorn);  // records 7 and 8 must not come back
  EXPECT_EQ(check(fs_, Zxid{1}).records, 5u);

  bytes.resize(hole + kMaxUnsyncedBytes + kMaxTxn + 100, '\0');
  bytes += log_bytes(7, 8).substr(16);
  fs_.put(log_path(), bytes);
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
}

TEST_F(LogVerdict, a_bad_end_of_a_file_that_is_not_the_newest_is_damage) {
  write_log(5, 0);
  fs_.put(log_path(), fs_.contents(log_path()) + "x");
  EXPECT_EQ(check(fs_, Zxid{1}, true).verdict, Verdict::kTorn);
  EXPECT_EQ(check(fs_, Zxid{1}, false).verdict, Verdict::kDamaged);
}

TEST_F(LogVerdict, old_records_behind_the_tail_do_not_come_back) {
  write_log(5);
  fs_.put(log_path(), log_bytes(1, 6) + log_bytes(2, 5).substr(16));
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kTorn);
  EXPECT_EQ(check(fs_, Zxid{1}).records, 6u);
}

TEST_F(LogVerdict, a_missing_record_is_damage_even_without_evidence) {
  write_log(-1);
  fs_.put(log_path(), log_bytes(1, 3) + log_bytes(5, 8).substr(16));
  const LogCheck checked = check(fs_, Zxid{1});
  EXPECT_EQ(checked.verdict, Verdict::kDamaged);
  EXPECT_EQ(checked.problem, "records are missing: after zxid 0x3 comes 0x5");
}

TEST_F(LogVerdict, another_files_records_are_damage) {
  fs_.put(log_path(), log_bytes(2, 8));
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
}

TEST_F(LogVerdict, a_valid_record_with_other_content_than_the_evidence_says_is_damage) {
  write_log(kRecords);
  std::string bytes = log_bytes(1, 3);
  Vector<char> other;
  ByteWriter writer(other);
  encode_log_record(writer, session_entry(Zxid{4}, 999));
  bytes.append(other.data(), other.size());
  bytes += log_bytes(5, 8).substr(16);
  fs_.put(log_path(), bytes);
  const LogCheck checked = check(fs_, Zxid{1});
  EXPECT_EQ(checked.verdict, Verdict::kDamaged);
  EXPECT_EQ(checked.problem_zxid, Zxid{4});
}

TEST_F(LogVerdict, damage_to_the_evidence_itself_never_condemns_a_good_log) {
  write_log(kRecords);
  const std::size_t size = fs_.contents(evidence_path()).size();
  for (std::size_t offset = 0; offset < size; ++offset) {
    write_log(kRecords);
    flip(evidence_path(), offset);
    const LogCheck checked = check(fs_, Zxid{1});
    ASSERT_EQ(checked.verdict, Verdict::kIntact) << offset << checked.problem;
    ASSERT_EQ(checked.records, 8u);
  }
}

TEST_F(LogVerdict, one_bad_evidence_slot_does_not_hide_damage) {
  for (std::size_t slot = 1; slot < kRecords; ++slot) {  // the last entry stays
    write_log(kRecords);
    flip(evidence_path(), slot * kEvidenceSlot + 3);
    flip(log_path(), 16 + (slot - 1) * kSessionRecord + 20);
    ASSERT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged) << slot;
  }
}

// ---- files without evidence: Apache's ------------------------------------------------------------------------------

TEST_F(LogVerdict, apaches_partial_last_record_is_the_end) {
  const std::string whole = log_bytes(1, kRecords);
  for (std::size_t length = log_bytes(1, 7).size(); length < whole.size(); ++length) {
    fs_.put(log_path(), whole.substr(0, length));
    ASSERT_EQ(check(fs_, Zxid{1}).records, 7u) << length;
    ASSERT_NE(check(fs_, Zxid{1}, true).verdict, Verdict::kDamaged) << length;
    ASSERT_NE(check(fs_, Zxid{1}, false).verdict, Verdict::kDamaged) << length;
  }
}

TEST_F(LogVerdict, apaches_bad_checksum_is_damage) {
  write_log(-1);
  flip(log_path(), log_bytes(1, 7).size() + 20);
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
}

// ---- files that were never begun -----------------------------------------------------------------------------------

TEST_F(LogVerdict, a_newest_file_without_header_and_evidence_is_empty) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{16}, std::size_t{9000}}) {
    fs_.put(log_path(), std::string(size, '\0'));
    EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kEmpty) << size;
    EXPECT_EQ(check(fs_, Zxid{1}, false).verdict, Verdict::kDamaged) << size;
  }
}

TEST_F(LogVerdict, a_header_that_vanished_above_records_is_damage) {
  write_log(-1);
  fs_.put(log_path(), std::string(16, '\0') + log_bytes(1, kRecords).substr(16));
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
  write_log(3);
  fs_.put(log_path(), "");
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
  EXPECT_EQ(check(fs_, Zxid{1}).problem_zxid, Zxid{1});
}

TEST_F(LogVerdict, a_file_that_cannot_be_read_is_damage) {
  write_log(3);
  fs_.fail_reads_of(log_path());
  EXPECT_EQ(check(fs_, Zxid{1}).verdict, Verdict::kDamaged);
}

// ---- the chain of zxids --------------------------------------------------------------------------------------------

TEST(ZxidChain, takes_consecutive_zxids_and_the_first_of_a_later_epoch) {
  EXPECT_TRUE(zxid_follows(Zxid{5}, Zxid{6}));
  EXPECT_FALSE(zxid_follows(Zxid{5}, Zxid{7}));
  EXPECT_TRUE(zxid_follows(Zxid{5}, Zxid::make(Epoch{2}, 1)));
  EXPECT_FALSE(zxid_follows(Zxid{5}, Zxid::make(Epoch{2}, 2)));
  EXPECT_FALSE(zxid_follows(Zxid::make(Epoch{2}, 1), Zxid{6}));
}

TEST(ZxidChain, allows_gaps_only_below_its_base) {
  using Step = ZxidChain::Step;
  ZxidChain chain(Zxid{10});
  EXPECT_EQ(chain.look(Zxid{3}), Step::kFollows);
  chain.take(Zxid{3});
  EXPECT_EQ(chain.look(Zxid{7}), Step::kFollows);
  EXPECT_EQ(chain.look(Zxid{11}), Step::kFollows);
  EXPECT_EQ(chain.look(Zxid{12}), Step::kGap);
  EXPECT_EQ(chain.look(Zxid{3}), Step::kRepeats);
  chain.take(Zxid{11});
  EXPECT_EQ(chain.look(Zxid{13}), Step::kGap);
}

}  // namespace
}  // namespace vivarium::testing
