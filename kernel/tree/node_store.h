// The nodes of one tree: memory, the index by path and the sorted children, kept in step.
//
// Knows shape and order, not meaning: no stats, ACLs, digests or quotas. Paths here are snapshot paths (the root is
// ""). Must never: leave a node in one of the three structures and not in the others.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/tree/child_lists.h"
#include "kernel/tree/node_slab.h"
#include "kernel/tree/path_index.h"
#include "kernel/tree/znode.h"

namespace vivarium {

class NodeStore {
 public:
  static constexpr NodeId kRoot = 0;

  std::size_t size() const { return slab_.size(); }
  bool empty() const { return size() == 0; }
  /// Drops everything and prepares for about this many nodes.
  void clear(std::size_t expected_nodes);

  Znode& operator[](NodeId id) { return slab_[id]; }
  const Znode& operator[](NodeId id) const { return slab_[id]; }
  /// kNoNode when absent. "/" and "" both are the root.
  NodeId find(std::string_view path) const;

  NodeId insert_root(MaybeBytes data);
  /// `path` is the parent's path, a slash and a name that is not empty. No such node yet.
  NodeId insert(NodeId parent, std::string_view path, MaybeBytes data);
  /// The node has no children and is not the root.
  void erase(NodeId id);
  void replace_data(NodeId id, MaybeBytes data) { slab_.replace_data(id, data); }

  std::uint32_t child_count(const Znode& node) const { return children_.count(node.children); }
  NodeId first_child(NodeId id) const { return children_.at(slab_[id].children, {}); }
  /// Whether `name` sorts after all children of `parent`: then it is absent, and inserting it is cheap.
  bool is_past_last_child(NodeId parent, std::string_view name) const;
  /// Calls visit(name) for each child in byte order.
  template <class Visit>
  void for_each_child(const Znode& node, Visit&& visit) const {
    children_.for_each(node.children, [&](NodeId child) { visit(slab_[child].name()); });
  }
  /// Calls visit(id) for each child in byte order of the names.
  template <class Visit>
  void for_each_child_id(const Znode& node, Visit&& visit) const {
    children_.for_each(node.children, visit);
  }

  /// Snapshot path, rebuilt from the names.
  String path_of(NodeId id) const;
  /// Descendants, without the node itself.
  std::size_t count_descendants(NodeId id) const;
  /// Calls visit(id) for the node and its descendants, in no order that matters.
  template <class Visit>
  void for_each_in_subtree(NodeId top, Visit&& visit) const {
    Vector<NodeId> waiting(1, top);
    while (!waiting.empty()) {
      const NodeId id = waiting.back();
      waiting.pop_back();
      visit(id);
      children_.for_each(slab_[id].children, [&](NodeId child) { waiting.push_back(child); });
    }
  }

  const ChildLists& children() const { return children_; }
  const NodeSlab& slab() const { return slab_; }
  /// Changes with every insertion and removal: cursors compare it.
  std::uint64_t shape_version() const { return shape_version_; }

 private:
  NodeSlab slab_;
  PathIndex index_;
  ChildLists children_;
  std::uint64_t shape_version_ = 0;
};

}  // namespace vivarium
