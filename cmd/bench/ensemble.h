// The ratio table of ensembles: three members of a kind on this machine, Vivarium's and Apache's in one run.
#pragma once

#include "cmd/bench/compare.h"

namespace vivarium::bench {

struct EnsembleOptions {
  CompareOptions common;
  int kills = 20;  // of the leader
};

/// Prints the table in Markdown, row by row. Returns 0, or 1 when Apache is not installed (then only our column is
/// printed).
int compare_ensembles(const EnsembleOptions& options);

}  // namespace vivarium::bench
