// Scenario files: what they may expect, how it is judged, and what is said when they are wrong.
#include "sim/plan/scenario.h"

#include <gtest/gtest.h>

#include "sim/report/junit.h"
#include "sim/swarm/swarm.h"
#include "sim/trace/parting.h"
#include "sim/world/expectations.h"
#include "sim/world/runner.h"

namespace vivarium::sim {
namespace {

Scenario read(const std::string& lines) {
  auto scenario = parse_scenario("vivarium-plan 1\n" + lines);
  EXPECT_TRUE(scenario.ok()) << (scenario.ok() ? "" : scenario.error());
  return scenario.ok() ? std::move(*scenario) : Scenario();
}

std::string error_of(const std::string& lines) {
  const auto scenario = parse_scenario("vivarium-plan 1\n" + lines);
  return scenario.ok() ? "no error" : scenario.error();
}

struct FakeWorld final : WorldView {
  std::vector<std::optional<MemberView>> members = std::vector<std::optional<MemberView>>(3);
  History seen;
  Zxid last{7};
  std::uint64_t count = 7;

  FakeWorld() {
    for (int i = 0; i < 3; ++i) {
      MemberView view;
      view.role = i == 2 ? Role::kLeading : Role::kFollowing;
      view.serving = true;
      view.established = i == 2;
      view.applied = last;
      members[static_cast<std::size_t>(i)] = view;
    }
  }
  std::uint32_t size() const override { return 3; }
  std::optional<MemberView> member(std::uint32_t server) const override { return members[server]; }
  std::string describe(std::uint32_t server) const override { return "s" + std::to_string(server + 1); }
  Zxid committed() const override { return last; }
  std::uint64_t commits() const override { return count; }
  std::uint64_t elections() const override { return 1; }
  const History& history() const override { return seen; }
};

bool met(const std::string& statement, const WorldView& world) {
  const Scenario scenario = read(statement + "\n");
  EXPECT_EQ(scenario.expectations.size(), 1u) << statement;
  return scenario.expectations.size() == 1 && unmet(scenario.expectations[0], world).empty();
}

TEST(Scenario, holds_a_plan_and_what_is_expected_of_it) {
  const Scenario scenario = read(
      "set servers 3\n"
      "at 5s expect s1 not serving   # cut off\n"
      "at 4s isolate s1\n"
      "from 4s to 6s expect write c1 fails\n"
      "expect acked survive\n");
  EXPECT_EQ(scenario.plan.servers, 3);
  ASSERT_EQ(scenario.plan.atoms.size(), 1u);
  ASSERT_EQ(scenario.expectations.size(), 3u);
  EXPECT_EQ(scenario.expectations[0].line, 3u);
  EXPECT_EQ(scenario.expectations[0].at, 5'000'000'000);
  EXPECT_FALSE(scenario.expectations[0].wanted);
  EXPECT_EQ(scenario.expectations[1].from, 4'000'000'000);
  EXPECT_EQ(scenario.expectations[1].at, 6'000'000'000);
}

TEST(Scenario, errors_name_the_line_of_the_file) {
  EXPECT_EQ(error_of("\nat 5s expect s1 dancing\n"),
            "line 3: expected serving, level, behind, ahead, proven, epoch, up, down, leading, following, observing or "
            "looking");
  EXPECT_EQ(error_of("at 5s expect s1 serving\nat 5s explode s1\n"), "line 3: expected the name of a fault");
  EXPECT_EQ(error_of("at 5s expect committed > 3\n"), "line 2: expected >=, <= or =");
  EXPECT_EQ(error_of("at 5s expect leader s1\n"), "line 2: expected among");
  EXPECT_EQ(error_of("expect s1 serving\n"), "line 2: expected a time: at 5s expect ...");
  EXPECT_EQ(error_of("from 5s to 4s expect write c1 fails\n"), "line 2: expected a later time");
  EXPECT_EQ(error_of("at 5s expect acks = 0\n"), "line 2: expected a window: from 4s to 5s expect acks ...");
  EXPECT_EQ(error_of("from 4s to 5s expect acks s = 0\n"), "line 2: expected a client or servers, such as c1 or s1,s2");
  EXPECT_EQ(error_of("at 5s expect s1 epoch 2\n"), "line 2: expected >=, <= or =");
  EXPECT_EQ(error_of("at 5s expect no leader s1\n"), "line 2: expected the end of the line");
}

TEST(Scenario, roles_and_levels_are_judged_by_what_members_show) {
  FakeWorld world;
  EXPECT_TRUE(met("at 1s expect s3 leading", world));
  EXPECT_TRUE(met("at 1s expect s1,s2 following", world));
  EXPECT_FALSE(met("at 1s expect s1,s3 following", world));
  EXPECT_TRUE(met("at 1s expect leader among s2,s3", world));
  EXPECT_FALSE(met("at 1s expect leader among s1,s2", world));
  EXPECT_FALSE(met("at 1s expect no leader", world));
  EXPECT_TRUE(met("at 1s expect all level", world));
  EXPECT_TRUE(met("at 1s expect committed >= 7", world));
  EXPECT_FALSE(met("at 1s expect committed = 8", world));
  EXPECT_TRUE(met("at 1s expect elections <= 1", world));
  world.members[0]->applied = Zxid{6};
  EXPECT_FALSE(met("at 1s expect all level", world));
  EXPECT_TRUE(met("at 1s expect s2,s3 level", world));
  world.members[2].reset();
  EXPECT_TRUE(met("at 1s expect no leader", world));
  EXPECT_TRUE(met("at 1s expect s3 down", world));
  EXPECT_TRUE(met("at 1s expect s3 not serving", world));
  EXPECT_FALSE(met("at 1s expect leader among s3", world));
}

TEST(Scenario, a_write_succeeds_when_it_is_sent_and_acknowledged_within_the_window) {
  FakeWorld world;
  const std::uint32_t connection = world.seen.add_connection(0, SessionId{1}, 0);
  const std::uint32_t write = world.seen.add_operation(connection, Xid{1}, OpCode::kSetData, "", 2'000'000'000);
  EXPECT_TRUE(met("from 1s to 3s expect write c1 fails", world));
  world.seen.add_reply(write, Zxid{1}, ErrorCode::kOk, "", 2'500'000'000);
  EXPECT_TRUE(met("from 1s to 3s expect write c1 succeeds", world));
  EXPECT_TRUE(met("at 2s expect write c1 succeeds", world));
  EXPECT_TRUE(met("at 2.1s expect write c1 fails", world)) << "it was sent before";
  EXPECT_TRUE(met("from 1s to 2.4s expect write c1 fails", world)) << "it was acknowledged later";
  EXPECT_TRUE(met("from 1s to 3s expect write c2 fails", world));
}

TEST(Scenario, what_a_server_has_and_knows_is_judged_by_its_disk) {
  FakeWorld world;
  world.members[0]->last_durable = Zxid{8};
  world.members[1]->last_durable = Zxid{7};
  world.members[2]->last_durable = Zxid{6};
  EXPECT_TRUE(met("at 1s expect s1 ahead", world));
  EXPECT_TRUE(met("at 1s expect s2 not ahead", world));
  EXPECT_TRUE(met("at 1s expect s2 not behind", world));
  EXPECT_TRUE(met("at 1s expect s3 behind", world));
  world.members[0]->knows_its_history = false;
  world.members[1]->current_epoch = Epoch{3};
  EXPECT_TRUE(met("at 1s expect s1 not proven", world));
  EXPECT_TRUE(met("at 1s expect s2,s3 proven", world));
  EXPECT_TRUE(met("at 1s expect s2 epoch = 3", world));
  EXPECT_FALSE(met("at 1s expect s3 epoch >= 3", world));
}

TEST(Scenario, acknowledgements_are_counted_when_they_arrive) {
  FakeWorld world;
  const std::uint32_t connection = world.seen.add_connection(0, SessionId{1}, 0, 1);
  const std::uint32_t write = world.seen.add_operation(connection, Xid{1}, OpCode::kSetData, "", 2'000'000'000);
  world.seen.add_reply(write, Zxid{1}, ErrorCode::kOk, "", 2'500'000'000);
  const std::uint32_t refused = world.seen.add_operation(connection, Xid{2}, OpCode::kSetData, "", 2'000'000'000);
  world.seen.add_reply(refused, Zxid{2}, ErrorCode::kBadVersion, "", 2'500'000'000);
  EXPECT_TRUE(met("from 2.1s to 3s expect acks = 1", world));
  EXPECT_TRUE(met("from 2.1s to 3s expect acks c1 >= 1", world));
  EXPECT_TRUE(met("from 2.1s to 3s expect acks c2 = 0", world));
  EXPECT_TRUE(met("from 2.1s to 3s expect acks s2 = 1", world));
  EXPECT_TRUE(met("from 2.1s to 3s expect acks s1,s3 = 0", world));
  EXPECT_TRUE(met("from 2.6s to 3s expect acks = 0", world));
}

TEST(Scenario, an_expectation_that_is_not_met_fails_the_run_with_its_line) {
  Scenario scenario = read("set duration 1s\nmix create 1\nat 500ms expect s1 down\n");
  const RunResult run = run_scenario(scenario);
  EXPECT_FALSE(run.passed);
  EXPECT_EQ(run.law, "not-as-expected");
  EXPECT_EQ(run.detail.substr(0, 6), "line 4");
  scenario = read("set duration 1s\nmix create 1\nat 500ms expect s1 up\nat 900s expect s1 up\n");
  EXPECT_EQ(run_scenario(scenario).detail, "the run was over before 1 of the expectations were due");
}

TEST(Parting, two_runs_of_one_plan_do_not_part_and_the_first_difference_is_named) {
  const Plan plan = draw_plan(3, 0);
  EXPECT_FALSE(compare_runs(plan, plan).parted);
  Plan later = plan;
  later.atoms.push_back({AtomKind::kKill, 700'000'000, 10'000'000, 0});
  const Parting parting = compare_runs(plan, later);
  ASSERT_TRUE(parting.parted);
  EXPECT_NE(parting.text.find("at 700ms plan"), std::string::npos) << parting.text;
}

TEST(Parting, stories_part_at_their_first_different_line) {
  EXPECT_FALSE(compare_stories("a\nb\n", "a\nb\n").parted);
  const Parting parting = compare_stories("a\nb\nc\n", "a\nx\nc\n");
  EXPECT_EQ(parting.event, 2u);
  EXPECT_EQ(parting.text, "part at line 2\n  a: b\n  b: x\n");
}

TEST(Junit, text_is_fit_for_xml) { EXPECT_EQ(xml_text("a<b>&\"\x01"), "a&lt;b&gt;&amp;&quot;?"); }

}  // namespace
}  // namespace vivarium::sim
