// Whole runs: the same seed is the same run, small plans by hand do what they say, and slips are caught.
#include <gtest/gtest.h>

#include "sim/choice/stream.h"
#include "sim/swarm/swarm.h"
#include "sim/world/event_queue.h"
#include "sim/world/runner.h"
#include "sim/zoo/zoo.h"

namespace vivarium::sim {
namespace {

TEST(World, the_same_seed_gives_the_same_trace) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    const RunResult once = run_plan(draw_plan(seed)), again = run_plan(draw_plan(seed));
    EXPECT_TRUE(once.passed) << "seed " << seed << ": " << once.law << ": " << once.detail;
    EXPECT_EQ(once.trace, again.trace) << "seed " << seed;
    EXPECT_EQ(once.events, again.events);
  }
}

TEST(World, a_plan_read_from_text_is_the_run_of_its_seed) {
  const auto plan = parse_plan(print_plan(draw_plan(17)));
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(run_plan(*plan).trace, run_plan(draw_plan(17)).trace);
}

TEST(World, different_seeds_give_different_traces) {
  EXPECT_NE(run_plan(draw_plan(1)).trace, run_plan(draw_plan(2)).trace);
}

TEST(World, telling_a_story_changes_nothing) {
  struct Listener final : Story {
    void line(std::int64_t, const std::string&) override { ++lines; }
    bool verbose() const override { return true; }
    int lines = 0;
  } listener;
  const RunResult told = run_plan(draw_plan(5), &listener);
  EXPECT_EQ(told.trace, run_plan(draw_plan(5)).trace);
  EXPECT_GT(listener.lines, 10);
}

TEST(World, a_calm_plan_answers_every_operation) {
  Plan plan;
  plan.seed = 3;
  plan.mix[static_cast<std::size_t>(OpKind::kCreate)] = 1;
  const RunResult run = run_plan(plan);
  EXPECT_TRUE(run.passed) << run.law << ": " << run.detail;
  EXPECT_GE(run.items, 300u);
  EXPECT_GE(run.txns, 300u);
}

TEST(World, a_server_without_any_rest_between_power_losses_still_loses_nothing) {
  Plan plan = draw_plan(8, 0);
  plan.operations = 60;
  plan.think = 5'000'000;
  for (int i = 1; i <= 40; ++i) {
    plan.atoms.push_back({AtomKind::kPower, i * 20'000'000, 1'000'000, i % 3});
  }
  const RunResult run = run_plan(plan);
  EXPECT_TRUE(run.passed) << run.law << ": " << run.detail;
  EXPECT_GT(run.crashes, 10u);
}

TEST(World, a_swizzle_isolates_one_by_one_and_heals_each_once) {
  struct Listener final : Story {
    void line(std::int64_t, const std::string& text) override {
      isolated += text.find("swizzle isolates") != std::string::npos ? 1 : 0;
      healed += text.find("swizzle heals") != std::string::npos ? 1 : 0;
    }
    int isolated = 0, healed = 0;
  } listener;
  Plan plan;
  plan.servers = 3;
  plan.mix[static_cast<std::size_t>(OpKind::kCreate)] = 1;
  Atom swizzle;
  swizzle.kind = AtomKind::kSwizzle;
  swizzle.at = 500'000'000;
  swizzle.length = 1'000'000'000;
  swizzle.set = 0b111;
  plan.atoms.push_back(swizzle);
  const RunResult run = run_plan(plan, &listener);
  EXPECT_TRUE(run.passed) << run.law << ": " << run.detail;
  EXPECT_EQ(listener.isolated, 3);
  EXPECT_EQ(listener.healed, 3);
}

TEST(Zoo, null_mutants_change_nothing_at_all) {
  for (const Mutant& mutant : mutants()) {
    if (!mutant.null) continue;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      const auto mutation = mutant.make();
      EXPECT_EQ(run_plan(draw_plan(seed), nullptr, mutation.get()).trace, run_plan(draw_plan(seed)).trace)
          << mutant.name;
    }
  }
}

TEST(Zoo, slips_of_each_room_are_caught_within_a_few_seeds) {
  for (const char* name :
       {"log-not-synced", "directory-not-synced", "snapshot-label-too-new", "watch-lost-on-reconnect",
        "event-after-data", "expiry-too-early", "error-swallowed", "request-twice"}) {
    const ZooResult found = hunt(*find_mutant(name), 1, 200);
    EXPECT_TRUE(found.caught) << name;
  }
}

TEST(EventQueue, orders_by_time_then_lane_then_arrival) {
  EventQueue queue;
  queue.push(5, 1, EventKind::kStep, 0, 0);
  queue.push(3, 9, EventKind::kStep, 1, 0);
  queue.push(5, 0, EventKind::kStep, 2, 0);
  queue.push(5, 1, EventKind::kStep, 3, 0);
  std::vector<int> order;
  while (!queue.empty()) order.push_back(queue.pop().entity);
  EXPECT_EQ(order, (std::vector<int>{1, 2, 0, 3}));
}

TEST(EventQueue, gives_back_a_thousand_events_sorted) {
  EventQueue queue;
  Stream times(Seed{1}, Choice::kThink, 0);
  for (int i = 0; i < 1000; ++i) queue.push(static_cast<std::int64_t>(times.below(100)), 0, EventKind::kStep, 0, 0);
  Event last;
  while (!queue.empty()) {
    const Event next = queue.pop();
    EXPECT_TRUE(earlier(last, next) || last.order == next.order);
    last = next;
  }
}

}  // namespace
}  // namespace vivarium::sim
