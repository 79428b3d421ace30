// What a member of an ensemble asks of its store: epochs, cuts, resets, reloads, reading back; each through power
// losses at every operation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "adapters/storage/epoch_file.h"
#include "adapters/storage/repair_mark.h"
#include "tests/unit/storage/machine.h"

namespace vivarium::testing {
namespace {

using ::testing::HasSubstr;
using Verdict = RecoveryVerdict;

std::string at(const std::string& name) { return join_path(kDirectory, name); }

StoreOptions member_options() {
  StoreOptions options = test_options();
  options.member = true;
  return options;
}

bool sound(const RecoveredState& state) { return state.verdict == Verdict::kIntact || state.verdict == Verdict::kTorn; }

/// snapshot.0, log.1 (1..4), log.5 (5..8), log.9 (9..12), snapshot.8; epochs as given.
void fill(MemoryFileSystem& fs) {
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  for (int i = 1; i <= 12; ++i) {
    machine.append();
    machine.sync();
    if (i % 4 == 0) machine.roll();
    if (i == 8) machine.snapshot();
  }
  ASSERT_NE(machine.epochs(1, 1), nullptr);
}

void damage(MemoryFileSystem& fs, const std::string& name) {
  std::string bytes = fs.contents(at(name));
  bytes[bytes.size() / 2] ^= 4;
  fs.put(at(name), bytes);
}

/// Runs `operation` on a machine that `prepare` left, with power lost at every k-th disk operation inside it, and
/// `judge`s what a member finds afterwards; `done`: the operation had been answered.
void lose_power_everywhere(const std::function<void(MemoryFileSystem&)>& prepare,
                           const std::function<bool(Machine&)>& operation,
                           const std::function<void(const Machine&, bool done)>& judge, std::uint64_t seeds = 12) {
  for (std::uint64_t k = 0;; ++k) {
    bool lost = false;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SCOPED_TRACE("operation " + std::to_string(k) + " seed " + std::to_string(seed));
      MemoryFileSystem fs(Seed{seed * 10'000 + k});
      prepare(fs);
      Machine machine(fs, member_options());
      ASSERT_TRUE(machine.boot()) << machine.error.text;
      fs.lose_power_at(fs.operations() + k);
      const bool done = operation(machine);
      ASSERT_TRUE(done || !fs.powered()) << machine.failure;
      lost |= !fs.powered();
      fs.reboot();
      Machine again(fs, member_options());
      ASSERT_TRUE(again.boot()) << again.error.text;
      judge(again, done);
      if (::testing::Test::HasFailure()) return;
    }
    if (!lost) return;
  }
}

void expect_history(const Machine& machine, Zxid from, Zxid to) {
  ASSERT_GE(machine.state.last_zxid, from);
  ASSERT_LE(machine.state.last_zxid, to);
  ASSERT_TRUE(machine.hash() == history_hash(machine.state.last_zxid));
}

// ---- epochs
// ----------------------------------------------------------------------------------------------------------

TEST(MemberEpochs, are_absent_in_a_directory_that_was_never_a_members) {
  MemoryFileSystem fs;
  Machine lone(fs);
  ASSERT_TRUE(lone.boot());
  lone.snapshot();
  Machine member(fs, member_options());
  ASSERT_TRUE(member.boot());
  EXPECT_EQ(member.state.verdict, Verdict::kIntact);
  EXPECT_FALSE(member.state.accepted_epoch || member.state.current_epoch);
}

TEST(MemberEpochs, answer_with_what_is_durable) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  const StorageCompletion* done = machine.epochs(4, 3);
  ASSERT_NE(done, nullptr);
  EXPECT_EQ(done->accepted, Epoch{4});
  EXPECT_EQ(done->current, Epoch{3});
  fs.lose_power_at(fs.operations());
  fs.reboot();
  Machine next(fs, member_options());
  ASSERT_TRUE(next.boot());
  EXPECT_EQ(next.state.accepted_epoch, Epoch{4});
  EXPECT_EQ(next.state.current_epoch, Epoch{3});
}

TEST(MemberEpochs, keep_their_order_wherever_power_is_lost) {
  lose_power_everywhere(
      fill, [](Machine& machine) { return machine.epochs(5, 5) != nullptr; },
      [](const Machine& after, bool done) {
        EXPECT_TRUE(sound(after.state));
        const Epoch accepted = after.state.accepted_epoch.value(), current = after.state.current_epoch.value();
        EXPECT_LE(current, accepted);
        EXPECT_TRUE(accepted == Epoch{5} || (!done && accepted == Epoch{1}));
        EXPECT_TRUE(current == Epoch{5} || (!done && current == Epoch{1}));
      });
}

TEST(MemberEpochs, written_for_the_first_time_are_never_amnesia) {
  lose_power_everywhere(
      [](MemoryFileSystem& fs) {
        Machine lone(fs);
        ASSERT_TRUE(lone.boot());
        lone.snapshot();
      },
      [](Machine& machine) { return machine.epochs(1, 0) != nullptr; },
      [](const Machine& after, bool done) {
        EXPECT_TRUE(sound(after.state));
        EXPECT_EQ(after.state.accepted_epoch.has_value(), after.state.current_epoch.has_value());
        EXPECT_TRUE(!done || after.state.accepted_epoch == Epoch{1});
        EXPECT_TRUE(!done || after.state.current_epoch == Epoch{0});
      });
}

TEST(MemberEpochs, that_are_lost_or_contradict_the_log_are_amnesia) {
  const std::vector<std::function<void(MemoryFileSystem&)>> harms = {
      [](MemoryFileSystem& fs) {
        fs.put(at("currentEpoch"), "");
        fs.put(at("vivarium.currentEpoch"), "x");
      },
      [](MemoryFileSystem& fs) {
        fs.erase(at("acceptedEpoch"));
        fs.erase(at("vivarium.acceptedEpoch"));
      },
      [](MemoryFileSystem& fs) {
        fs.erase(at("currentEpoch"));
        fs.erase(at("vivarium.currentEpoch"));
      },
      [](MemoryFileSystem& fs) { fs.put(at("currentEpoch"), "9"); },
  };
  for (const auto& harm : harms) {
    MemoryFileSystem fs;
    fill(fs);
    harm(fs);
    Machine machine(fs, member_options());
    ASSERT_TRUE(machine.boot());
    EXPECT_EQ(machine.state.verdict, Verdict::kAmnesia);
    EXPECT_EQ(machine.state.last_zxid, Zxid{12});
    EXPECT_TRUE(machine.hash() == history_hash(Zxid{12}));
    ASSERT_NE(machine.epochs(10, 10), nullptr);
    Machine next(fs, member_options());
    ASSERT_TRUE(next.boot());
    EXPECT_EQ(next.state.verdict, Verdict::kIntact);
  }
}

TEST(MemberEpochs, of_apache_that_stopped_while_raising_them) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.create_directories(kDirectory).ok());
  fs.put(at("acceptedEpoch"), "7");
  fs.put(at("currentEpoch"), "6");
  const Zxid last = Zxid::make(Epoch{7}, 3);
  fs.put(at("currentEpoch.tmp"), "7");
  const auto state = read_epoch_state(fs, kDirectory, last, true);
  EXPECT_EQ(state->lost, "");
  EXPECT_EQ(state->current, Epoch{7});
}

