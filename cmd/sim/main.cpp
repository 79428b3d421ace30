// vivarium-sim: runs seeds of the simulator, replays one with its story, and counts which known slips it catches.
#include <CLI/CLI.hpp>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "sim/plan/plan.h"
#include "sim/report/campaign.h"
#include "sim/report/text.h"
#include "sim/swarm/swarm.h"
#include "sim/world/runner.h"
#include "sim/zoo/zoo.h"

namespace {

using namespace vivarium::sim;

std::string program = "vivarium-sim";

/// "7", "A..B"; nullopt when it is neither.
std::optional<std::pair<std::uint64_t, std::uint64_t>> parse_seeds(const std::string& range) {
  const std::size_t dots = range.find("..");
  try {
    std::size_t used = 0;
    const std::uint64_t first = std::stoull(range, &used);
    if (dots == std::string::npos) return used == range.size() ? std::optional(std::pair{first, first}) : std::nullopt;
    const std::string rest = range.substr(dots + 2);
    const std::uint64_t last = std::stoull(rest, &used);
    if (used != rest.size() || last < first) return std::nullopt;
    return std::pair{first, last};
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

class Printer final : public Story {
 public:
  explicit Printer(bool all) : all_(all) {}
  void line(std::int64_t at, const std::string& text) override { std::cout << time_text(at) << "\t" << text << "\n"; }
  bool verbose() const override { return all_; }

 private:
  bool all_;
};

/// Slips of the kernel are compiled into a program of their own: what needs them goes on there. Returns when it is not built.
void hand_over_to_the_zoo(char** argv) {
  if (kernel_mutants_are_built()) return;
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const auto& place : {self.parent_path(), self.parent_path().parent_path() / "zoo"}) {
    const std::string program_path = (place / "vivarium-zoo").string();
    execv(program_path.c_str(), argv);
  }
  std::cerr << "vivarium-zoo is not built: slips of the kernel itself are left out\n";
}

/// A mutant is looked for where it lives.
Profile profile_of(const Mutant* mutant, Profile wanted) { return mutant == nullptr ? wanted : mutant->profile; }

int run_seeds(const std::string& range, const CampaignOptions& wanted, const std::string& mutant_name, Profile profile) {
  CampaignOptions options = wanted;
  const auto seeds = parse_seeds(range);
  if (!seeds) {
    std::cerr << "--seeds: expected A..B\n";
    return 2;
  }
  options.first = seeds->first;
  options.last = seeds->second;
  const Mutant* mutant = mutant_name.empty() ? nullptr : find_mutant(mutant_name);
  if (!mutant_name.empty() && mutant == nullptr) {
    std::cerr << "--mutant: no such mutant\n";
    return 2;
  }
  const CampaignResult result = run_campaign(options, [mutant, profile](std::uint64_t seed) {
    if (mutant == nullptr) return run_plan(draw_plan(seed, kAllFamilies, profile));
    const auto mutation = mutant->make();
    return run_plan(draw_plan(seed, mutant->families, mutant->profile), nullptr, mutation.get());
  });
  const std::string with = mutant == nullptr ? "" : text(" --mutant ", mutant->name);
  for (const FailedSeed& failure : result.failures) {
    std::cout << "seed " << failure.seed << " broke " << failure.law << ": " << failure.detail << "\n  replay: " << program
              << " replay " << failure.seed << " --profile " << profile_name(profile) << with << "\n";
  }
  std::cout << campaign_line(result) << "\n";
  return result.failed == 0 && result.seeds > 0 ? 0 : 1;
}

std::optional<Plan> load_plan(const std::string& what, const Mutant* mutant, Profile profile) {
  if (const auto seed = parse_seeds(what)) return draw_plan(seed->first, mutant == nullptr ? kAllFamilies : mutant->families, profile_of(mutant, profile));
  std::ifstream file(what);
  if (!file) {
    std::cerr << what << ": neither a seed nor a file that can be read\n";
    return std::nullopt;
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto plan = parse_plan(text);
  if (!plan.ok()) {
    std::cerr << what << ": " << plan.error() << "\n";
    return std::nullopt;
  }
  return *plan;
}

int replay(const std::string& what, bool all, const std::string& mutant_name, Profile profile) {
  const Mutant* mutant = mutant_name.empty() ? nullptr : find_mutant(mutant_name);
  const auto plan = load_plan(what, mutant, profile);
  if (!plan || (!mutant_name.empty() && mutant == nullptr)) return 2;
  std::cout << print_plan(*plan) << "\n";
  Printer printer(all);
  const auto mutation = mutant == nullptr ? nullptr : mutant->make();
  const RunResult result = run_plan(*plan, &printer, mutation.get());
  std::cout << "\n" << (result.passed ? (result.refused ? "passed: the damaged disk was refused" : "passed") : "failed") << "\n";
  if (!result.passed) std::cout << "law " << result.law << " at event " << result.events << ": " << result.detail << "\n";
  std::cout << "events " << result.events << " txns " << result.txns << " replies and events " << result.items << " boots "
            << result.boots << " disk operations " << result.disk_operations << " simulated " << time_text(result.ended_at)
            << " trace " << hex(result.trace.high()) << ":" << hex(result.trace.low()) << "\n";
  return result.passed ? 0 : 1;
}

int zoo(std::uint64_t first, std::uint64_t budget, std::uint64_t null_budget, std::uint32_t jobs) {
  // One mutant per job: the campaign's "seed" is the mutant's number, its result the hunt's.
  const auto all = mutants();
  CampaignOptions options;
  options.first = 0;
  options.last = all.size() - 1;
  options.jobs = jobs;
  const CampaignResult result = run_campaign(options, [&](std::uint64_t index) {
    const Mutant& mutant = all[index];
    const ZooResult found = hunt(mutant, first, mutant.null ? null_budget : budget);
    RunResult as_run;
    as_run.passed = found.caught != mutant.null;
    std::string line = text(mutant.name, std::string(28 - std::min<std::size_t>(27, std::string(mutant.name).size()), ' '));
    if (found.caught) {
      line += text("caught after ", found.seeds, " seeds by ", found.law, " (seed ", found.seed, ")");
    } else {
      line += text(mutant.null ? "quiet" : "NOT CAUGHT", " over ", found.seeds, " seeds");
    }
    if (!as_run.passed) as_run.law = "zoo", as_run.detail = line + " " + found.detail;
    std::printf("%s\n", line.c_str());
    return as_run;
  });
  std::cout << "zoo: " << all.size() << " mutants, " << result.passed << " as they should be, " << result.failed << " not\n";
  return result.failed == 0 ? 0 : 1;
}

int list() {
  for (const Mutant& mutant : mutants()) std::cout << (mutant.null ? "null   " : "mutant ") << mutant.name << ": " << mutant.slip << "\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  program = argv[0];
  CLI::App app{"Runs Vivarium's kernel and storage on simulated disks, networks and clocks"};
  app.require_subcommand(1);
  std::string seeds = "1..1000", what, mutant;
  CampaignOptions options;
  bool all = false;
  std::uint64_t first = 1, budget = 20'000, null_budget = 300;

  auto* run_command = app.add_subcommand("run", "Run many seeds; the last line sums up");
  run_command->add_option("--seeds", seeds, "A..B");
  run_command->add_option("--jobs", options.jobs, "processes")->check(CLI::Range(1, 256));
  run_command->add_option("--minutes", options.minutes, "go on from A until this much time has passed")->check(CLI::Range(0, 100'000));
  run_command->add_option("--mutant", mutant, "with this slip built in (see list)");

  auto* replay_command = app.add_subcommand("replay", "Run one seed or plan file and tell its story");
  replay_command->add_option("what", what, "a seed or a plan file")->required();
  replay_command->add_flag("-v,--verbose", all, "tell every request and reply");
  replay_command->add_option("--mutant", mutant, "with this slip built in");

  auto* zoo_command = app.add_subcommand("zoo", "Count the seeds that each known slip takes to be caught");
  zoo_command->add_option("--first", first, "first seed");
  zoo_command->add_option("--budget", budget, "seeds per mutant");
  zoo_command->add_option("--null-budget", null_budget, "seeds per null mutant");
  zoo_command->add_option("--jobs", options.jobs, "processes")->check(CLI::Range(1, 256));

  app.add_subcommand("list", "List the mutants");
  auto* plan_command = app.add_subcommand("plan", "Print the plan that a seed names");
  plan_command->add_option("what", what, "a seed")->required();

  std::string profile_text = profile_name(Profile::kStandalone);
  const CLI::Validator known_profile([](const std::string& name) { return find_profile(name) ? std::string() : "no such profile"; }, "PROFILE");
  for (CLI::App* command : {run_command, replay_command, plan_command}) {
    command->add_option("--profile", profile_text, "kind of worlds (see list)")->check(known_profile);
  }
  CLI11_PARSE(app, argc, argv);
  const Profile profile = *find_profile(profile_text);
  if (zoo_command->parsed() || app.got_subcommand("list") || !mutant.empty()) hand_over_to_the_zoo(argv);
  if (run_command->parsed()) return run_seeds(seeds, options, mutant, profile);
  if (replay_command->parsed()) return replay(what, all, mutant, profile);
  if (zoo_command->parsed()) return zoo(first, budget, null_budget, options.jobs);
  if (plan_command->parsed()) {
    const auto plan = load_plan(what, nullptr, profile);
    if (plan) std::cout << print_plan(*plan);
    return plan ? 0 : 2;
  }
  return list();
}
