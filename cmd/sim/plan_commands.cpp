// replay, plan, diff, scenario: what is done with one plan or two.
#include <iostream>

#include "cmd/sim/commands.h"
#include "sim/plan/scenario.h"
#include "sim/report/text.h"
#include "sim/trace/parting.h"
#include "sim/world/runner.h"

namespace vivarium::sim {
namespace {

class Printer final : public Story {
 public:
  explicit Printer(bool all) : all_(all) {}
  void line(std::int64_t at, const std::string& text) override { std::cout << time_text(at) << "\t" << text << "\n"; }
  bool verbose() const override { return all_; }

 private:
  bool all_;
};

void print_result(const RunResult& result) {
  std::cout << "\n"
            << (result.passed ? (result.refused ? "passed: what was damaged was refused" : "passed") : "failed")
            << "\n";
  if (!result.passed)
    std::cout << "law " << result.law << " at event " << result.events << ": " << result.detail << "\n";
  std::cout << "events " << result.events << " txns " << result.txns << " commits " << result.commits << " elections "
            << result.elections << " replies and events " << result.items << " boots " << result.boots
            << " disk operations " << result.disk_operations << " converged after " << time_text(result.converged_after)
            << " simulated " << time_text(result.ended_at) << " trace " << hex(result.trace.high()) << ":"
            << hex(result.trace.low()) << "\n";
}

bool is_trace(const std::string& content) {
  return content.find("\n\n") != std::string::npos && content.find('\t') != std::string::npos;
}

}  // namespace

int replay_command(const std::string& what, bool verbose, const Drawing& drawing) {
  const auto plan = load_plan(what, drawing);
  if (!plan) return 2;
  std::cout << print_plan(*plan) << "\n";
  Printer printer(verbose);
  const RunResult result = drawing.run(*plan, &printer);
  print_result(result);
  return result.passed ? 0 : 1;
}

int plan_command(const std::string& what, const Drawing& drawing) {
  const auto plan = load_plan(what, drawing);
  if (plan) std::cout << print_plan(*plan);
  return plan ? 0 : 2;
}

int diff_command(const std::string& a, const std::string& b, const Drawing& drawing) {
  const auto first = parse_seeds(a) ? std::nullopt : read_file(a),
             second = parse_seeds(b) ? std::nullopt : read_file(b);
  Parting parting;
  if (first && second && is_trace(*first) && is_trace(*second)) {
    parting = compare_stories(*first, *second);
  } else {
    const auto one = load_plan(a, drawing), other = load_plan(b, drawing);
    if (!one || !other) return 2;
    parting = compare_runs(*one, *other);
  }
  std::cout << (parting.parted ? parting.text : "the same from the first event to the last\n");
  return parting.parted ? 1 : 0;
}

int scenario_command(const std::vector<std::string>& files, bool verbose, const Drawing& drawing) {
  bool all_passed = true;
  for (const std::string& path : files) {
    const auto content = read_file(path);
    const auto scenario =
        content ? parse_scenario(*content) : Result<Scenario, std::string>(Failure<std::string>{"cannot be read"});
    if (!scenario.ok()) {
      std::cerr << path << ": " << scenario.error() << "\n";
      return 2;
    }
    Printer printer(true);
    const auto mutation = drawing.mutant == nullptr ? nullptr : drawing.mutant->make();
    const RunResult result = run_scenario(*scenario, verbose ? &printer : nullptr, mutation.get());
    std::cout << path << ": " << (result.passed ? "passed" : text("broke ", result.law, ": ", result.detail))
              << " (events " << result.events << ", commits " << result.commits << ", elections " << result.elections
              << ", simulated " << time_text(result.ended_at) << ")\n";
    all_passed &= result.passed;
  }
  return all_passed ? 0 : 1;
}

}  // namespace vivarium::sim
