// The loads: a mix of reads and writes on many connections, filling a tree, idle sessions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cmd/bench/process.h"

namespace vivarium::bench {

struct LoadOptions {
  std::vector<Address> servers;
  int connections = 32;
  int window = 16;  // requests in flight on each connection
  int reads_percent = 100;
  std::size_t value_size = 100;
  int keys = 1000;
  double seconds = 5;
  std::vector<pid_t> pids;  // servers whose processor time and memory are measured
};

struct LoadResult {
  double ops_per_second = 0;
  double p50_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  std::uint64_t errors = 0;
  double cpu_us_per_op = 0;  // 0 when no pids were given
  std::int64_t resident_bytes = 0;
};

/// Creates /bench and its keys, warms up for a third of the time (3 s at most), then measures.
LoadResult run_load(const LoadOptions& options);

struct FillResult {
  double creates_per_second = 0;
  std::int64_t resident_bytes = 0;
};
/// Creates /fill/dN/kM, `count` nodes with `fanout` a directory, pipelined on one connection.
FillResult fill(const Address& server, int count, std::size_t value_size, int fanout, const std::vector<pid_t>& pids);

/// Opens `count` sessions, lets them idle, and returns the growth of resident bytes a session.
double idle_session_bytes(const Address& server, int count, const std::vector<pid_t>& pids);

}  // namespace vivarium::bench
