// Runs one plan to its result: the only place where a broken law or a failed assertion is caught.
#pragma once

#include "sim/plan/plan.h"
#include "sim/plan/scenario.h"
#include "sim/trace/story.h"
#include "sim/world/run_result.h"
#include "sim/zoo/mutation.h"

namespace vivarium::sim {

RunResult run_plan(const Plan& plan, Story* story = nullptr, Mutation* mutation = nullptr);
/// The plan's run, judged by the laws and by what the scenario expects.
RunResult run_scenario(const Scenario& scenario, Story* story = nullptr, Mutation* mutation = nullptr);

}  // namespace vivarium::sim
