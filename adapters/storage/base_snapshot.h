// Loading a snapshot file into a tree and a session table.
//
// Must never: give back a tree that its seals did not vouch for.
#pragma once

#include <optional>
#include <string>

#include "adapters/storage/snapshot_file.h"
#include "kernel/session/session_table.h"
#include "kernel/tree/data_tree.h"

namespace vivarium {

struct BaseSnapshot {
  DataTree tree;
  SessionTable sessions;
  /// Digest that the tree has after replaying exactly this zxid; absent when the snapshot does not say.
  struct ExpectedDigest {
    Zxid zxid;
    std::uint64_t tree_digest = 0;
  };
  std::optional<ExpectedDigest> digest;
};

/// The error says why the snapshot cannot be used.
Result<BaseSnapshot, std::string> load_base(FileSystem& fs, const NamedSnapshot& snapshot, const TreeOptions& options);

}  // namespace vivarium
