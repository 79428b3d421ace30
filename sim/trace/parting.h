// Where two runs part: the first event that differs, or after which they differ.
#pragma once

#include <string>

#include "sim/plan/plan.h"

namespace vivarium::sim {

struct Parting {
  bool parted = false;
  std::uint64_t event = 0;  // number of the event, from 1
  std::string text;         // for people: the event, and the last lines of both stories
};
Parting compare_runs(const Plan& a, const Plan& b);
/// Two stories as files: the first line that differs.
Parting compare_stories(const std::string& a, const std::string& b);

}  // namespace vivarium::sim
