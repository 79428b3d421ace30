// The part of DataTree that comes to be all at once: the fresh tree, loading a snapshot, and the hash of the whole
// state.
#include <optional>

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"
#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

/// [world:anyone with no permissions]: an empty list would admit everybody.
void encode_acl_that_admits_nobody(Vector<char>& out) {
  ByteWriter writer(out);
  writer.i32(1);
  writer.i32(0);
  writer.ustring("world");
  writer.ustring("anyone");
}

void add(StateHash& hash, const StatPersisted& stat) {
  for (const std::int64_t v :
       {stat.czxid.value, stat.mzxid.value, stat.pzxid.value, stat.ctime.millis, stat.mtime.millis,
        std::int64_t{stat.version}, std::int64_t{stat.cversion}, std::int64_t{stat.aversion}, stat.ephemeral_owner}) {
    hash.add(static_cast<std::uint64_t>(v));
  }
}

}  // namespace

void DataTree::add_missing_system_nodes() {
  constexpr std::string_view kEmptyData = "";
  if (nodes_.empty()) add_node(kNoNode, "", kEmptyData, kOpenAclSlot, {});
  for (const std::string_view path : {kSystemRoot, kQuotaRoot, kConfigNode}) {
    if (nodes_.find(path) != kNoNode) continue;
    StatPersisted stat;
    AclSlot acl = kOpenAclSlot;
    if (path == kConfigNode) {
      acl = acls_.acquire(read_only_acl());
      stat.aversion = -1;
    }
    add_node(nodes_.find(parent_path(path)), path, kEmptyData, acl, stat);
  }
}

void DataTree::begin_load(std::size_t expected_nodes) {
  nodes_.clear(expected_nodes);
  acls_ = {};
  ephemerals_ = {};
  quotas_ = {};
  containers_.clear();
  ttl_nodes_.clear();
  approximate_data_size_ = 0;
  digest_ = 0;
  last_processed_ = {};
  loaded_without_acl_ = 0;
}

void DataTree::load_acl(std::int64_t id, AclBytes acl) { acls_.load(id, acl); }

bool DataTree::load_node(std::string_view path, MaybeBytes data, std::int64_t acl_id, const StatPersisted& stat) {
  NodeId parent = kNoNode;
  if (path.empty()) {
    if (!nodes_.empty()) return false;
  } else {
    const std::optional<SplitPath> at = split_path(path);
    if (!at) return false;
    parent = nodes_.find(at->parent);
    if (parent == kNoNode) return false;
    // A snapshot in order brings each name behind its siblings: then there is nothing to look up.
    if (!nodes_.is_past_last_child(parent, at->name) && nodes_.find(path) != kNoNode) return false;
  }
  std::optional<AclSlot> acl = acls_.slot_of_loaded(acl_id);
  if (acl) {
    acls_.add_reference(*acl);
  } else {
    Vector<char> nobody;
    encode_acl_that_admits_nobody(nobody);
    acl = acls_.acquire(view(nobody));
    ++loaded_without_acl_;
  }
  add_node(parent, path, data, *acl, stat);
  return true;
}

void DataTree::end_load() {
  acls_.end_load();
  add_missing_system_nodes();
  load_quotas();
}

void DataTree::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(last_processed_.value));
  hash.add(digest_);
  hash.add(nodes_.size());
  hash.add(ephemerals_.size());
  hash.add(containers_.size());
  hash.add(ttl_nodes_.size());
  SnapshotCursor cursor;
  while (const Znode* node = snapshot_next(cursor)) {
    hash.add(cursor.path());
    hash.add(acl(*node));
    add(hash, stat_persisted(*node));
    // What a stats node shows outlives its quota; only the counts of quotas in force are state.
    if (is_at_or_below(cursor.path(), kQuotaRoot) && node->name() == kQuotaStatsName) continue;
    hash.add(static_cast<std::uint64_t>(node->data_length));
    hash.add(node->data_or_empty());
  }
  quotas_.for_each([&](std::string_view path, const Quota& quota) {
    hash.add(path);
    hash.add(static_cast<std::uint64_t>(quota.usage.count));
    hash.add(static_cast<std::uint64_t>(quota.usage.bytes));
  });
}

}  // namespace vivarium
