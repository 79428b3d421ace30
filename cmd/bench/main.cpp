// vivarium-bench: load generator for any ZooKeeper server, and the ratio table against Apache's.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "cmd/bench/compare.h"
#include "cmd/bench/ensemble.h"
#include "cmd/bench/load.h"

namespace {

using namespace vivarium::bench;

void print_load(const LoadResult& r) {
  std::printf("ops/s %.0f  p50 %.0f  p99 %.0f  p99.9 %.0f  max %.0f us  errors %llu", r.ops_per_second, r.p50_us,
              r.p99_us, r.p999_us, r.max_us, static_cast<unsigned long long>(r.errors));
  if (r.resident_bytes > 0)
    std::printf("  cpu %.2f us/op  resident %.1f MB", r.cpu_us_per_op, static_cast<double>(r.resident_bytes) / 1e6);
  std::printf("\n");
}

std::string own_directory() { return std::filesystem::read_symlink("/proc/self/exe").parent_path().string(); }

int run(int argc, char** argv) {
  CLI::App app("vivarium-bench: loads for ZooKeeper servers");
  app.require_subcommand(1);
  LoadOptions load;
  std::string servers = "127.0.0.1:2181";
  std::vector<int> pids;

  auto* load_command = app.add_subcommand("load", "a mix of getData and setData on many connections");
  load_command->add_option("--server", servers, "HOST:PORT[,HOST:PORT...]")->capture_default_str();
  load_command->add_option("--connections", load.connections)->capture_default_str();
  load_command->add_option("--window", load.window, "requests in flight on each connection")->capture_default_str();
  load_command->add_option("--reads", load.reads_percent, "percent of reads")->capture_default_str();
  load_command->add_option("--size", load.value_size, "bytes of a value")->capture_default_str();
  load_command->add_option("--keys", load.keys)->capture_default_str();
  load_command->add_option("--seconds", load.seconds)->capture_default_str();
  load_command->add_option("--pid", pids, "server process to measure; may be repeated");

  int count = 1'000'000, fanout = 1000;
  std::size_t size = 100;
  auto* fill_command = app.add_subcommand("fill", "create many znodes, pipelined");
  fill_command->add_option("--server", servers)->capture_default_str();
  fill_command->add_option("--count", count)->capture_default_str();
  fill_command->add_option("--size", size)->capture_default_str();
  fill_command->add_option("--fanout", fanout, "children a directory")->capture_default_str();
  fill_command->add_option("--pid", pids);

  CompareOptions comparison;
  comparison.binary_directory = own_directory();
  auto* compare_command = app.add_subcommand("compare", "start Vivarium and Apache 3.8, print the ratio table");
  compare_command->add_option("--seconds", comparison.seconds, "seconds a load")->capture_default_str();
  compare_command->add_option("--nodes", comparison.nodes)->capture_default_str();
  compare_command->add_option("--idle-sessions", comparison.idle_sessions)->capture_default_str();

  EnsembleOptions ensembles;
  auto* ensemble_command =
      app.add_subcommand("ensemble", "the same for three members of a kind: loads, failover, join");
  ensemble_command->add_option("--seconds", comparison.seconds, "seconds a load")->capture_default_str();
  ensemble_command->add_option("--nodes", comparison.nodes)->capture_default_str();
  ensemble_command->add_option("--kills", ensembles.kills, "of the leader")->capture_default_str();

  CLI11_PARSE(app, argc, argv);
  for (std::size_t at = 0; at <= servers.size();) {
    const std::size_t comma = std::min(servers.find(',', at), servers.size());
    load.servers.push_back(parse_address(servers.substr(at, comma - at)));
    at = comma + 1;
  }
  load.pids.assign(pids.begin(), pids.end());
  if (*load_command) print_load(run_load(load));
  if (*fill_command) {
    const FillResult result = fill(load.servers.front(), count, size, fanout, load.pids);
    std::printf("creates/s %.0f  resident %.1f MB\n", result.creates_per_second,
                static_cast<double>(result.resident_bytes) / 1e6);
  }
  if (*compare_command) return compare(comparison);
  ensembles.common = comparison;
  if (*ensemble_command) return compare_ensembles(ensembles);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vivarium-bench: %s\n", error.what());
    return 1;
  }
}
