// Look-ups and the four mutations, with the stats, digest, owners and quota counts that follow from them.
#include "kernel/tree/data_tree.h"

#include <algorithm>
#include <optional>

#include "kernel/base/assert.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

std::int64_t size_of(MaybeBytes data) { return data ? static_cast<std::int64_t>(data->size()) : 0; }

std::int32_t wrapping_add(std::int32_t a, std::int32_t b) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(a) + static_cast<std::uint32_t>(b));
}

}  // namespace

DataTree::DataTree(TreeOptions options) : options_(options) { add_missing_system_nodes(); }

const Znode* DataTree::find(std::string_view path) const {
  const NodeId id = nodes_.find(path);
  return id == kNoNode ? nullptr : &nodes_[id];
}

StatPersisted DataTree::stat_persisted(const Znode& node) const {
  StatPersisted stat;
  stat.czxid = node.czxid;
  stat.mzxid = node.mzxid;
  stat.pzxid = node.pzxid;
  stat.ctime = node.ctime;
  stat.mtime = node.mtime;
  stat.version = node.version;
  stat.cversion = node.cversion;
  stat.aversion = node.aversion;
  stat.ephemeral_owner = node.ephemeral_owner;
  return stat;
}

Stat DataTree::stat(const Znode& node) const {
  const auto children = static_cast<std::int32_t>(child_count(node));
  Stat stat;
  stat.czxid = node.czxid;
  stat.mzxid = node.mzxid;
  stat.pzxid = node.pzxid;
  stat.ctime = node.ctime;
  stat.mtime = node.mtime;
  stat.version = node.version;
  // Stored: creations. Shown: changes; every child that is gone was one more.
  stat.cversion = wrapping_add(wrapping_add(node.cversion, node.cversion), -children);
  stat.aversion = node.aversion;
  stat.ephemeral_owner = kind(node) == OwnerKind::kEphemeral ? node.ephemeral_owner : 0;
  stat.data_length = std::max(node.data_length, 0);
  stat.num_children = children;
  return stat;
}

std::int32_t DataTree::count_descendants(std::string_view path) const {
  const NodeId id = nodes_.find(path);
  return id == kNoNode ? 0 : static_cast<std::int32_t>(nodes_.count_descendants(id));
}

// ---- mutations --------------------------------------------------------------------------------------------------

ErrorCode DataTree::create(std::string_view path, MaybeBytes data, AclBytes acl, std::int64_t ephemeral_owner,
                           std::int32_t parent_cversion, Zxid zxid, WallTime time, bool raise_parent_if_exists) {
  const std::optional<SplitPath> at = split_path(path);
  if (!at) return ErrorCode::kBadArguments;
  const NodeId parent = nodes_.find(at->parent);
  if (parent == kNoNode) return ErrorCode::kNoNode;
  const NodeId present = nodes_.is_past_last_child(parent, at->name) ? kNoNode : nodes_.find(path);
  if (present != kNoNode) {
    replace_acl(present, acl);
    // An ancient txn without the parent's cversion says nothing about it, and adding one again would be wrong.
    if (raise_parent_if_exists && parent_cversion != -1) raise_parent(parent, at->parent, parent_cversion, zxid);
    return ErrorCode::kNodeExists;
  }
  StatPersisted stat;
  stat.czxid = stat.mzxid = stat.pzxid = zxid;
  stat.ctime = stat.mtime = time;
  stat.ephemeral_owner = ephemeral_owner;
  const NodeId id = add_node(parent, path, data, acls_.acquire(acl), stat);
  if (parent_cversion == -1) parent_cversion = wrapping_add(nodes_[parent].cversion, 1);
  raise_parent(parent, at->parent, parent_cversion, zxid);
  account(path, 1, size_of(data));
  on_quota_node_changed(id, path);
  return ErrorCode::kOk;
}

ErrorCode DataTree::remove(std::string_view path, Zxid zxid) {
  const std::optional<SplitPath> at = split_path(path);
  if (!at || is_protected_from_delete(path)) return ErrorCode::kBadArguments;
  const NodeId parent = nodes_.find(at->parent);
  if (parent == kNoNode) return ErrorCode::kNoNode;
  if (zxid > nodes_[parent].pzxid) {
    nodes_[parent].pzxid = zxid;
    refresh_digest(parent, at->parent);
  }
  const NodeId id = nodes_.find(path);
  if (id == kNoNode) return ErrorCode::kNoNode;
  if (nodes_[id].children != kNoList) erase_descendants(id);
  erase_node(id, path);
  return ErrorCode::kOk;
}

ErrorCode DataTree::set_data(std::string_view path, MaybeBytes data, std::int32_t version, Zxid zxid, WallTime time) {
  const NodeId id = nodes_.find(path);
  if (id == kNoNode) return ErrorCode::kNoNode;
  Znode& node = nodes_[id];
  node.version = version;
  node.mzxid = zxid;
  node.mtime = time;
  const std::int64_t growth = replace_data(id, data);
  refresh_digest(id, path);
  if (growth != 0) account(path, 0, growth);
  on_quota_node_changed(id, path);
  return ErrorCode::kOk;
}

