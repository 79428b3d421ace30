// Many seeds over several processes; see campaign.h.
#include "sim/report/campaign.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <new>

#include "sim/report/text.h"

namespace vivarium::sim {
namespace {

constexpr std::size_t kMostJobs = 256;
constexpr std::uint64_t kNoSeed = UINT64_MAX;

struct SharedFailure {
  std::uint64_t seed;
  char law[64];
  char detail[1900];
};

/// Nobody else writes a worker's totals while it lives.
struct alignas(64) Worker {
  std::atomic<std::uint64_t> running;  // the seed that it works on; kNoSeed: none
  CampaignTotals totals;
};

struct Shared {
  std::atomic<std::uint64_t> next_seed;
  std::atomic<std::uint64_t> failures;
  SharedFailure failed[kMostFailures];
  Worker workers[kMostJobs];
};

Shared* map_shared() {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : new (memory) Shared{};
}

void copy_text(char* to, std::size_t room, const std::string& from) {
  const std::size_t size = std::min(room - 1, from.size());
  std::memcpy(to, from.data(), size);
  to[size] = '\0';
}

void record_failure(Shared& shared, std::uint64_t seed, const std::string& law, const std::string& detail) {
  const std::uint64_t place = shared.failures.fetch_add(1);
  if (place >= kMostFailures) return;
  shared.failed[place].seed = seed;
  copy_text(shared.failed[place].law, sizeof shared.failed[place].law, law);
  copy_text(shared.failed[place].detail, sizeof shared.failed[place].detail, detail);
}

using Clock = std::chrono::steady_clock;

void work(Shared& shared, Worker& worker, const CampaignOptions& options, Clock::time_point end,
          const std::function<RunResult(std::uint64_t)>& run) {
  for (;;) {
    if (options.minutes > 0 && Clock::now() >= end) return;
    const std::uint64_t seed = shared.next_seed.fetch_add(1);
    if (seed > options.last && options.minutes == 0) return;
    worker.running.store(seed);
    const RunResult result = run(seed);
    if (!result.passed) record_failure(shared, seed, result.law, result.detail);
    worker.totals.add(seed, result);
    worker.running.store(kNoSeed);
  }
}

/// Forks worker `index`; returns its process id.
pid_t start_worker(Shared& shared, std::size_t index, const CampaignOptions& options, Clock::time_point end,
                   const std::function<RunResult(std::uint64_t)>& run) {
  shared.workers[index].running.store(kNoSeed);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child != 0) return child;
  work(shared, shared.workers[index], options, end, run);
  std::fflush(nullptr);
  _exit(0);
}

/// A worker died of its seed: that seed failed, and another worker takes over.
void bury(Shared& shared, std::size_t index, int status) {
  Worker& worker = shared.workers[index];
  const std::uint64_t seed = worker.running.load();
  if (seed == kNoSeed) return;
  ++worker.totals.seeds;
  ++worker.totals.failed;
  const std::string how =
      WIFSIGNALED(status) ? text("signal ", WTERMSIG(status)) : text("exit status ", WEXITSTATUS(status));
  record_failure(shared, seed, "crash", "the process of this seed ended with " + how);
}

}  // namespace

void CampaignTotals::add(std::uint64_t seed, const RunResult& run) {
  CampaignTotals one;
  one.seeds = 1;
  (run.passed ? one.passed : one.failed) = 1;
  one.refused = run.refused ? 1 : 0;
  one.events = run.events;
  one.elections = run.elections;
  one.commits = run.commits;
  one.locks = run.locks;
  one.taken = run.taken;
  one.increments = run.increments;
  one.simulated_nanos = run.ended_at;
  one.slowest_convergence = run.converged_after;
  one.probes = run.probes;
  StateHash mixed;
  mixed.add(seed);
  mixed.add(run.trace.low());
  mixed.add(run.trace.high());
  one.hash_low = mixed.low();
  one.hash_high = mixed.high();
  add(one);
}

