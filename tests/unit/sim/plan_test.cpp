// Plan text: what is printed is what was meant, and what is not a plan is refused with its line.
#include "sim/plan/plan.h"

#include <gtest/gtest.h>

#include "sim/report/text.h"
#include "sim/swarm/swarm.h"

namespace vivarium::sim {
namespace {

TEST(Plan, every_drawn_plan_parses_back_to_itself) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const Plan plan = draw_plan(seed);
    const auto parsed = parse_plan(print_plan(plan));
    ASSERT_TRUE(parsed.ok()) << parsed.error() << "\n" << print_plan(plan);
    ASSERT_EQ(*parsed, plan) << print_plan(plan);
  }
}

TEST(Plan, every_drawn_plan_of_an_ensemble_parses_back_to_itself) {
  for (const Profile profile : {Profile::kSmoke, Profile::kStd5, Profile::kAny}) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      const Plan plan = draw_plan(seed, kAllFamilies, profile);
      EXPECT_TRUE(plan.ensemble());
      const auto parsed = parse_plan(print_plan(plan));
      ASSERT_TRUE(parsed.ok()) << parsed.error() << "\n" << print_plan(plan);
      ASSERT_EQ(*parsed, plan) << print_plan(plan);
    }
  }
}

TEST(Plan, reads_a_plan_written_by_hand) {
  const auto plan = parse_plan(
      "vivarium-plan 1\n"
      "# a comment\n"
      "seed 7\n\n"
      "set clients 2   # both of them\n"
      "mix create 20\n"
      "at 3.2s power s1 for 300ms after 7\n"
      "at 4s leap s1 by -3600s\n"
      "at 5s cut c2\n");
  ASSERT_TRUE(plan.ok()) << plan.error();
  EXPECT_EQ(plan->seed, 7u);
  EXPECT_EQ(plan->clients, 2);
  ASSERT_EQ(plan->atoms.size(), 3u);
  EXPECT_EQ(plan->atoms[0], (Atom{AtomKind::kPower, 3'200'000'000, 300'000'000, 7}));
  EXPECT_EQ(plan->atoms[1], (Atom{AtomKind::kLeap, 4'000'000'000, 0, -3'600'000'000'000}));
  EXPECT_EQ(plan->atoms[2], (Atom{AtomKind::kCut, 5'000'000'000, 0, 2}));
}

TEST(Plan, reads_faults_of_an_ensemble_and_prints_them_back) {
  const std::string lines =
      "from 4s to 6s cut s1>s3\n"
      "from 4s to 6s cut s1-s3\n"
      "at 5s cut c2\n"
      "at 5s isolate s2\n"
      "from 1s to 2s partition s1,s2\n"
      "from 1s to 2s swizzle s1,s2,s5\n"
      "from 1s to 2s clog s5>s1 by 30ms\n"
      "at 2s break s1-s2\n"
      "at 2s kill s2\n"
      "at 3s start s2\n"
      "at 3s power all for 10ms after 0\n"
      "from 3s to 4s drift s1 by -100\n"
      "at 4s heal\n";
  const auto plan = parse_plan("vivarium-plan 1\nset servers 5\n" + lines);
  ASSERT_TRUE(plan.ok()) << plan.error();
  EXPECT_TRUE(plan->ensemble());
  EXPECT_EQ(plan->atoms[0], (Atom{AtomKind::kCutWay, 4'000'000'000, 2'000'000'000, 0, 1, 3}));
  EXPECT_EQ(plan->atoms[2].kind, AtomKind::kCut);
  EXPECT_EQ(plan->atoms[3].length, kForever);
  EXPECT_EQ(plan->atoms[5].set, 0b10011u);
  EXPECT_EQ(plan->atoms[10].server, 0);
  std::string printed;
  for (const Atom& atom : plan->atoms) printed += print_atom(atom) + "\n";
  EXPECT_EQ(printed, lines);
}

TEST(Plan, names_the_line_and_what_was_expected) {
  EXPECT_EQ(parse_plan("").error(), "line 1: expected vivarium-plan 1");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nset clients 0\n").error(), "line 2: expected a legal value of clients");
  EXPECT_EQ(parse_plan("vivarium-plan 1\n\nat 1s explode s1\n").error(), "line 3: expected the name of a fault");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nat 1s kill s1 for 1s now\n").error(), "line 2: expected the end of the line");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nat 1s cut s1>s1\n").error(), "line 2: expected two servers, such as s1-s2");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nfrom 2s to 1s cut s1>s2\n").error(), "line 2: expected a later time");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nfrom 2s to 3s break s1-s2\n").error(),
            "line 2: expected at: this fault has no length");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nset servers 32\nset observers 1\n").error(),
            "servers and observers: expected 32 at most");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nat 1.s kill s1 for 1s\n").error(), "line 2: expected a time, such as 3.2s");
  EXPECT_EQ(parse_plan("vivarium-plan 1\nat 99999999999999999999s kill s1 for 1s\n").error(),
            "line 2: expected a time, such as 3.2s");
}

TEST(Plan, families_that_are_not_allowed_stay_off) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) EXPECT_TRUE(draw_plan(seed, 0).atoms.empty());
}

TEST(Text, times_are_short_and_exact) {
  EXPECT_EQ(time_text(3'200'000'000), "3.2s");
  EXPECT_EQ(time_text(250'000'000), "250ms");
  EXPECT_EQ(time_text(1'000'000'001), "1.000000001s");
  EXPECT_EQ(time_text(-40'000), "-40us");
  EXPECT_EQ(time_text(0), "0s");
}

}  // namespace
}  // namespace vivarium::sim
