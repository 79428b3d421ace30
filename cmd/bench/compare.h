// The ratio table: the same loads against vivarium-server and Apache ZooKeeper in one run, since machines are noisy.
#pragma once

#include <string>

namespace vivarium::bench {

struct CompareOptions {
  std::string binary_directory;  // where vivarium-server is
  double seconds = 5;            // a load
  int nodes = 1'000'000;         // for fill, memory, restart and the snapshot under load
  int idle_sessions = 10'000;
};

/// Prints the table in Markdown. Returns 0, or 1 when Apache is not installed (then only our column is printed).
int compare(const CompareOptions& options);

}  // namespace vivarium::bench
