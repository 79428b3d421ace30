// growth: what a committed txn costs the kernel as histories grow longer and ensembles larger, without faults.
//
// The thread's CPU clock is read around each step of each member, so the figures hold nothing of the simulated world,
// of its laws, or of other processes. State stays small on purpose (a hundred names): what grows is the history only.
#include <time.h>

#include <iomanip>
#include <iostream>

#include "cmd/sim/commands.h"
#include "sim/world/runner.h"

namespace vivarium::sim {
namespace {

double cpu_micros() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

class Stopwatch final : public Mutation {
 public:
  void stepping(bool begins) override { spent_ += begins ? -cpu_micros() : cpu_micros(); }
  double micros() const { return spent_; }

 private:
  double spent_ = 0;
};

/// Ten clients, ten thousand writes a second.
Plan growing_plan(std::int64_t voters, std::uint64_t txns, std::uint64_t seed) {
  constexpr std::int64_t kMs = 1'000'000;
  Plan plan;
  plan.seed = seed;
  plan.servers = voters;
  plan.clients = 10;
  plan.window = 16;
  plan.operations = static_cast<std::int64_t>(txns) / plan.clients;
  plan.think = kMs;
  plan.duration = plan.operations * plan.think * 11 / 10 + 1000 * kMs;
  plan.session_timeout = 4000 * kMs;
  plan.names = 100;
  plan.data_size = 100;
  plan.watch_percent = 0;
  plan.users = 0;
  plan.purge_interval = 1000 * kMs;
  plan.mix[static_cast<std::size_t>(OpKind::kSet)] = 6;
  plan.mix[static_cast<std::size_t>(OpKind::kCreate)] = 2;
  plan.mix[static_cast<std::size_t>(OpKind::kDelete)] = 1;
  return plan;
}

/// Repeats short runs until they are long enough to be measured.
bool measure(std::int64_t voters, std::uint64_t txns) {
  constexpr std::uint64_t kEnough = 30'000;
  Stopwatch watch;
  std::uint64_t commits = 0, events = 0;
  const double begun = cpu_micros();
  for (std::uint64_t seed = 1; seed == 1 || (seed - 1) * txns < kEnough; ++seed) {
    const RunResult run = run_plan(growing_plan(voters, txns, seed), nullptr, &watch);
    if (!run.passed) {
      std::cerr << "seed " << seed << " broke " << run.law << ": " << run.detail << "\n";
      return false;
    }
    commits += run.commits;
    events += run.events;
  }
  const double whole = cpu_micros() - begun;
  const auto count = static_cast<double>(commits);
  std::cout << std::setw(9) << txns << std::setw(9) << voters << std::setw(15) << watch.micros() / count
            << std::setw(13) << watch.micros() / count / static_cast<double>(voters) << std::setw(12)
            << static_cast<double>(events) / count << std::setw(17) << whole / count << std::endl;
  return true;
}

}  // namespace

int growth_command(std::uint64_t most) {
  std::cout << std::fixed << std::setprecision(2)
            << "     txns   voters  kernel us/txn  per member  events/txn  all of it us/txn\n";
  bool passed = true;
  for (std::uint64_t txns = 1000; txns <= most; txns *= 10) passed &= measure(3, txns);
  for (const std::int64_t voters : {3, 5, 7, 11, 21}) passed &= measure(voters, 10'000);
  return passed ? 0 : 1;
}

}  // namespace vivarium::sim
