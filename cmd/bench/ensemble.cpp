// Rows of the ensembles' table; see ensemble.h. Every figure is measured in this run.
#include "cmd/bench/ensemble.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <thread>

#include "cmd/bench/load.h"
#include "cmd/bench/process.h"

namespace vivarium::bench {
namespace {

using Kind = ServerProcess::Kind;
using Clock = std::chrono::steady_clock;
constexpr std::size_t kMembers = 3;
constexpr double kMega = 1e6;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// What the four-letter word `srvr` answers.
std::string srvr(const Address& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(address.port);
  ::inet_pton(AF_INET, address.host.c_str(), &to.sin_addr);
  std::string text;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 && ::send(fd, "srvr", 4, MSG_NOSIGNAL) == 4) {
    char buffer[4096];
    for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;)
      text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(fd);
  return text;
}

class Ensemble {
 public:
  Ensemble(Kind kind, const CompareOptions& options) {
    std::string lines = "initLimit=20\nsyncLimit=10\n";
    for (std::size_t i = 1; i <= kMembers; ++i) {
      lines += "server." + std::to_string(i) + "=127.0.0.1:" + std::to_string(free_port()) + ":" +
               std::to_string(free_port()) + "\n";
    }
    for (std::size_t i = 0; i < kMembers; ++i) {
      members_.push_back(std::make_unique<ServerProcess>(kind, options.binary_directory, lines));
      members_.back()->be_member(static_cast<int>(i + 1));
    }
    for (auto& member : members_) member->launch();
    for (auto& member : members_) member->wait();
  }

