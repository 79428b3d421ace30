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
#include "kernel/tree/ephemerals.h"
#include "kernel/tree/node_store.h"
#include "kernel/tree/quota.h"
#include "kernel/wire/client_protocol.h"
#include "kernel/wire/error_code.h"
#include "kernel/wire/snapshot_format.h"

namespace vivarium {

/// ephemeralOwner as stored decides what a node is (EphemeralType; protocol.md 3.1, features.md section 2).
enum class OwnerKind { kPersistent, kEphemeral, kContainer, kTtl };
inline constexpr std::int64_t kContainerOwner = INT64_MIN;
std::int64_t ttl_owner(std::int64_t ttl_ms);
/// Without `extended_types` a TTL owner is an ordinary (unknown) session, as in Apache.
OwnerKind owner_kind(std::int64_t ephemeral_owner, bool extended_types);
std::int64_t ttl_of_owner(std::int64_t ephemeral_owner);

struct TreeOptions {
  bool extended_types = false;  // extendedTypesEnabled
  bool digest = true;           // digest.enabled: keep the incremental tree digest
};

class DataTree {
 public:
  /// A fresh tree: "", /zookeeper, /zookeeper/quota and /zookeeper/config (world:anyone:r, aversion -1).
  explicit DataTree(TreeOptions options = {});

  // ---- look-up: paths are client paths ("/" is the root) -------------------------------------------------------
  /// nullptr when there is no such node. Valid until the next mutation.
  const Znode* find(std::string_view path) const;
  bool contains(std::string_view path) const { return find(path) != nullptr; }
  Stat stat(const Znode& node) const;
  StatPersisted stat_persisted(const Znode& node) const;
  MaybeBytes data(const Znode& node) const;
  /// Encoded ACL; open_acl() for nodes that never got another.
  AclBytes acl(const Znode& node) const;
  std::uint32_t child_count(const Znode& node) const;
  /// Calls visit(name) for each child in byte order of the names.
  template <class Visit>
  void for_each_child(const Znode& node, Visit&& visit) const {
    nodes_.for_each_child(node, visit);
  }
  /// Descendants without the node itself (getAllChildrenNumber).
  std::int32_t count_descendants(std::string_view path) const;

  // ---- mutation: what a txn does. Errors are legal during replay and leave the tree as documented -----------------
  /// NONODE: parent missing. NODEEXISTS: the node's ACL is replaced first, and when `raise_parent_if_exists` the
  /// parent's cversion and pzxid are raised too (type 1 on replay). `parent_cversion` -1 means stored + 1.
  ErrorCode create(std::string_view path, MaybeBytes data, AclBytes acl, std::int64_t ephemeral_owner,
                   std::int32_t parent_cversion, Zxid zxid, WallTime time, bool raise_parent_if_exists = false);
  /// The parent's pzxid is raised even when the node is already gone (then NONODE).
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
    for (const String& path : ttl_nodes_) visit(view(path));
  }

  // ---- totals ----------------------------------------------------------------------------------------------------
  /// Nodes including "" and /zookeeper, as srvr prints (5 on Apache's fresh server counts its own extras).
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
  /// First node at or after `path` in snapshot order (pre-order, children by byte order of names), as its path and
  /// node; nullptr at the end. `path` is a snapshot path ("" is the root) and need not exist any more.
  struct Position {
    const Znode* node = nullptr;
    String path;
  };
  Position snapshot_first() const;
  /// The node after `path` in snapshot order. Cost: depth * log(children), whatever happened to the tree since.
  Position snapshot_after(std::string_view path) const;

  /// Empties the tree completely (not even a root), to be loaded by add_loaded_*.
  void begin_load();
  void load_acl(std::int64_t id, AclBytes acl);
  /// False: parent missing, node present, or unknown acl id. `path` is a snapshot path.
  bool load_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat);
  /// Rebuilds what snapshots do not hold (quota counts), drops unreferenced ACLs, adds system nodes when missing.
  void end_load();

  /// Everything that matters, for comparing replicas and exploring states. O(nodes).
  void hash_into(StateHash& hash) const;

 private:
  TreeOptions options_;
  NodeStore nodes_;
  AclTable acls_;
  Ephemerals ephemerals_;
  QuotaTable quotas_;
  Set<String, BytesLess> containers_;
  Set<String, BytesLess> ttl_nodes_;
  std::int64_t approximate_data_size_ = 0;
  std::uint64_t digest_ = 0;
  Zxid last_processed_;
};

/// CRC-32 over path, data and stat in DigestCalculator's order. `path` is "" for the root.
std::uint32_t node_digest(std::string_view path, MaybeBytes data, const StatPersisted& stat);
/// Whether a node counts in the tree digest: its path does not begin with "/zookeeper/".
bool counts_in_digest(std::string_view path);

}  // namespace vivarium
