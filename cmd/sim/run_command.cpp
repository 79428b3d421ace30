// run: many seeds over several processes; failing ones leave their stories behind.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "cmd/sim/commands.h"
#include "sim/report/junit.h"
#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

constexpr std::size_t kMostTraces = 20;

class StoryFile final : public Story {
 public:
  explicit StoryFile(std::ofstream& file) : file_(file) {}
  void line(std::int64_t at, const std::string& text) override {
    file_ << time_text(at) << "\t" << text << "\n" << std::flush;
  }
  bool verbose() const override { return true; }

 private:
  std::ofstream& file_;
};

/// In a process of its own: the seed may end it.
void write_trace(const std::filesystem::path& path, std::uint64_t seed, const Drawing& drawing) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return;
  if (child > 0) {
    waitpid(child, nullptr, 0);
    return;
  }
  std::ofstream file(path);
  const Plan plan = drawing.plan(seed);
  file << print_plan(plan) << "\n" << std::flush;
  StoryFile story(file);
  drawing.run(plan, &story);
  file.close();
  _exit(0);
}

/// The file's name, or nothing when there is none.
std::string leave_trace(const std::string& directory, std::uint64_t seed, const Drawing& drawing) {
  if (directory.empty()) return "";
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) return "";
  const std::string mutant = drawing.mutant == nullptr ? "" : text("-", drawing.mutant->name);
  const auto path = std::filesystem::path(directory) / text(profile_name(drawing.profile), "-", seed, mutant, ".txt");
  write_trace(path, seed, drawing);
  return path.string();
}

}  // namespace

int run_command(const std::string& program, RunOptions options, const Drawing& drawing) {
  const auto seeds = parse_seeds(options.seeds);
  if (!seeds) {
    std::cerr << "--seeds: expected A..B\n";
    return 2;
  }
  options.campaign.first = seeds->first;
  options.campaign.last = seeds->second;
  const CampaignResult result =
      run_campaign(options.campaign, [&drawing](std::uint64_t seed) { return drawing.run(drawing.plan(seed)); });
  std::vector<JunitCase> cases;
  for (std::size_t i = 0; i < result.failures.size(); ++i) {
    const FailedSeed& failure = result.failures[i];
    const std::string replay = text(program, " replay ", failure.seed, drawing.options());
    std::cout << "seed " << failure.seed << " broke " << failure.law << ": " << failure.detail
              << "\n  replay: " << replay << "\n";
    const std::string trace = i < kMostTraces ? leave_trace(options.traces, failure.seed, drawing) : "";
    if (!trace.empty()) std::cout << "  trace: " << trace << "\n";
    cases.push_back({text("seed ", failure.seed), failure.law, text(failure.detail, "\nreplay: ", replay)});
  }
  if (drawing.profile != Profile::kStandalone) std::cout << probes_line(result.probes) << "\n";
  std::cout << campaign_line(result) << "\n";
  if (!options.junit.empty() &&
      !write_junit(options.junit, text("vivarium-sim ", profile_name(drawing.profile)), result.seeds, cases)) {
    std::cerr << options.junit << ": cannot be written\n";
    return 2;
  }
  if (options.require_probes && !all_probes_hit(result.probes)) return 1;
  return result.failed == 0 && result.seeds > 0 ? 0 : 1;
}

}  // namespace vivarium::sim
