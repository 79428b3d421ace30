// vivarium-sim: runs seeds of the simulator, replays one with its story, and counts which known slips it catches.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>
#include <string>
#include <vector>

#include "cmd/sim/commands.h"

namespace {

using namespace vivarium::sim;

/// Slips of the kernel are compiled into a program of their own: what needs them goes on there. Returns when it is not
/// built.
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

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs Vivarium's kernel and storage on simulated disks, networks and clocks"};
  app.require_subcommand(1);
  RunOptions run_options;
  std::string what, other, mutant, profile = profile_name(Profile::kStandalone);
  std::vector<std::string> files;
  std::uint64_t bench_seeds = 1000, most_txns = 1'000'000;
  ZooOptions zoo_options;
  bool verbose = false;

  auto* run = app.add_subcommand("run", "Run many seeds; the last line sums up");
  run->add_option("--seeds", run_options.seeds, "A..B");
  run->add_option("--jobs", run_options.campaign.jobs, "processes")->check(CLI::Range(1, 256));
  run->add_option("--minutes", run_options.campaign.minutes, "go on from A until this much time has passed")
      ->check(CLI::Range(0, 100'000));
  run->add_option("--traces", run_options.traces, "directory for the stories of failing seeds; empty: none");
  run->add_option("--junit", run_options.junit, "file for a report in JUnit's format");
  run->add_flag("--require-probes", run_options.require_probes, "fail when a mark of the kernel was never hit");
  auto* replay = app.add_subcommand("replay", "Run one seed, plan or scenario file and tell its story");
  replay->add_option("what", what, "a seed or a file")->required();
  auto* plan = app.add_subcommand("plan", "Print the plan that a seed names");
  plan->add_option("what", what, "a seed or a file")->required();
  auto* diff = app.add_subcommand("diff", "Name the first event at which two runs part");
  diff->add_option("a", what, "a seed, a plan file or a trace")->required();
  diff->add_option("b", other, "another")->required();
  auto* scenario = app.add_subcommand("scenario", "Run scenario files and check what they expect");
  scenario->add_option("files", files, "scenario files")->required();
  auto* bench = app.add_subcommand("bench", "Events and simulated seconds per wall second, on one core");
  bench->add_option("--seeds", bench_seeds, "seeds of smoke; a tenth of them of std5");
  auto* growth = app.add_subcommand("growth", "What a committed txn costs the kernel, as histories and ensembles grow");
  growth->add_option("--most", most_txns, "txns of the longest run");
  auto* zoo = app.add_subcommand("zoo", "Count the seeds that each known slip takes to be caught");
  zoo->add_option("--first", zoo_options.first, "first seed of a hunt");
  zoo->add_option("--budget", zoo_options.budget, "seeds per mutant");
  zoo->add_option("--null-budget", zoo_options.null_budget, "seeds per null mutant");
  zoo->add_option("--window", zoo_options.window, "seeds per mutant from its known seed");
  zoo->add_flag("--hunt", zoo_options.hunt, "from the first seed, whatever seed is known");
  zoo->add_option("--jobs", zoo_options.jobs, "processes")->check(CLI::Range(1, 256));
  auto* list = app.add_subcommand("list", "List profiles, atoms, laws and mutants");
  for (CLI::App* command : {run, replay, plan, diff})
    command->add_option("--profile", profile, "kind of worlds (see list)");
  for (CLI::App* command : {run, replay, scenario, zoo})
    command->add_option("--mutant", mutant, "with this slip built in (see list)");
  for (CLI::App* command : {replay, scenario})
    command->add_flag("-v,--verbose", verbose, "tell every request and reply");
  CLI11_PARSE(app, argc, argv);

  if (zoo->parsed() || list->parsed() || !mutant.empty()) hand_over_to_the_zoo(argv);
  Drawing drawing;
  const auto known = find_profile(profile);
  if (!known) {
    std::cerr << "--profile: no such profile\n";
    return 2;
  }
  drawing.mutant = mutant.empty() ? nullptr : find_mutant(mutant);
  if (!mutant.empty() && drawing.mutant == nullptr) {
    std::cerr << "--mutant: no such mutant\n";
    return 2;
  }
  drawing.profile =
      drawing.mutant == nullptr ? *known : drawing.mutant->profile;  // a slip is looked for where it lives
  if (run->parsed()) return run_command(argv[0], run_options, drawing);
  if (replay->parsed()) return replay_command(what, verbose, drawing);
  if (plan->parsed()) return plan_command(what, drawing);
  if (diff->parsed()) return diff_command(what, other, drawing);
  if (scenario->parsed()) return scenario_command(files, verbose, drawing);
  if (bench->parsed()) return bench_command(bench_seeds);
  if (growth->parsed()) return growth_command(most_txns);
  if (zoo->parsed()) return zoo_command(zoo_options, drawing.mutant);
  return list_command();
}