TEST(MemberEpochs, a_raised_copy_is_rot_unless_apache_wrote_the_newest_log) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.create_directories(kDirectory).ok());
  ASSERT_TRUE(write_epochs(fs, kDirectory, Epoch{7}, Epoch{6}).ok());
  fs.put(at("currentEpoch"), "7");
  EXPECT_FALSE(read_epoch_state(fs, kDirectory, Zxid::make(Epoch{6}, 3), false)->lost.empty());
  const auto apaches = read_epoch_state(fs, kDirectory, Zxid::make(Epoch{6}, 3), true);
  EXPECT_EQ(apaches->lost, "");
  EXPECT_EQ(apaches->current, Epoch{7});
}

TEST(MemberEpochs, behind_the_log_are_those_of_a_learner_that_had_not_yet_adopted_its_leaders_epoch) {
  MemoryFileSystem fs;
  ASSERT_TRUE(fs.create_directories(kDirectory).ok());
  fs.put(at("acceptedEpoch"), "7");
  fs.put(at("currentEpoch"), "6");
  const auto state = read_epoch_state(fs, kDirectory, Zxid::make(Epoch{7}, 3), true);
  EXPECT_EQ(state->lost, "");
  EXPECT_EQ(state->current, Epoch{6});
  EXPECT_FALSE(read_epoch_state(fs, kDirectory, Zxid::make(Epoch{8}, 1), true)->lost.empty())
      << "nobody was promised epoch 8";
}