  ServerProcess& member(std::size_t i) { return *members_[i]; }
  std::size_t leader() const {
    for (int attempt = 0; attempt < 500; ++attempt) {
      for (std::size_t i = 0; i < kMembers; ++i) {
        if (srvr(members_[i]->address()).find("Mode: leader") != std::string::npos) return i;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    throw std::runtime_error("nobody says that it leads");
  }
  std::size_t a_follower() const { return (leader() + 1) % kMembers; }
  /// Load on all members but `left_out`.
  LoadOptions load(int connections, int window, int reads_percent, double seconds, std::size_t left_out = kMembers) {
    LoadOptions load;
    for (std::size_t i = 0; i < kMembers; ++i) {
      if (i == left_out) continue;
      load.servers.push_back(members_[i]->address());
      load.pids.push_back(members_[i]->pids().front());
    }
    load.connections = connections;
    load.window = window;
    load.reads_percent = reads_percent;
    load.seconds = seconds;
    return load;
  }
  double largest_member_megabytes() const {
    std::int64_t most = 0;
    for (const auto& member : members_) most = std::max(most, usage_of(member->pids()).resident_bytes);
    return static_cast<double>(most) / kMega;
  }

 private:
  std::vector<std::unique_ptr<ServerProcess>> members_;
};

double ratio(double a, double b) { return b > 0 ? a / b : 0; }

template <class Figure>
struct Pair {
  Figure ours{}, theirs{};
};
/// Both kinds, one right after the other, so that both meet the same machine.
template <class Measure>
auto measure_both(const char* what, Measure&& measure) {
  Pair<decltype(measure(Kind::kVivarium))> pair;
  std::fprintf(stderr, "vivarium: %s\n", what);
  pair.ours = measure(Kind::kVivarium);
  if (!apache_available()) return pair;
  std::fprintf(stderr, "apache: %s\n", what);
  pair.theirs = measure(Kind::kApache);
  return pair;
}

void compare_loads(const EnsembleOptions& options) {
  std::printf("| 3 members, 32 x 16 | ops/s | Apache | ratio | CPU us/op | Apache | ratio | p50/p99 us | Apache |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  struct Row {
    const char* name;
    int reads_percent;
  };
  for (const Row& row : {Row{"durable writes", 0}, Row{"90 % reads", 90}, Row{"reads", 100}}) {
    const auto [v, a] = measure_both(row.name, [&](Kind kind) {
      Ensemble ensemble(kind, options.common);
      return run_load(ensemble.load(32, 16, row.reads_percent, options.common.seconds));
    });
    std::printf("| %s | %.0f | %.0f | %.1fx | %.2f | %.2f | 1/%.1f | %.0f / %.0f | %.0f / %.0f |\n", row.name,
                v.ops_per_second, a.ops_per_second, ratio(v.ops_per_second, a.ops_per_second), v.cpu_us_per_op,
                a.cpu_us_per_op, ratio(a.cpu_us_per_op, v.cpu_us_per_op), v.p50_us, v.p99_us, a.p50_us, a.p99_us);
    std::fflush(stdout);
  }
}

/// Tries each survivor in turn until one acknowledges a write.
double seconds_until_a_write(Ensemble& ensemble, std::size_t dead) {
  const auto begin = Clock::now();
  for (std::size_t i = 0;; i = (i + 1) % kMembers) {
    if (i == dead) continue;
    try {
      Connection client(ensemble.member(i).address(), 10'000, 300);
      client.set("/bench", "x");
      if (client.drain() == 0) return seconds_since(begin);
    } catch (const std::exception&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    if (seconds_since(begin) > 60) throw std::runtime_error("no write succeeded in 60 s after the leader was killed");
  }
}

struct Failover {
  double median_ms = 0, worst_ms = 0;
};

Failover kill_leaders(Kind kind, const EnsembleOptions& options) {
  Ensemble ensemble(kind, options.common);
  {
    Connection client(ensemble.member(0).address(), 10'000);
    client.create("/bench", "");
    client.drain();
  }
  std::vector<double> taken;
  for (int i = 0; i < options.kills; ++i) {
    const std::size_t leader = ensemble.leader();
    ensemble.member(leader).kill();
    taken.push_back(seconds_until_a_write(ensemble, leader) * 1e3);
    ensemble.member(leader).start();
  }
  std::sort(taken.begin(), taken.end());
  return {taken[taken.size() / 2], taken.back()};
}

void compare_failover(const EnsembleOptions& options) {
  const auto [v, a] = measure_both("leader killed", [&](Kind kind) { return kill_leaders(kind, options); });
  std::printf("| leader killed with -9 until the next write, median of %d, ms | %.0f | %.0f | 1/%.1f |\n",
              options.kills, v.median_ms, a.median_ms, ratio(a.median_ms, v.median_ms));
  std::printf("| the worst of them, ms | %.0f | %.0f | 1/%.1f |\n", v.worst_ms, a.worst_ms,
              ratio(a.worst_ms, v.worst_ms));
  std::fflush(stdout);
}

struct Join {
  double resident_megabytes = 0, before_p99_ms = 0, during_p99_ms = 0, seconds = 0;
};

/// A follower loses its disk and comes back under a steady load of writes through the others.
Join join(Kind kind, const EnsembleOptions& options) {
  Ensemble ensemble(kind, options.common);
  const std::size_t lost = ensemble.a_follower();
  fill(ensemble.member(lost).address(), options.common.nodes, 100, 1000, {});
  Join figures;
  figures.resident_megabytes = ensemble.largest_member_megabytes();
  ensemble.member(lost).kill();
  ensemble.member(lost).wipe();
  const LoadOptions load = ensemble.load(8, 4, 0, options.common.seconds * 2, lost);
  figures.before_p99_ms = run_load(load).p99_us / 1e3;
  LoadResult during;
  std::thread writers([&] { during = run_load(load); });
  std::this_thread::sleep_for(std::chrono::seconds(3));  // its warming up
  figures.seconds = ensemble.member(lost).start();
  writers.join();
  figures.during_p99_ms = during.p99_us / 1e3;
  return figures;
}

void compare_join(const EnsembleOptions& options) {
  const auto [v, a] = measure_both("an empty member joins", [&](Kind kind) { return join(kind, options); });
  std::printf("| resident MB of the largest member, %d nodes of 100 bytes | %.0f | %.0f | 1/%.1f |\n",
              options.common.nodes, v.resident_megabytes, a.resident_megabytes,
              ratio(a.resident_megabytes, v.resident_megabytes));
  std::printf("| an empty member joins them under writes, s | %.2f | %.2f | 1/%.1f |\n", v.seconds, a.seconds,
              ratio(a.seconds, v.seconds));
  std::printf("| p99 of the writes without it, ms | %.2f | %.2f | |\n", v.before_p99_ms, a.before_p99_ms);
  std::printf("| p99 of the writes while it joins, ms | %.2f | %.2f | |\n", v.during_p99_ms, a.during_p99_ms);
  std::fflush(stdout);
}

}  // namespace

int compare_ensembles(const EnsembleOptions& options) {
  compare_loads(options);
  std::printf("\n| 3 members | Vivarium | Apache | ratio |\n|---|---|---|---|\n");
  compare_failover(options);
  compare_join(options);
  if (apache_available()) return 0;
  std::printf("\nApache ZooKeeper is not installed (apt-get install zookeeper): only one column was measured.\n");
  return 1;
}

}  // namespace vivarium::bench
