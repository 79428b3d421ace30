// Judges what a scenario expects.
#pragma once

#include "sim/plan/scenario.h"
#include "sim/world/inspector.h"

namespace vivarium::sim {

class Expectations final : public Inspector {
 public:
  explicit Expectations(const Scenario& scenario) : scenario_(scenario) {}
  std::vector<std::int64_t> times() const override;
  void look(std::size_t index, const WorldView& world) override;
  /// The run is over. Fails the seed when something was never looked at.
  void end() const;

 private:
  const Scenario& scenario_;
  std::size_t looked_ = 0;
};

/// What is seen instead; empty when the expectation is met.
std::string unmet(const Expectation& expectation, const WorldView& world);

}  // namespace vivarium::sim