TEST(MemberEpochs, without_any_data_mean_that_the_data_was_lost) {
  MemoryFileSystem fs;
  fill(fs);
  const auto names = *fs.list(kDirectory);
  for (const std::string& name : names) {
    if (name.find("poch") == std::string::npos) fs.erase(at(name));
  }
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  EXPECT_EQ(machine.state.verdict, Verdict::kFaulty);
}

// ---- truncation
// ------------------------------------------------------------------------------------------------------

TEST(MemberEpochs, of_a_member_that_began_with_nothing_prove_no_loss_before_something_is_durable) {
  MemoryFileSystem fs;
  Machine fresh(fs, member_options());
  ASSERT_TRUE(fresh.boot());
  ASSERT_NE(fresh.epochs(1, 1), nullptr);
  fs.lose_power_at(fs.operations());
  fs.reboot();
  Machine empty(fs, member_options());
  ASSERT_TRUE(empty.boot());
  EXPECT_EQ(empty.state.verdict, Verdict::kAmnesia) << "it asks the others whether there was anything";
  EXPECT_EQ(empty.state.last_zxid, Zxid{});
  EXPECT_EQ(empty.state.accepted_epoch, Epoch{1}) << "what it promised is known";
}

TEST(MemberEpochs, of_a_member_that_began_with_nothing_count_from_its_first_snapshot) {
  for (const bool epochs_first : {true, false}) {
    SCOPED_TRACE(epochs_first ? "epochs first" : "snapshot first");
    MemoryFileSystem fs;
    Machine fresh(fs, member_options());
    ASSERT_TRUE(fresh.boot());
    if (!epochs_first) fresh.snapshot();
    ASSERT_NE(fresh.epochs(1, 1), nullptr);
    if (epochs_first) fresh.snapshot();
    fs.lose_power_at(fs.operations());
    fs.reboot();
    Machine again(fs, member_options());
    ASSERT_TRUE(again.boot());
    EXPECT_TRUE(sound(again.state));
  }
}

TEST(TruncateLog, ends_at_the_zxid_and_goes_on_from_there) {
  for (std::int64_t zxid = 0; zxid <= 12; ++zxid) {
    MemoryFileSystem fs;
    fill(fs);
    Machine machine(fs, member_options());
    ASSERT_TRUE(machine.boot());
    const StorageCompletion* cut = machine.truncate(Zxid{zxid});
    ASSERT_NE(cut, nullptr) << machine.failure;
    EXPECT_EQ(cut->incarnation, Incarnation{2});
    EXPECT_EQ(cut->zxid, Zxid{zxid});
    EXPECT_TRUE(cut->whole) << zxid;
    EXPECT_EQ(fs.exists(at("snapshot.8")), zxid >= 8);
    ASSERT_TRUE(machine.reload());
    ASSERT_EQ(machine.state.last_zxid, Zxid{zxid});
    machine.append();
    machine.sync();
    EXPECT_EQ(machine.durable, Zxid{zxid + 1});
    Machine next(fs, member_options());
    ASSERT_TRUE(next.boot());
    EXPECT_EQ(next.state.verdict, Verdict::kIntact);
    ASSERT_EQ(next.state.last_zxid, Zxid{zxid + 1});
    ASSERT_TRUE(next.hash() == history_hash(next.state.last_zxid));
  }
}

TEST(TruncateLog, of_records_that_were_appended_just_before) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  for (int i = 0; i < 3; ++i) machine.append();  // 13..15, not synced
  const StorageCompletion* cut = machine.truncate(Zxid{14});
  ASSERT_NE(cut, nullptr);
  EXPECT_TRUE(cut->whole);
  ASSERT_TRUE(machine.reload());
  expect_history(machine, Zxid{14}, Zxid{14});
}

