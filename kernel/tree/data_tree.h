// The replicated state machine: znodes, their ACLs, and the indexes over them (ZooKeeper's DataTree).
//
// A value: copyable, equal state gives equal bytes in snapshots and equal digests. Every mutation is idempotent,
// because recovery replays transactions over fuzzy snapshots (protocol.md 3.1). It knows nothing of requests,
// sessions' liveness or watches; the caller turns changes into replies and events.
// Must never: order anything by hash or address; read time; check permissions.
// Invariants: D1, D2, D3, D5 of docs/INVARIANTS (correctness.md 1.2).
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/tree/acl_table.h"
#include "kernel/tree/digest.h"
#include "kernel/tree/ephemerals.h"
#include "kernel/tree/node_store.h"
#include "kernel/tree/owner.h"
#include "kernel/tree/quota.h"
#include "kernel/tree/snapshot_cursor.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

struct TreeOptions {
  bool extended_types = false;  // extendedTypesEnabled
  bool digest = true;           // digest.enabled: keep the incremental tree digest
  bool emulate_353 = false;     // emulate353TTLNodes, where extended types are enabled
};

class DataTree {
 public:
  /// A fresh tree: "", /zookeeper, /zookeeper/quota and /zookeeper/config (world:anyone:r, aversion -1).
  explicit DataTree(TreeOptions options = {});

  // ---- look-up: paths are client paths ("/" is the root) -------------------------------------------------------
  /// nullptr when there is no such node. Valid until the next mutation. "" is the root too.
  const Znode* find(std::string_view path) const;
  bool contains(std::string_view path) const { return find(path) != nullptr; }
  Stat stat(const Znode& node) const;
  StatPersisted stat_persisted(const Znode& node) const;
  MaybeBytes data(const Znode& node) const { return node.data(); }
  /// Encoded ACL; open_acl() for nodes that never got another.
  AclBytes acl(const Znode& node) const { return acls_.bytes(node.acl); }
  /// The ACL's id in a snapshot.
  std::int64_t acl_id(const Znode& node) const { return acls_.id(node.acl); }
  OwnerKind kind(const Znode& node) const { return kind_of_owner(node.ephemeral_owner); }
  OwnerKind kind_of_owner(std::int64_t ephemeral_owner) const {
    return owner_kind(ephemeral_owner, options_.extended_types, options_.emulate_353);
  }
  std::uint32_t child_count(const Znode& node) const { return nodes_.child_count(node); }
  /// Calls visit(name) for each child in byte order of the names.
  template <class Visit>
  void for_each_child(const Znode& node, Visit&& visit) const {
    nodes_.for_each_child(node, visit);
  }
  /// Descendants without the node itself (getAllChildrenNumber); 0 when there is no such node.
  std::int32_t count_descendants(std::string_view path) const;

  // ---- mutation: what a txn does. Errors are legal during replay and leave the tree as documented -----------------
  /// NONODE: parent missing. NODEEXISTS: the node's ACL is replaced first, and when `raise_parent_if_exists` the
  /// parent's cversion and pzxid are raised too (replay over a fuzzy snapshot). `parent_cversion` -1 means stored + 1.
  /// BADARGUMENTS: no name after the last slash.
  ErrorCode create(std::string_view path, MaybeBytes data, AclBytes acl, std::int64_t ephemeral_owner,
                   std::int32_t parent_cversion, Zxid zxid, WallTime time, bool raise_parent_if_exists = false);
  /// The parent's pzxid is raised even when the node is already gone (then NONODE). Children, which only a replay over
  /// a fuzzy snapshot can meet, go too: they were created later and the replay creates them again. BADARGUMENTS: a node
  /// that every tree has (is_protected_from_delete).
  ErrorCode remove(std::string_view path, Zxid zxid);
  ErrorCode set_data(std::string_view path, MaybeBytes data, std::int32_t version, Zxid zxid, WallTime time);
  ErrorCode set_acl(std::string_view path, AclBytes acl, std::int32_t aversion);

