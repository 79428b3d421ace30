// Loading a snapshot file into a tree and a session table.
//
// Must never: give back a tree that its seals did not vouch for.
#pragma once

#include <optional>
#include <string>

#include "adapters/storage/snapshot_file.h"
#include "kernel/request/tree_loader.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {

struct BaseSnapshot {
  DataTree tree;
  SessionTable sessions;
  std::optional<ExpectedDigest> digest;  // absent when the snapshot does not say
  WallTime newest_time;                  // of any node's mtime
};

/// The error says why the snapshot cannot be used.
Result<BaseSnapshot, std::string> load_base(FileSystem& fs, const NamedSnapshot& snapshot, const TreeOptions& options);

}  // namespace vivarium