TEST(TruncateLog, answers_an_earlier_sync_first) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  const std::string entry = history_entry(Zxid{13});
  machine.log({{EffectKind::kAppendLog, Zxid{13}, 1, entry},
               {EffectKind::kSyncLog, {}, 1, {}},
               {EffectKind::kTruncateLog, Zxid{12}, 2, {}},
               {EffectKind::kAppendLog, Zxid{13}, 2, entry},
               {EffectKind::kSyncLog, {}, 2, {}}});
  ASSERT_EQ(machine.answers.size(), 3u);
  EXPECT_EQ(machine.answers[0].kind, StorageCompletion::Kind::kLogDurable);
  EXPECT_EQ(machine.answers[0].incarnation, Incarnation{1});
  EXPECT_EQ(machine.answers[1].kind, StorageCompletion::Kind::kLogTruncated);
  EXPECT_EQ(machine.answers[2].kind, StorageCompletion::Kind::kLogDurable);
  EXPECT_EQ(machine.answers[2].incarnation, Incarnation{2});
  EXPECT_EQ(machine.answers[2].zxid, Zxid{13});
}

TEST(TruncateLog, leaves_a_legal_history_wherever_power_is_lost) {
  for (const std::int64_t target : {2, 6, 8, 10}) {
    lose_power_everywhere(
        fill, [=](Machine& machine) { return machine.truncate(Zxid{target}) != nullptr; },
        [=](const Machine& after, bool done) {
          EXPECT_TRUE(sound(after.state));
          expect_history(after, Zxid{target}, Zxid{done ? target : 12});
        });
  }
}

/// snapshot.8 is the only base, and the logs begin at 5.
void fill_and_forget(MemoryFileSystem& fs) {
  fill(fs);
  for (const char* name : {"snapshot.0", "log.1", "evidence.1"}) fs.erase(at(name));
}

TEST(TruncateLog, that_loses_its_base_says_so_and_is_not_believed_after_a_crash) {
  lose_power_everywhere(
      fill_and_forget,
      [](Machine& machine) {
        const StorageCompletion* cut = machine.truncate(Zxid{6});
        if (cut == nullptr) return false;
        EXPECT_FALSE(cut->whole);
        return true;
      },
      [](const Machine& after, bool done) {
        EXPECT_FALSE(done && (sound(after.state) || after.state.verdict == Verdict::kFresh));
        if (sound(after.state)) expect_history(after, Zxid{12}, Zxid{12});
      });
}

// ---- reset
// -----------------------------------------------------------------------------------------------------------

TEST(ResetLog, takes_a_member_that_is_far_behind_to_the_snapshot) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.receive_snapshot(Zxid{40});
  const StorageCompletion* reset = machine.reset(Zxid{40});
  ASSERT_NE(reset, nullptr) << machine.failure;
  EXPECT_TRUE(reset->whole);
  EXPECT_EQ(reset->zxid, Zxid{40});
  EXPECT_TRUE(fs.exists(at("log.9.superseded")));
  EXPECT_TRUE(fs.exists(at("evidence.9.superseded")));
  EXPECT_TRUE(fs.exists(at("snapshot.8.superseded")));
  ASSERT_TRUE(machine.reload());
  EXPECT_EQ(machine.state.verdict, Verdict::kIntact);
  expect_history(machine, Zxid{40}, Zxid{40});
  machine.append();
  machine.sync();
  EXPECT_TRUE(fs.exists(at("log.29")));
  Machine next(fs, member_options());
  ASSERT_TRUE(next.boot());
  expect_history(next, Zxid{41}, Zxid{41});
  // Superseded files go with the snapshots of their time.
  for (int i = 0; i < 3; ++i) {
    next.append();
    next.sync();
    next.snapshot();
  }
  next.purge();
  EXPECT_FALSE(fs.exists(at("log.9.superseded")));
  EXPECT_FALSE(fs.exists(at("snapshot.8.superseded")));
}

TEST(ResetLog, keeps_the_logs_that_lead_to_the_snapshot_and_removes_what_is_behind_it) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.receive_snapshot(Zxid{10});
  const StorageCompletion* reset = machine.reset(Zxid{10});
  ASSERT_NE(reset, nullptr);
  EXPECT_TRUE(reset->whole);
  EXPECT_EQ(reset->text, "");
  EXPECT_TRUE(fs.exists(at("log.1")) && fs.exists(at("log.9")) && fs.exists(at("snapshot.8")));
  ASSERT_TRUE(machine.reload());
  expect_history(machine, Zxid{10}, Zxid{10});
  EXPECT_EQ(machine.read_log(Zxid{0}).size(), 10u);
}

