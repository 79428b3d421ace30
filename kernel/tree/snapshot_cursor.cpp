// Steps in pre-order; after a change of shape it finds its way back by names.
#include "kernel/tree/snapshot_cursor.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {

const Znode* SnapshotCursor::next(const NodeStore& nodes) {
  if (where_ == Where::kAtEnd) return nullptr;
  if (where_ == Where::kBeforeRoot) return enter_root(nodes);
  if (shape_version_ != nodes.shape_version()) return find_again(nodes);
  if (const Znode* child = enter(nodes, {})) return child;
  return leave(nodes);
}

const Znode* SnapshotCursor::enter_root(const NodeStore& nodes) {
  levels_.clear();
  shape_version_ = nodes.shape_version();
  if (nodes.empty()) {
    where_ = Where::kAtEnd;
    return nullptr;
  }
  where_ = Where::kOnNode;
  path_.clear();
  levels_.push_back(Level{NodeStore::kRoot, {}, 0});
  return &nodes[NodeStore::kRoot];
}

/// Steps down to the child at `place` of the last level; nullptr when there is none.
const Znode* SnapshotCursor::enter(const NodeStore& nodes, ChildLists::Place place) {
  KASSERT(!levels_.empty());
  const Level& parent = levels_.back();
  const NodeId child = nodes.children().at(nodes[parent.node].children, place);
  if (child == kNoNode) return nullptr;
  const std::string_view name = nodes[child].name();
  path_.resize(parent.path_size);
  path_.push_back('/');
  path_.append(name.data(), name.size());
  levels_.push_back(Level{child, place, path_.size()});
  return &nodes[child];
}

/// Steps to the next node that is not below the last level.
const Znode* SnapshotCursor::leave(const NodeStore& nodes) {
  KASSERT(!levels_.empty());
  while (levels_.size() > 1) {
    const ChildLists::Place left = levels_.back().place;
    levels_.pop_back();
    if (const Znode* sibling = enter(nodes, nodes.children().after(nodes[levels_.back().node].children, left))) {
      return sibling;
    }
  }
  levels_.clear();
  where_ = Where::kAtEnd;
  return nullptr;
}

/// The shape changed: walks down path_ by names as far as it still exists and steps on from there.
const Znode* SnapshotCursor::find_again(const NodeStore& nodes) {
  const String old_path = path_;
  if (enter_root(nodes) == nullptr) return nullptr;
  std::string_view left = view(old_path);
  while (!left.empty()) {
    KASSERT(left[0] == '/');
    left.remove_prefix(1);
    const std::string_view name = slice(left, 0, std::min(left.find('/'), left.size()));
    left.remove_prefix(name.size());
    const ListId siblings = nodes[levels_.back().node].children;
    const Znode* at = enter(nodes, nodes.children().lower_bound(nodes.slab(), siblings, name));
    if (at == nullptr) return leave(nodes);
    if (at->name() != name) return at;  // the node is gone; this is the first one behind it
  }
  if (const Znode* child = enter(nodes, {})) return child;
  return leave(nodes);
}

}  // namespace vivarium
