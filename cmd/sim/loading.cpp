// From words on the command line to plans.
#include <fstream>
#include <iostream>
#include <iterator>

#include "cmd/sim/commands.h"
#include "sim/plan/scenario.h"
#include "sim/report/text.h"
#include "sim/world/runner.h"

namespace vivarium::sim {

Plan Drawing::plan(std::uint64_t seed) const {
  return draw_plan(seed, mutant == nullptr ? kAllFamilies : mutant->families, profile);
}

RunResult Drawing::run(const Plan& plan, Story* story) const {
  const auto mutation = mutant == nullptr ? nullptr : mutant->make();
  return run_plan(plan, story, mutation.get());
}

std::string Drawing::options() const {
  std::string out;
  if (profile != Profile::kStandalone && mutant == nullptr) out += text(" --profile ", profile_name(profile));
  if (mutant != nullptr) out += text(" --mutant ", mutant->name);
  return out;
}

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

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::optional<Plan> load_plan(const std::string& what, const Drawing& drawing) {
  if (const auto seed = parse_seeds(what)) return drawing.plan(seed->first);
  const auto content = read_file(what);
  if (!content) {
    std::cerr << what << ": neither a seed nor a file that can be read\n";
    return std::nullopt;
  }
  const auto scenario = parse_scenario(*content);
  if (!scenario.ok()) {
    std::cerr << what << ": " << scenario.error() << "\n";
    return std::nullopt;
  }
  return scenario->plan;
}

}  // namespace vivarium::sim
