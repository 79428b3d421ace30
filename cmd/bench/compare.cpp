// Rows of the ratio table; see compare.h. Every figure is measured in this run.
#include "cmd/bench/compare.h"

#include <cstdio>
#include <utility>

#include "cmd/bench/load.h"
#include "cmd/bench/process.h"

namespace vivarium::bench {
namespace {

struct LoadRow {
  const char* name;
  int connections, window, reads_percent;
};
constexpr LoadRow kLoads[] = {{"32 x 16, reads", 32, 16, 100},
                              {"32 x 16, durable writes", 32, 16, 0},
                              {"32 x 16, 90 % reads", 32, 16, 90},
                              {"64 x 1, reads", 64, 1, 100},
                              {"64 x 1, durable writes", 64, 1, 0}};

LoadOptions options_for(const LoadRow& row, const ServerProcess& server, double seconds) {
  LoadOptions load;
  load.servers = {server.address()};
  load.connections = row.connections;
  load.window = row.window;
  load.reads_percent = row.reads_percent;
  load.seconds = seconds;
  load.pids = server.pids();
  return load;
}

/// p99 of writes on a filled server, first without and then with snapshots running all the time.
double write_p99(ServerProcess::Kind kind, const CompareOptions& options, const char* snap_count) {
  ServerProcess server(kind, options.binary_directory, std::string("snapCount=") + snap_count + "\n");
  server.start();
  fill(server.address(), options.nodes, 100, 1000, {});
  LoadOptions load = options_for({"", 8, 4, 0}, server, options.seconds);
  return run_load(load).p99_us;
}

/// A run takes minutes; say on stderr what is being measured.
void progress(ServerProcess::Kind kind, const char* what) {
  std::fprintf(stderr, "%s: %s\n", kind == ServerProcess::Kind::kVivarium ? "vivarium" : "apache", what);
}

/// One measurement of both servers, one right after the other, so that both meet the same machine.
template <class Figure>
struct Pair {
  Figure ours{}, theirs{};
};
template <class Measure>
auto measure_both(const char* what, bool apache, Measure&& measure) {
  Pair<decltype(measure(ServerProcess::Kind::kVivarium))> pair;
  progress(ServerProcess::Kind::kVivarium, what);
  pair.ours = measure(ServerProcess::Kind::kVivarium);
  if (!apache) return pair;
  progress(ServerProcess::Kind::kApache, what);
  pair.theirs = measure(ServerProcess::Kind::kApache);
  return pair;
}

double ratio(double ours, double theirs) { return theirs > 0 ? ours / theirs : 0; }

/// Each row is printed as soon as it is measured: a run that is cut short keeps what it has.
void compare_loads(const CompareOptions& options, bool apache) {
  std::printf("| load | ops/s | Apache | ratio | CPU us/op | Apache | ratio | p50/p99 us | Apache |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (const LoadRow& row : kLoads) {
    const auto [v, a] = measure_both(row.name, apache, [&](ServerProcess::Kind kind) {
      ServerProcess server(kind, options.binary_directory, "");
      server.start();
      return run_load(options_for(row, server, options.seconds));
    });
    std::printf("| %s | %.0f | %.0f | %.1fx | %.2f | %.2f | 1/%.1f | %.0f / %.0f | %.0f / %.0f |\n", row.name,
                v.ops_per_second, a.ops_per_second, ratio(v.ops_per_second, a.ops_per_second), v.cpu_us_per_op,
                a.cpu_us_per_op, ratio(a.cpu_us_per_op, v.cpu_us_per_op), v.p50_us, v.p99_us, a.p50_us, a.p99_us);
    std::fflush(stdout);
  }
}

struct FillFigures {
  FillResult filled;
  double restart_seconds = 0;
};

void compare_fill(const CompareOptions& options, bool apache) {
  constexpr double kMega = 1e6;
  const auto [v, a] = measure_both("fill and restart", apache, [&](ServerProcess::Kind kind) {
    ServerProcess server(kind, options.binary_directory, "");
    server.start();
    FillFigures figures;
    figures.filled = fill(server.address(), options.nodes, 100, 1000, server.pids());
    server.kill();
    figures.restart_seconds = server.start();
    return figures;
  });
  std::printf("| creates/s, %d nodes of 100 bytes | %.0f | %.0f | %.1fx |\n", options.nodes,
              v.filled.creates_per_second, a.filled.creates_per_second,
              ratio(v.filled.creates_per_second, a.filled.creates_per_second));
  std::printf("| resident MB with them | %.0f | %.0f | 1/%.1f |\n",
              static_cast<double>(v.filled.resident_bytes) / kMega,
              static_cast<double>(a.filled.resident_bytes) / kMega,
              ratio(static_cast<double>(a.filled.resident_bytes), static_cast<double>(v.filled.resident_bytes)));
  std::printf("| restart after kill -9 until a session, s | %.2f | %.2f | 1/%.1f |\n", v.restart_seconds,
              a.restart_seconds, ratio(a.restart_seconds, v.restart_seconds));
  std::fflush(stdout);
}

void compare_snapshots(const CompareOptions& options, bool apache) {
  struct Row {
    const char *name, *snap_count;
  };
  for (const Row& row :
       {Row{"write p99, no snapshot, ms", "100000000"}, Row{"write p99, snapshots all the time, ms", "20000"}}) {
    const auto [v, a] = measure_both(
        row.name, apache, [&](ServerProcess::Kind kind) { return write_p99(kind, options, row.snap_count) / 1e3; });
    std::printf("| %s | %.2f | %.2f | |\n", row.name, v, a);
    std::fflush(stdout);
  }
}

void compare_idle_sessions(const CompareOptions& options, bool apache) {
  const auto [v, a] = measure_both("idle sessions", apache, [&](ServerProcess::Kind kind) {
    ServerProcess server(kind, options.binary_directory, "");
    server.start();
    return idle_session_bytes(server.address(), options.idle_sessions, server.pids());
  });
  std::printf("| resident bytes an idle session (%d) | %.0f | %.0f | |\n", options.idle_sessions, v, a);
  std::fflush(stdout);
}

}  // namespace

int compare(const CompareOptions& options) {
  const bool apache = apache_available();
  compare_loads(options, apache);
  std::printf("\n| | Vivarium | Apache | ratio |\n|---|---|---|---|\n");
  compare_fill(options, apache);
  compare_snapshots(options, apache);
  compare_idle_sessions(options, apache);
  if (!apache)
    std::printf("\nApache ZooKeeper is not installed (apt-get install zookeeper): only one column was measured.\n");
  return apache ? 0 : 1;
}

}  // namespace vivarium::bench
