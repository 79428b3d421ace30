// The commands of vivarium-sim, each with its options; main.cpp reads the command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/plan/plan.h"
#include "sim/report/campaign.h"
#include "sim/swarm/swarm.h"
#include "sim/trace/story.h"
#include "sim/zoo/zoo.h"

namespace vivarium::sim {

/// A seed's meaning depends on these.
struct Drawing {
  Profile profile = Profile::kStandalone;
  const Mutant* mutant = nullptr;
  Plan plan(std::uint64_t seed) const;
  RunResult run(const Plan& plan, Story* story = nullptr) const;
  /// " --profile smoke --mutant m", as far as they are not the defaults.
  std::string options() const;
};

/// "7", "A..B"; nullopt when it is neither.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& range);
/// A seed, or a file with a plan or a scenario. Says on the error output what is wrong.
std::optional<Plan> load_plan(const std::string& what, const Drawing& drawing);
std::optional<std::string> read_file(const std::string& path);

struct RunOptions {
  std::string seeds = "1..1000";
  CampaignOptions campaign;
  std::string traces = "build/traces";  // where the stories of failing seeds go; empty: nowhere
  std::string junit;                    // a report in JUnit's format
  bool require_probes = false;          // a mark of the kernel that was never hit fails the campaign
};
int run_command(const std::string& program, RunOptions options, const Drawing& drawing);
int replay_command(const std::string& what, bool verbose, const Drawing& drawing);
int plan_command(const std::string& what, const Drawing& drawing);
int diff_command(const std::string& a, const std::string& b, const Drawing& drawing);
int bench_command(std::uint64_t seeds);
/// `most`: txns of the longest run.
int growth_command(std::uint64_t most);
int scenario_command(const std::vector<std::string>& files, bool verbose, const Drawing& drawing);
struct ZooOptions {
  std::uint64_t first = 1, budget = 20'000, null_budget = 300;
  std::uint64_t window = 2000;  // seeds from the known one, for a mutant whose hunt is on record
  bool hunt = false;            // from `first`, whatever is on record
  std::uint32_t jobs = 1;
};
/// `only`: this mutant alone.
int zoo_command(const ZooOptions& options, const Mutant* only);
int list_command();

}  // namespace vivarium::sim