TEST(ResetLog, changes_nothing_without_its_snapshot) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  const auto before = *fs.list(kDirectory);
  const StorageCompletion* reset = machine.reset(Zxid{40});
  ASSERT_NE(reset, nullptr);
  EXPECT_FALSE(reset->whole);
  EXPECT_EQ(*fs.list(kDirectory), before);
}

TEST(ResetLog, is_exact_wherever_power_is_lost) {
  for (const std::int64_t snapshot : {8, 10, 40}) {
    lose_power_everywhere(
        [=](MemoryFileSystem& fs) {
          fill(fs);
          Machine machine(fs, member_options());
          ASSERT_TRUE(machine.boot());
          machine.receive_snapshot(Zxid{snapshot});
        },
        [=](Machine& machine) { return machine.reset(Zxid{snapshot}) != nullptr; },
        [=](const Machine& after, bool done) {
          EXPECT_TRUE(sound(after.state));
          expect_history(after, Zxid{snapshot}, Zxid{done ? snapshot : std::max<std::int64_t>(snapshot, 12)});
        });
  }
}

// ---- damage
// ----------------------------------------------------------------------------------------------------------

TEST(FaultyMember, starts_without_data_and_changes_nothing) {
  for (const char* name : {"log.1", "log.5", "log.9"}) {
    MemoryFileSystem fs;
    fill(fs);
    fs.put(at("snapshot.8"), "");
    damage(fs, name);
    const auto before = *fs.list(kDirectory);
    const std::string bytes = fs.contents(at(name));
    Machine machine(fs, member_options());
    ASSERT_TRUE(machine.boot());
    EXPECT_EQ(machine.state.verdict, Verdict::kFaulty);
    EXPECT_EQ(machine.state.last_zxid, Zxid{0});
    EXPECT_EQ(machine.state.snapshot_zxid, Zxid{0});
    EXPECT_EQ(machine.state.tree.node_count(), DataTree().node_count());
    EXPECT_EQ(machine.state.sessions.size(), 0u);
    EXPECT_TRUE(machine.state.recent.empty());
    EXPECT_EQ(machine.state.accepted_epoch, Epoch{1});
    EXPECT_THAT(machine.notes.back(), HasSubstr(std::string(name) + " is damaged at offset"));
    EXPECT_EQ(*fs.list(kDirectory), before);
    EXPECT_EQ(fs.contents(at(name)), bytes);
    ASSERT_TRUE(machine.reload());
    EXPECT_EQ(machine.state.verdict, Verdict::kFaulty);
  }
}

TEST(FaultyMember, is_repaired_by_a_snapshot_and_believed_once_the_epoch_is_adopted) {
  MemoryFileSystem fs;
  fill(fs);
  damage(fs, "log.9");
  const std::string damaged = fs.contents(at("log.9"));
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  ASSERT_EQ(machine.state.verdict, Verdict::kFaulty);
  machine.receive_snapshot(Zxid{11});
  const StorageCompletion* reset = machine.reset(Zxid{11});
  ASSERT_NE(reset, nullptr) << machine.failure;
  EXPECT_TRUE(reset->whole);
  EXPECT_THAT(reset->text, HasSubstr("log.9.damaged"));
  EXPECT_EQ(fs.contents(at("log.9.damaged")), damaged);
  EXPECT_TRUE(fs.exists(at("evidence.9.damaged")));
  Machine between(fs, member_options());
  ASSERT_TRUE(between.boot());
  EXPECT_EQ(between.state.verdict, Verdict::kAmnesia);
  expect_history(between, Zxid{11}, Zxid{11});
  ASSERT_NE(between.epochs(3, 2), nullptr);
  ASSERT_TRUE(between.reload());
  EXPECT_EQ(between.state.verdict, Verdict::kAmnesia);
  ASSERT_NE(between.epochs(3, 3), nullptr);
  ASSERT_TRUE(between.reload());
  EXPECT_EQ(between.state.verdict, Verdict::kIntact);
  expect_history(between, Zxid{11}, Zxid{11});
}

