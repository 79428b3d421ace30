// Runs one plan; see runner.h.
#include "sim/world/runner.h"

#include <exception>
#include <memory>

#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/expectations.h"
#include "sim/world/world.h"

namespace vivarium::sim {

namespace {

RunResult run(const Plan& plan, Story* story, Mutation* mutation, Expectations* expectations) {
  auto world = std::make_unique<World>(plan, story, mutation, expectations);
  const auto failed = [&](const std::string& law, const std::string& detail) {
    RunResult result = world->result();
    result.law = law;
    result.detail = detail;
    if (story != nullptr) story->line(result.ended_at, text("BROKEN ", law, ": ", detail));
    // Frames of the kernel may have been left in the middle of a change: this world is not taken down, it is abandoned.
    static_cast<void>(world.release());
    return result;
  };
  try {
    world->run();
    if (expectations != nullptr) expectations->end();
  } catch (const SeedFailure& failure) {
    return failed(failure.law, failure.detail);
  } catch (const std::exception& error) {
    return failed("exception", error.what());
  }
  RunResult result = world->result();
  result.passed = true;
  return result;
}

}  // namespace

RunResult run_plan(const Plan& plan, Story* story, Mutation* mutation) { return run(plan, story, mutation, nullptr); }

RunResult run_scenario(const Scenario& scenario, Story* story, Mutation* mutation) {
  Expectations expectations(scenario);
  return run(scenario.plan, story, mutation, &expectations);
}

}  // namespace vivarium::sim
