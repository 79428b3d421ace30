// A place in the walk over a tree that writes a snapshot: pre-order, children in byte order of their names.
//
// It survives any change of the tree between two steps: it remembers the path, and the places on the way to it for as
// long as the tree's shape stays. Use it with the tree it was first used with (or that tree's copy), in one life of it.
// Nodes created ahead of it are visited; SnapshotStream leaves them out.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/tree/node_store.h"

namespace vivarium {

class SnapshotCursor {
 public:
  /// Steps to the next node; nullptr at the end. The node is valid until the tree changes.
  const Znode* next(const NodeStore& nodes);
  /// Snapshot path of the node that next() returned; valid until the next step.
  std::string_view path() const { return view(path_); }

 private:
  enum class Where { kBeforeRoot, kOnNode, kAtEnd };
  struct Level {  // a node on the way from the root, as a child of the level above
    NodeId node = kNoNode;
    ChildLists::Place place;
    std::size_t path_size = 0;  // of the path up to and including it
  };

  const Znode* enter_root(const NodeStore& nodes);
  const Znode* enter(const NodeStore& nodes, ChildLists::Place place);
  const Znode* leave(const NodeStore& nodes);
  const Znode* find_again(const NodeStore& nodes);

  Where where_ = Where::kBeforeRoot;
  std::uint64_t shape_version_ = 0;
  String path_;
  SmallVector<Level, 8> levels_;  // from the root to the node
};

}  // namespace vivarium