void CampaignTotals::add(const CampaignTotals& other) {
  seeds += other.seeds;
  passed += other.passed;
  refused += other.refused;
  failed += other.failed;
  events += other.events;
  elections += other.elections;
  commits += other.commits;
  locks += other.locks;
  taken += other.taken;
  increments += other.increments;
  simulated_nanos += other.simulated_nanos;
  slowest_convergence = std::max(slowest_convergence, other.slowest_convergence);
  hash_low += other.hash_low;
  hash_high += other.hash_high;
  probes.add(other.probes);
}

CampaignResult run_campaign(const CampaignOptions& options, const std::function<RunResult(std::uint64_t seed)>& run) {
  CampaignResult result;
  Shared* shared = map_shared();
  if (shared == nullptr) return result;
  shared->next_seed.store(options.first);
  const std::size_t jobs = std::clamp<std::size_t>(options.jobs, 1, kMostJobs);
  const auto start = Clock::now();
  const auto end = start + std::chrono::minutes(options.minutes);
  std::vector<pid_t> children(jobs);
  for (std::size_t i = 0; i < jobs; ++i) children[i] = start_worker(*shared, i, options, end, run);
  for (std::size_t i = 0; i < jobs; ++i) {
    for (;;) {
      int status = 0;
      if (children[i] < 0 || waitpid(children[i], &status, 0) < 0) break;
      if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
      bury(*shared, i, status);
      children[i] = start_worker(*shared, i, options, end, run);
    }
  }
  result.wall_nanos = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - start).count();
  for (std::size_t i = 0; i < jobs; ++i) result.add(shared->workers[i].totals);
  for (std::size_t i = 0; i < std::min<std::size_t>(shared->failures.load(), kMostFailures); ++i) {
    result.failures.push_back({shared->failed[i].seed, shared->failed[i].law, shared->failed[i].detail});
  }
  std::sort(result.failures.begin(), result.failures.end(),
            [](const auto& a, const auto& b) { return a.seed < b.seed; });
  munmap(shared, sizeof(Shared));
  return result;
}

bool all_probes_hit(const Probes& probes) {
  for (std::size_t i = 0; i < kProbes; ++i) {
    if (probes.count(static_cast<Probe>(i)) == 0) return false;
  }
  return true;
}

std::string probes_line(const Probes& probes) {
  std::size_t hit = 0;
  std::string never;
  for (std::size_t i = 0; i < kProbes; ++i) {
    const auto probe = static_cast<Probe>(i);
    if (probes.count(probe) > 0) {
      ++hit;
    } else {
      never += text(never.empty() ? "; never: " : ", ", probe_name(probe));
    }
  }
  return text("probes ", hit, " of ", kProbes, " hit", never);
}

std::string campaign_line(const CampaignResult& result) {
  const auto wall = static_cast<std::uint64_t>(std::max<std::int64_t>(result.wall_nanos, 1));
  __extension__ using Wide = unsigned __int128;
  const auto per_second = static_cast<std::uint64_t>(Wide{result.events} * 1'000'000'000 / wall);
  char hash[40];
  std::snprintf(hash, sizeof hash, "%016llx%016llx", static_cast<unsigned long long>(result.hash_high),
                static_cast<unsigned long long>(result.hash_low));
  return text("seeds ", result.seeds, " passed ", result.passed, " failed ", result.failed, " refused ", result.refused,
              " events ", result.events, " events/s ", per_second, " simulated/wall ",
              static_cast<std::uint64_t>(result.simulated_nanos) / wall, " elections ", result.elections, " commits ",
              result.commits, " locks ", result.locks, " taken ", result.taken, " increments ", result.increments,
              " slowest-convergence ", time_text(result.slowest_convergence / 1'000'000 * 1'000'000), " wall ",
              time_text(result.wall_nanos / 1'000'000 * 1'000'000), " trace ", hash);
}

}  // namespace vivarium::sim