TEST(FaultyMember, never_passes_for_sound_wherever_power_is_lost_in_its_repair) {
  for (const std::int64_t snapshot : {9, 11, 40}) {
    lose_power_everywhere(
        [=](MemoryFileSystem& fs) {
          fill(fs);
          damage(fs, "log.9");
          Machine machine(fs, member_options());
          ASSERT_TRUE(machine.boot());
          machine.receive_snapshot(Zxid{snapshot});
        },
        [=](Machine& machine) { return machine.reset(Zxid{snapshot}) != nullptr; },
        [=](const Machine& after, bool done) {
          EXPECT_FALSE(sound(after.state));
          EXPECT_TRUE(!done || after.state.verdict == Verdict::kAmnesia);
          if (after.state.verdict == Verdict::kAmnesia) expect_history(after, Zxid{snapshot}, Zxid{snapshot});
        });
  }
}

TEST(FaultyMember, does_not_take_a_later_epoch_for_the_continuation_of_an_older_snapshot) {
  // A leader's snapshot at 40, and then epoch 1: with the snapshot damaged, snapshot.8 and log.100000001 show no gap.
  MemoryFileSystem fs;
  fill(fs);
  fs.put(at("snapshot.28"), "");
  for (const char* name : {"log.9", "evidence.9"}) fs.erase(at(name));
  const Zxid next = Zxid::make(Epoch{1}, 1);
  Vector<char> log;
  ByteWriter writer(log);
  encode_log_header(writer);
  encode_log_record(writer, session_entry(next));
  fs.put(at(log_name(next)), std::string(log.data(), log.size()));
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  EXPECT_EQ(machine.state.verdict, Verdict::kFaulty);
}

// ---- the rest
// --------------------------------------------------------------------------------------------------------

TEST(Reload, returns_the_disk_and_goes_on_wherever_power_is_lost) {
  lose_power_everywhere(
      fill,
      [](Machine& machine) {
        machine.append();
        machine.append();
        if (!machine.reload()) return false;
        EXPECT_EQ(machine.state.last_zxid, Zxid{14});
        machine.append();
        machine.sync();
        return machine.durable == Zxid{15};
      },
      [](const Machine& after, bool done) { expect_history(after, Zxid{done ? 15 : 12}, Zxid{15}); });
}

TEST(AbortSnapshot, leaves_no_file_and_the_next_snapshot_is_taken) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  const auto before = *fs.list(kDirectory);
  machine.snap({EffectKind::kBeginSnapshot, Zxid{12}, 0, {}});
  machine.snap({EffectKind::kSnapshotChunk, Zxid{12}, 0, "ZKSN"});
  machine.snap({EffectKind::kAbortSnapshot, {}, 0, {}});
  EXPECT_TRUE(machine.answers.empty());
  EXPECT_EQ(*fs.list(kDirectory), before);
  machine.snap({EffectKind::kAbortSnapshot, {}, 0, {}});
  machine.snapshot();
  EXPECT_EQ(machine.snapshot_durable, Zxid{12});
}

TEST(ReadLog, gives_the_durable_records_behind_a_zxid) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.append();
  machine.sync();
  machine.append();  // 14 is not durable
  for (std::int64_t after = 0; after <= 15; ++after) {
    const auto records = machine.read_log(Zxid{after});
    ASSERT_EQ(records.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, 13 - after))) << after;
    for (std::size_t i = 0; i < records.size(); ++i) {
      ASSERT_EQ(records[i], history_entry(Zxid{after + 1 + static_cast<std::int64_t>(i)}));
    }
  }
}

TEST(ReadLog, goes_on_piece_by_piece) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  for (const std::int64_t most : {1, 100, 700, 2000}) {
    Zxid after{3};
    while (after < Zxid{12}) {
      const auto records = machine.read_log(after, most);
      ASSERT_FALSE(records.empty());
      std::size_t size = 0;
      for (const std::string& record : records) {
        after = after.next();
        size += 4 + record.size();
        ASSERT_EQ(record, history_entry(after));
      }
      ASSERT_TRUE(records.size() == 1 || size <= static_cast<std::size_t>(most));
    }
  }
}

