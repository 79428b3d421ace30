// Runs one plan; see runner.h.
#include "sim/world/runner.h"

#include <exception>
#include <memory>

#include "sim/report/failure.h"
#include "sim/report/text.h"
#include "sim/world/world.h"

namespace vivarium::sim {

RunResult run_plan(const Plan& plan, Story* story, Mutation* mutation) {
  auto world = std::make_unique<World>(plan, story, mutation);
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
  } catch (const SeedFailure& failure) {
    return failed(failure.law, failure.detail);
  } catch (const std::exception& error) {
    return failed("exception", error.what());
  }
  RunResult result = world->result();
  result.passed = true;
  return result;
}

}  // namespace vivarium::sim
