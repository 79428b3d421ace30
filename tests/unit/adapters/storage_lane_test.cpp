#include "adapters/driver/storage_lane.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <future>

namespace vivarium {
namespace {

constexpr EffectKind kAppend = EffectKind::kAppendLog, kSync = EffectKind::kSyncLog, kRoll = EffectKind::kRollLog;

StorageOp op(EffectKind kind, std::int64_t zxid, std::int64_t incarnation = 1) {
  return {kind, Zxid{zxid}, incarnation, {}};
}
Effect effect(EffectKind kind, std::int64_t zxid) {
  Effect e;
  e.kind = kind;
  e.zxid = Zxid{zxid};
  e.argument = 1;
  return e;
}
std::string text(const std::vector<StorageOp>& ops) {
  std::string out;
  for (const StorageOp& o : ops) {
    out += (o.kind == kAppend ? "a" : o.kind == kSync ? "s" : "r") + std::to_string(o.zxid.value) + " ";
  }
  return out;
}

TEST(CoalesceSyncs, the_last_sync_stands_for_those_before_it) {
  std::vector<StorageOp> ops{op(kAppend, 1), op(kSync, 1), op(kAppend, 2), op(kSync, 2), op(kAppend, 3), op(kSync, 3)};
  coalesce_syncs(ops);
  EXPECT_EQ(text(ops), "a1 a2 a3 s3 ");
}

TEST(CoalesceSyncs, a_sync_before_a_new_file_or_of_another_incarnation_stays) {
  std::vector<StorageOp> ops{op(kSync, 1), op(kRoll, 0), op(kAppend, 2), op(kSync, 2), op(kSync, 3, 2)};
  coalesce_syncs(ops);
  EXPECT_EQ(text(ops), "s1 r0 a2 s2 s3 ");
}

TEST(CoalesceSyncs, appends_after_the_last_sync_stay_unsynced) {
  std::vector<StorageOp> ops{op(kSync, 1), op(kAppend, 2)};
  coalesce_syncs(ops);
  EXPECT_EQ(text(ops), "s1 a2 ");
}

/// Waits for the lane, as the driver does.
Inbox::Contents await(Inbox& inbox) {
  pollfd wakeup{inbox.wakeup_fd(), POLLIN, 0};
  EXPECT_EQ(poll(&wakeup, 1, -1), 1);
  Inbox::Contents contents;
  inbox.take(contents);
  return contents;
}

TEST(StorageLane, what_gathers_while_one_round_runs_is_the_next_round) {
  Inbox inbox;
  std::promise<void> release;
  std::vector<std::string> rounds;
  std::string payloads;
  StorageLane lane(inbox,
                   [&, released = release.get_future().share()](std::span<const StorageOp> ops,
                                                                std::vector<StorageCompletion>& done) {
                     released.wait();
                     rounds.push_back(text({ops.begin(), ops.end()}));
                     for (const StorageOp& o : ops) payloads.append(o.payload);
                     done.push_back({StorageCompletion::Kind::kLogDurable, {}, ops.back().zxid, ""});
                   },
                   {});
  lane.enqueue(effect(kAppend, 1), "one");
  lane.enqueue(effect(kSync, 1), "");
  lane.submit();
  // Either the first round has begun, and is alone, or it begins with everything: both are one sync per round.
  for (int zxid = 2; zxid <= 4; ++zxid) {
    lane.enqueue(effect(kAppend, zxid), "+" + std::to_string(zxid));
    lane.enqueue(effect(kSync, zxid), "");
    lane.submit();
  }
  release.set_value();
  lane.stop();
  EXPECT_EQ(payloads, "one+2+3+4");
  ASSERT_LE(rounds.size(), 2u);
  EXPECT_EQ(rounds.size() == 1 ? rounds[0] : rounds[0] + rounds[1],
            rounds.size() == 1 ? "a1 a2 a3 a4 s4 " : "a1 s1 a2 a3 a4 s4 ");
  std::size_t reports = 0;
  while (reports < rounds.size()) reports += await(inbox).reports.size();
  EXPECT_EQ(reports, rounds.size());
}

TEST(StorageLane, an_idle_lane_says_so_once_and_again_at_its_end) {
  Inbox inbox;
  std::promise<void> idle;
  int idles = 0;
  StorageLane lane(
      inbox, [](std::span<const StorageOp>, std::vector<StorageCompletion>&) {},
      [&] {
        if (++idles == 1) idle.set_value();
      });
  idle.get_future().wait();
  lane.stop();
  EXPECT_EQ(idles, 2);
}

}  // namespace
}  // namespace vivarium