ErrorCode DataTree::set_acl(std::string_view path, AclBytes acl, std::int32_t aversion) {
  const NodeId id = nodes_.find(path);
  if (id == kNoNode) return ErrorCode::kNoNode;
  replace_acl(id, acl);
  nodes_[id].aversion = aversion;
  refresh_digest(id, path);
  return ErrorCode::kOk;
}

void DataTree::advance(Zxid zxid) { last_processed_ = std::max(last_processed_, zxid); }

// ---- what mutations are made of -----------------------------------------------------------------------------------

/// Takes over one reference to `acl`. Quotas are the caller's.
NodeId DataTree::add_node(NodeId parent, std::string_view path, MaybeBytes data, AclSlot acl,
                          const StatPersisted& stat) {
  const NodeId id = parent == kNoNode ? nodes_.insert_root(data) : nodes_.insert(parent, path, data);
  Znode& node = nodes_[id];
  node.acl = acl;
  node.czxid = stat.czxid;
  node.mzxid = stat.mzxid;
  node.pzxid = stat.pzxid;
  node.ctime = stat.ctime;
  node.mtime = stat.mtime;
  node.version = stat.version;
  node.cversion = stat.cversion;
  node.aversion = stat.aversion;
  node.ephemeral_owner = stat.ephemeral_owner;
  if (options_.digest && counts_in_digest(path)) {
    node.digest = node_digest(path, data, stat);
    digest_ += node.digest;
  }
  // The root belongs to nobody, whatever a snapshot says: it could not be removed with its owner.
  if (stat.ephemeral_owner != 0 && parent != kNoNode) index_owner(path, stat.ephemeral_owner);
  approximate_data_size_ += static_cast<std::int64_t>(path.size()) + size_of(data);
  return id;
}

/// The node has no children and is not the root.
void DataTree::erase_node(NodeId id, std::string_view path) {
  const Znode& node = nodes_[id];
  const std::int64_t data_size = size_of(node.data());
  digest_ -= node.digest;
  if (node.ephemeral_owner != 0) unindex_owner(path, node.ephemeral_owner);
  approximate_data_size_ -= static_cast<std::int64_t>(path.size()) + data_size;
  acls_.release(node.acl);
  on_quota_node_removed(path);
  account(path, -1, -data_size);
  nodes_.erase(id);
}

void DataTree::erase_descendants(NodeId id) {
  Vector<NodeId> below;  // parents before children
  nodes_.for_each_in_subtree(id, [&](NodeId node) { below.push_back(node); });
  KASSERT(below.front() == id);
  while (below.size() > 1) {
    const String path = nodes_.path_of(below.back());
    erase_node(below.back(), view(path));
    below.pop_back();
  }
}

/// Never moves cversion or pzxid backwards: a replay meets parents that are ahead of it.
void DataTree::raise_parent(NodeId parent, std::string_view parent_path, std::int32_t cversion, Zxid zxid) {
  Znode& node = nodes_[parent];
  if (cversion <= node.cversion) return;
  node.cversion = cversion;
  node.pzxid = std::max(node.pzxid, zxid);
  refresh_digest(parent, parent_path);
}

void DataTree::replace_acl(NodeId id, AclBytes acl) {
  const AclSlot before = nodes_[id].acl;
  nodes_[id].acl = acls_.acquire(acl);
  acls_.release(before);
}

/// Returns by how many bytes the data grew.
std::int64_t DataTree::replace_data(NodeId id, MaybeBytes data) {
  const std::int64_t growth = size_of(data) - size_of(nodes_[id].data());
  nodes_.replace_data(id, data);
  approximate_data_size_ += growth;
  return growth;
}

void DataTree::refresh_digest(NodeId id, std::string_view path) {
  if (!options_.digest || !counts_in_digest(path)) return;
  Znode& node = nodes_[id];
  digest_ -= node.digest;
  node.digest = node_digest(path, node.data(), stat_persisted(node));
  digest_ += node.digest;
}

void DataTree::index_owner(std::string_view path, std::int64_t ephemeral_owner) {
  switch (kind_of_owner(ephemeral_owner)) {
    case OwnerKind::kPersistent:
      return;
    case OwnerKind::kEphemeral:
      return ephemerals_.add(SessionId{ephemeral_owner}, path);
    case OwnerKind::kContainer:
      containers_.insert(to_string(path));
      return;
    case OwnerKind::kTtl:
      ttl_nodes_.emplace(to_string(path), ttl_of_owner(ephemeral_owner));
      return;
  }
  KUNREACHABLE();
}

void DataTree::unindex_owner(std::string_view path, std::int64_t ephemeral_owner) {
  switch (kind_of_owner(ephemeral_owner)) {
    case OwnerKind::kPersistent:
      return;
    case OwnerKind::kEphemeral:
      return ephemerals_.remove(SessionId{ephemeral_owner}, path);
    case OwnerKind::kContainer:
      containers_.erase(containers_.find(path));
      return;
    case OwnerKind::kTtl:
      ttl_nodes_.erase(ttl_nodes_.find(path));
      return;
  }
  KUNREACHABLE();
}

}  // namespace vivarium