  // ---- indexes ---------------------------------------------------------------------------------------------------
  const Ephemerals& ephemerals() const { return ephemerals_; }
  const QuotaTable& quotas() const { return quotas_; }
  const AclTable& acls() const { return acls_; }
  /// Calls visit(path) for each container node in path order; visit(path, ttl_ms) for each TTL node.
  template <class Visit>
  void for_each_container(Visit&& visit) const {
    for (const String& path : containers_) visit(view(path));
  }
  template <class Visit>
  void for_each_ttl_node(Visit&& visit) const {
    for (const auto& [path, ttl_ms] : ttl_nodes_) visit(view(path), ttl_ms);
  }
  std::size_t container_count() const { return containers_.size(); }
  std::size_t ttl_node_count() const { return ttl_nodes_.size(); }

  // ---- totals ----------------------------------------------------------------------------------------------------
  /// Nodes including the root: 4 in a fresh tree. Apache prints one more, because it counts "" and "/".
  std::size_t node_count() const { return nodes_.size(); }
  /// Sum of path and data lengths (approximate_data_size).
  std::int64_t approximate_data_size() const { return approximate_data_size_; }
  /// Incremental tree digest, DigestCalculator version 2; 0 when switched off.
  std::uint64_t digest() const { return digest_; }
  Zxid last_processed_zxid() const { return last_processed_; }
  /// last = max(last, zxid).
  void advance(Zxid zxid);
  const TreeOptions& options() const { return options_; }

  // ---- snapshots -------------------------------------------------------------------------------------------------
  /// The next node in snapshot order; its path is cursor.path(). nullptr at the end. Cheap while the tree's shape
  /// stays; after any change it costs depth * log(children) once.
  const Znode* snapshot_next(SnapshotCursor& cursor) const { return cursor.next(nodes_); }

  /// Empties the tree completely (not even a root), to be loaded by load_*. The number of nodes is a hint.
  void begin_load(std::size_t expected_nodes = 0);
  void load_acl(std::int64_t id, AclBytes acl);
  /// False: parent missing, or the node is there already. `path` is a snapshot path. An ACL id that the map lacks (a
  /// fuzzy snapshot: the replay brings the ACL) gives the node an ACL that admits nobody.
  bool load_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat);
  /// Rebuilds what snapshots do not hold (quota counts), drops unreferenced ACLs, adds system nodes when missing.
  void end_load();
  /// Nodes loaded with an ACL id that the snapshot's map lacked.
  std::size_t nodes_loaded_without_acl() const { return loaded_without_acl_; }

  /// Everything that matters, for comparing replicas and exploring states. O(nodes).
  void hash_into(StateHash& hash) const;

 private:
  NodeId add_node(NodeId parent, std::string_view path, MaybeBytes data, AclSlot acl, const StatPersisted& stat);
  void add_missing_system_nodes();
  void erase_node(NodeId id, std::string_view path);
  void erase_descendants(NodeId id);
  void raise_parent(NodeId parent, std::string_view parent_path, std::int32_t cversion, Zxid zxid);
  void replace_acl(NodeId id, AclBytes acl);
  std::int64_t replace_data(NodeId id, MaybeBytes data);
  void refresh_digest(NodeId id, std::string_view path);
  void index_owner(std::string_view path, std::int64_t ephemeral_owner);
  void unindex_owner(std::string_view path, std::int64_t ephemeral_owner);

  void account(std::string_view path, std::int64_t count_delta, std::int64_t bytes_delta);
  void show_usage(const Quota& quota);
  QuotaUsage measure(std::string_view path) const;
  void on_quota_node_changed(NodeId id, std::string_view path);
  void on_quota_node_removed(std::string_view path);
  void load_quotas();

  TreeOptions options_;
  NodeStore nodes_;
  AclTable acls_;
  Ephemerals ephemerals_;
  QuotaTable quotas_;
  Set<String, BytesLess> containers_;
  Map<String, std::int64_t, BytesLess> ttl_nodes_;
  std::int64_t approximate_data_size_ = 0;
  std::uint64_t digest_ = 0;
  Zxid last_processed_;
  std::size_t loaded_without_acl_ = 0;
};

}  // namespace vivarium
