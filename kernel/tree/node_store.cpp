// Keeps memory, path index and children in step.
#include "kernel/tree/node_store.h"

#include <cstring>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {

void NodeStore::clear(std::size_t expected_nodes) {
  slab_ = NodeSlab();
  index_ = PathIndex();
  children_ = ChildLists();
  if (expected_nodes != 0) index_.reserve(expected_nodes);
  ++shape_version_;
}

NodeId NodeStore::find(std::string_view path) const {
  if (path.size() <= 1 && (path.empty() || path[0] == '/')) return empty() ? kNoNode : kRoot;
  return index_.find(slab_, path);
}

NodeId NodeStore::insert_root(MaybeBytes data) {
  KASSERT(empty());
  const NodeId root = slab_.allocate({}, data);
  KASSERT(root == kRoot);
  ++shape_version_;
  return root;
}

NodeId NodeStore::insert(NodeId parent, std::string_view path, MaybeBytes data) {
  const std::size_t slash = path.rfind('/');
  KASSERT(slash != std::string_view::npos);
  KASSERT(slash + 1 < path.size());
  const std::uint32_t hash = path_hash(path);
  index_.prefetch(hash);
  const NodeId id = slab_.allocate(slice(path, slash + 1), data);
  Znode& node = slab_[id];
  node.parent = parent;
  node.hash = hash & Znode::kHashMask;
  index_.insert(slab_, id);
  slab_[parent].children = children_.insert(slab_, slab_[parent].children, id);
  ++shape_version_;
  return id;
}

void NodeStore::erase(NodeId id) {
  KASSERT(id != kRoot);
  KASSERT(slab_[id].children == kNoList);
  Znode& parent = slab_[slab_[id].parent];
  parent.children = children_.erase(slab_, parent.children, id);
  index_.erase(slab_, id);
  slab_.release(id);
  ++shape_version_;
}

bool NodeStore::is_past_last_child(NodeId parent, std::string_view name) const {
  return children_.is_past_end(slab_, slab_[parent].children, name);
}

String NodeStore::path_of(NodeId id) const {
  std::size_t size = 0;
  for (NodeId at = id; at != kRoot; at = slab_[at].parent) size += 1 + slab_[at].name().size();
  String path(size, '/');
  for (NodeId at = id; at != kRoot; at = slab_[at].parent) {
    const std::string_view name = slab_[at].name();
    size -= name.size();
    std::memcpy(path.data() + size, name.data(), name.size());
    --size;
  }
  KASSERT(size == 0);
  return path;
}

std::size_t NodeStore::count_descendants(NodeId id) const {
  if (id == kRoot) return size() - 1;
  std::size_t count = 0;
  Vector<NodeId> waiting(1, id);
  while (!waiting.empty()) {
    const Znode& node = slab_[waiting.back()];
    waiting.pop_back();
    count += child_count(node);
    children_.for_each(node.children, [&](NodeId child) {
      if (slab_[child].children != kNoList) waiting.push_back(child);
    });
  }
  return count;
}

}  // namespace vivarium
