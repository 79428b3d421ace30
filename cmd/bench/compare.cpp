// Rows of the ratio table; see compare.h. Every figure is measured in this run.
#include "cmd/bench/compare.h"

#include <cstdio>
#include <functional>
#include <vector>

#include "cmd/bench/load.h"
#include "cmd/bench/process.h"

namespace vivarium::bench {
namespace {

struct Figures {
  std::vector<LoadResult> loads;
  FillResult filled;
  double restart_seconds = 0;
  double idle_bytes = 0;
  double calm_p99_us = 0, snapshot_p99_us = 0;
};

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

Figures measure(ServerProcess::Kind kind, const CompareOptions& options) {
  Figures figures;
  for (const LoadRow& row : kLoads) {
    progress(kind, row.name);
    ServerProcess server(kind, options.binary_directory, "");
    server.start();
    figures.loads.push_back(run_load(options_for(row, server, options.seconds)));
  }
  {
    progress(kind, "fill and restart");
    ServerProcess server(kind, options.binary_directory, "");
    server.start();
    figures.filled = fill(server.address(), options.nodes, 100, 1000, server.pids());
    server.kill();
    figures.restart_seconds = server.start();
  }
  {
    progress(kind, "idle sessions");
    ServerProcess server(kind, options.binary_directory, "");
    server.start();
    figures.idle_bytes = idle_session_bytes(server.address(), options.idle_sessions, server.pids());
  }
  progress(kind, "writes without and with snapshots");
  figures.calm_p99_us = write_p99(kind, options, "100000000");
  figures.snapshot_p99_us = write_p99(kind, options, "20000");
  return figures;
}

double ratio(double ours, double theirs) { return theirs > 0 ? ours / theirs : 0; }

void print_loads(const Figures& ours, const Figures& theirs) {
  std::printf("| load | ops/s | Apache | ratio | CPU us/op | Apache | ratio | p50/p99 us | Apache |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|\n");
  for (std::size_t i = 0; i < ours.loads.size(); ++i) {
    const LoadResult& v = ours.loads[i];
    const LoadResult a = i < theirs.loads.size() ? theirs.loads[i] : LoadResult{};
    std::printf("| %s | %.0f | %.0f | %.1fx | %.2f | %.2f | 1/%.1f | %.0f / %.0f | %.0f / %.0f |\n", kLoads[i].name,
                v.ops_per_second, a.ops_per_second, ratio(v.ops_per_second, a.ops_per_second), v.cpu_us_per_op,
                a.cpu_us_per_op, ratio(a.cpu_us_per_op, v.cpu_us_per_op), v.p50_us, v.p99_us, a.p50_us, a.p99_us);
  }
}

void print_rest(const Figures& v, const Figures& a, const CompareOptions& options) {
  constexpr double kMega = 1e6;
  std::printf("\n| | Vivarium | Apache | ratio |\n|---|---|---|---|\n");
  std::printf("| creates/s, %d nodes of 100 bytes | %.0f | %.0f | %.1fx |\n", options.nodes,
              v.filled.creates_per_second, a.filled.creates_per_second,
              ratio(v.filled.creates_per_second, a.filled.creates_per_second));
  std::printf("| resident MB with them | %.0f | %.0f | 1/%.1f |\n",
              static_cast<double>(v.filled.resident_bytes) / kMega,
              static_cast<double>(a.filled.resident_bytes) / kMega,
              ratio(static_cast<double>(a.filled.resident_bytes), static_cast<double>(v.filled.resident_bytes)));
  std::printf("| restart after kill -9 until a session, s | %.2f | %.2f | 1/%.1f |\n", v.restart_seconds,
              a.restart_seconds, ratio(a.restart_seconds, v.restart_seconds));
  std::printf("| resident bytes an idle session (%d) | %.0f | %.0f | |\n", options.idle_sessions, v.idle_bytes,
              a.idle_bytes);
  std::printf("| write p99, no snapshot, ms | %.2f | %.2f | |\n", v.calm_p99_us / 1e3, a.calm_p99_us / 1e3);
  std::printf("| write p99, snapshots all the time, ms | %.2f | %.2f | |\n", v.snapshot_p99_us / 1e3,
              a.snapshot_p99_us / 1e3);
}

}  // namespace

int compare(const CompareOptions& options) {
  const Figures ours = measure(ServerProcess::Kind::kVivarium, options);
  const bool apache = apache_available();
  const Figures theirs = apache ? measure(ServerProcess::Kind::kApache, options) : Figures{};
  print_loads(ours, theirs);
  print_rest(ours, theirs, options);
  if (!apache)
    std::printf("\nApache ZooKeeper is not installed (apt-get install zookeeper): only one column was measured.\n");
  return apache ? 0 : 1;
}

}  // namespace vivarium::bench
