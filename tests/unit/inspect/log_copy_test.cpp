// recover and chop write a new file and nothing else.
#include "cmd/inspect/log_copy.h"

#include "adapters/storage/epoch_file.h"
#include "cmd/inspect/epochs.h"
#include "cmd/inspect/verify.h"
#include "tests/unit/inspect/support.h"

namespace vivarium::inspect {
namespace {

using vivarium::testing::kSessionRecord;
using vivarium::testing::log_bytes;

/// log.1 with ten session records, and what its input was.
class LogCopies : public Inspected {
 protected:
  void SetUp() override {
    Inspected::SetUp();
    fs.put(at("log.1"), log_bytes(1, 10));
  }
  static std::size_t offset_of(int zxid) {
    return kLogHeaderSize + static_cast<std::size_t>(zxid - 1) * kSessionRecord;
  }
};

TEST_F(LogCopies, recover_of_a_whole_log_gives_the_same_bytes_without_padding) {
  fs.put(at("log.1"), log_bytes(1, 10) + std::string(3000, '\0'));
  EXPECT_EQ(recover_log(command, at("log.1"), false), kIntact);
  EXPECT_EQ(fs.contents(at("log.1.fixed")), log_bytes(1, 10));
  EXPECT_THAT(out.str(), HasSubstr("log.1.fixed has been written with 10 records, up to zxid 0xa"));
}

TEST_F(LogCopies, recover_ends_before_the_first_damage) {
  flip("log.1", offset_of(4) + 20);
  const std::string input = fs.contents(at("log.1"));
  EXPECT_EQ(recover_log(command, at("log.1"), false), kDamaged);
  EXPECT_EQ(fs.contents(at("log.1.fixed")), log_bytes(1, 3));
  EXPECT_EQ(fs.contents(at("log.1")), input);
  EXPECT_THAT(err.str(),
              HasSubstr("log.1: offset " + std::to_string(offset_of(4)) + ": the record's checksum differs"));
  EXPECT_THAT(out.str(), HasSubstr("remove evidence.1"));
}

TEST_F(LogCopies, the_output_survives_power_loss) {
  EXPECT_EQ(recover_log(command, at("log.1"), false), kIntact);
  fs.reboot(Seed{7});
  EXPECT_EQ(fs.contents(at("log.1.fixed")), log_bytes(1, 10));
}

TEST_F(LogCopies, skip_bad_leaves_a_hole_and_says_so_loudly) {
  flip("log.1", offset_of(4) + 20);
  flip("log.1", offset_of(7) + 9);  // an impossible length
  EXPECT_EQ(recover_log(command, at("log.1"), true), kDamaged);
  const std::string header_and_three = log_bytes(1, 3);
  EXPECT_EQ(fs.contents(at("log.1.fixed")),
            header_and_three + log_bytes(5, 6).substr(kLogHeaderSize) + log_bytes(8, 10).substr(kLogHeaderSize));
  EXPECT_THAT(err.str(), HasSubstr("WARNING: a server that replays such a log has a state that never existed"));
  EXPECT_THAT(out.str(), HasSubstr("There is intra-epoch gap between 3 and 5"));
  EXPECT_EQ(verify(command, {at("log.1.fixed")}, ""), kDamaged);
}

TEST_F(LogCopies, an_older_record_ends_what_is_recovered) {
  fs.put(at("log.1"), log_bytes(1, 3) + log_bytes(2, 5).substr(kLogHeaderSize));
  EXPECT_EQ(recover_log(command, at("log.1"), false), kDamaged);
  EXPECT_EQ(fs.contents(at("log.1.fixed")), log_bytes(1, 3));
  EXPECT_THAT(err.str(), HasSubstr("expected a zxid above 0x3, found 0x2"));
}

TEST_F(LogCopies, no_file_is_ever_replaced) {
  fs.put(at("log.1.fixed"), "mine");
  EXPECT_EQ(recover_log(command, at("log.1"), false), kUsage);
  EXPECT_EQ(fs.contents(at("log.1.fixed")), "mine");
  EXPECT_THAT(err.str(), HasSubstr("expected that it does not exist yet"));
}

TEST_F(LogCopies, a_disk_that_is_full_leaves_no_partial_file) {
  fs.set_capacity(fs.contents(at("log.1")).size() + 100);
  EXPECT_EQ(recover_log(command, at("log.1"), false), kDamaged);
  EXPECT_FALSE(fs.exists(at("log.1.fixed")));
  EXPECT_THAT(err.str(), HasSubstr("log.1.fixed"));
}

TEST_F(LogCopies, chop_keeps_up_to_and_including_the_zxid) {
  EXPECT_EQ(chop_log(command, at("log.1"), Zxid{6}), kIntact);
  EXPECT_EQ(fs.contents(at("log.1.chopped6")), log_bytes(1, 6));
  EXPECT_EQ(lines_of(out.str())[1], "Chopping at 6 new log has 6 records");
  EXPECT_EQ(fs.contents(at("log.1")), log_bytes(1, 10));
}

TEST_F(LogCopies, chop_needs_the_zxid_to_be_there_and_something_behind_it) {
  EXPECT_EQ(chop_log(command, at("log.1"), Zxid{11}), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("does not contain zxid b"));
  EXPECT_EQ(chop_log(command, at("log.1"), Zxid{10}), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("there is nothing to chop"));
  EXPECT_FALSE(fs.exists(at("log.1.chopped10")));
  EXPECT_FALSE(fs.exists(at("log.1.chopped11")));
}

TEST_F(LogCopies, chop_takes_off_damage_behind_the_zxid) {
  flip("log.1", offset_of(4) + 20);
  EXPECT_EQ(chop_log(command, at("log.1"), Zxid{3}), kIntact);
  EXPECT_EQ(fs.contents(at("log.1.chopped3")), log_bytes(1, 3));
  EXPECT_EQ(chop_log(command, at("log.1"), Zxid{5}), kDamaged);
  EXPECT_FALSE(fs.exists(at("log.1.chopped5")));
}

TEST_F(Inspected, a_server_starts_after_the_advice_of_chop_is_followed) {
  run_server();
  flip("log.b", fs.contents(at("log.b")).size() - 10);
  vivarium::testing::Machine refused(fs);
  ASSERT_FALSE(refused.boot());
  EXPECT_THAT(refused.error.text, HasSubstr("vivarium-inspect chop data/version-2/log.b --zxid 0x13"));
  ASSERT_EQ(chop_log(command, at("log.b"), Zxid{0x13}), kIntact);
  fs.put(at("log.b"), fs.contents(at("log.b.chopped19")));
  fs.erase(at("log.b.chopped19"));
  fs.erase(at("evidence.b"));
  vivarium::testing::Machine machine(fs);
  ASSERT_TRUE(machine.boot()) << machine.error.text;
  EXPECT_EQ(machine.state.last_zxid, Zxid{0x13});
}

TEST_F(Inspected, epochs_show_both_copies) {
  fs.create_directories(kDirectory).ok();
  ASSERT_TRUE(write_epoch(fs, kDirectory, kAcceptedEpochFile, Epoch{5}).ok());
  ASSERT_TRUE(write_epoch(fs, kDirectory, kCurrentEpochFile, Epoch{4}).ok());
  EXPECT_EQ(show_epochs(command, kDirectory), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("acceptedEpoch: 5\n  acceptedEpoch: \"5\"\n  vivarium.acceptedEpoch: \"5 "));
  EXPECT_THAT(out.str(), HasSubstr("currentEpoch: 4\n"));
  out.str("");
  fs.put(at("acceptedEpoch"), "rubbish");
  EXPECT_EQ(show_epochs(command, kDirectory), kIntact);
  EXPECT_THAT(out.str(), HasSubstr("acceptedEpoch: 5 (from one copy"));
  fs.put(at("vivarium.acceptedEpoch"), "5 00000000\n");
  EXPECT_EQ(show_epochs(command, kDirectory), kDamaged);
  EXPECT_THAT(out.str(), HasSubstr("DAMAGED: no copy can be believed"));
}

TEST_F(Inspected, an_accepted_epoch_below_the_current_one_is_wrong) {
  fs.create_directories(kDirectory).ok();
  ASSERT_TRUE(write_epoch(fs, kDirectory, kAcceptedEpochFile, Epoch{3}).ok());
  ASSERT_TRUE(write_epoch(fs, kDirectory, kCurrentEpochFile, Epoch{4}).ok());
  EXPECT_EQ(show_epochs(command, kDirectory), kDamaged);
  EXPECT_THAT(err.str(), HasSubstr("expected acceptedEpoch to be at least currentEpoch"));
}

}  // namespace
}  // namespace vivarium::inspect