TEST(ReadLog, is_empty_when_the_log_does_not_reach_back) {
  MemoryFileSystem fs;
  fill_and_forget(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  EXPECT_TRUE(machine.read_log(Zxid{0}).empty());
  EXPECT_TRUE(machine.read_log(Zxid{3}).empty());
  EXPECT_TRUE(machine.read_log(Zxid{4}).empty());  // the record itself is gone
  EXPECT_EQ(machine.read_log(Zxid{5}).size(), 7u);
}

TEST(ReadLog, stops_at_damage_and_at_gaps) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  damage(fs, "log.5");
  const std::size_t read = machine.read_log(Zxid{2}).size();
  EXPECT_GE(read, 2u);
  EXPECT_LT(read, 6u);
  EXPECT_TRUE(machine.read_log(Zxid{8}).empty());
  fs.erase(at("log.5"));
  EXPECT_EQ(machine.read_log(Zxid{2}).size(), 2u);
  EXPECT_EQ(machine.read_log(Zxid{9}).size(), 3u);
}

TEST(ReadLog, never_steps_over_an_epoch_from_one_file_to_the_next) {
  MemoryFileSystem fs;
  fill(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.roll();
  machine.appended = Zxid::make(Epoch{1}, 0);
  machine.append();
  machine.sync();
  EXPECT_EQ(machine.read_log(Zxid{9}).size(), 3u);
  EXPECT_TRUE(machine.read_log(Zxid{12}).empty());  // who knows what stood behind 12
  EXPECT_TRUE(machine.read_log(Zxid::make(Epoch{1}, 1)).empty());
}

TEST(RecentTxns, are_the_last_ones_that_were_replayed) {
  MemoryFileSystem fs;
  fill(fs);
  StoreOptions options = member_options();
  for (const std::size_t most : {1u, 2u, 3u, 4u, 100u}) {
    options.recent_txns = most;
    Machine machine(fs, options);
    ASSERT_TRUE(machine.boot());
    const CommittedLog& recent = machine.state.recent;
    ASSERT_EQ(recent.size(), std::min<std::size_t>(most, 4));  // behind snapshot.8
    EXPECT_EQ(recent.max(), Zxid{12});
    for (std::size_t i = 0; i < recent.size(); ++i) {
      EXPECT_EQ(std::string(recent.txn(recent[i])), history_entry(recent[i].zxid));
    }
  }
}

TEST(InitializeMarker, is_the_operators_word_until_the_first_snapshot_is_durable) {
  const auto with_marker = [](MemoryFileSystem& fs) {
    EXPECT_TRUE(fs.create_directories("data").ok());
    fs.put("data/initialize", "");
  };
  lose_power_everywhere(
      with_marker,
      [](Machine& machine) {
        EXPECT_TRUE(machine.state.may_bootstrap);
        machine.snapshot();
        return machine.snapshot_durable == Zxid{0} && machine.snapshots_failed == 0;
      },
      [](const Machine& after, bool done) {
        EXPECT_TRUE(after.state.may_bootstrap == (after.state.verdict == Verdict::kFresh));
        EXPECT_TRUE(!done || !after.state.may_bootstrap);
      });
  MemoryFileSystem fs;
  with_marker(fs);
  Machine machine(fs, member_options());
  ASSERT_TRUE(machine.boot());
  machine.snapshot();
  EXPECT_FALSE(fs.exists("data/initialize"));
  // It does not wait for the day on which the data is lost.
  fs.put("data/initialize", "");
  Machine next(fs, member_options());
  ASSERT_TRUE(next.boot());
  EXPECT_FALSE(next.state.may_bootstrap);
  EXPECT_FALSE(fs.exists("data/initialize"));
}

TEST(InitializeMarker, without_db_autocreate_a_lone_server_does_not_begin_without_it) {
  MemoryFileSystem fs;
  StoreOptions options = test_options();
  options.auto_create_db = false;
  Machine refused(fs, options);
  EXPECT_FALSE(refused.boot());
  EXPECT_EQ(refused.error.kind, RecoveryError::Kind::kDamaged);
  EXPECT_NE(refused.error.text.find("create an empty file 'initialize' in data"), std::string::npos)
      << refused.error.text;
  fs.put("data/initialize", "");
  Machine marked(fs, options);
  ASSERT_TRUE(marked.boot());
  marked.snapshot();
  Machine later(fs, options);
  EXPECT_TRUE(later.boot()) << "it has data now";
}

}  // namespace
}  // namespace vivarium::testing
