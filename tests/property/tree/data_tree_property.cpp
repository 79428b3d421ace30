// The tree against its naive twin, after every operation; copies and loaded snapshots equal the original.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "tests/property/tree/naive_tree.h"
#include "tests/property/tree/operations.h"

namespace vivarium {
namespace {

ErrorCode apply(NaiveTree& tree, const Operation& op, std::int64_t zxid, bool raise) {
  const std::string acl = test_acls()[static_cast<std::size_t>(op.acl)];
  switch (op.kind) {
    case Kind::kCreate:
      return tree.create(op.path, op.data, acl, op.owner, op.version, zxid, zxid * 10, raise && op.version != -1);
    case Kind::kRemove:
      return tree.remove(op.path, zxid);
    case Kind::kSetData:
      return tree.set_data(op.path, op.data, op.version, zxid, zxid * 10);
    case Kind::kSetAcl:
      return tree.set_acl(op.path, acl, op.version);
  }
  return ErrorCode::kSystemError;
}

/// Whether the tree itself writes this node's data, of which the twin only knows that it exists.
bool is_shown_usage(const NaiveTree& twin, const std::string& path) {
  for (const std::string& quota : twin.quota_paths()) {
    if (path == "/zookeeper/quota" + quota + "/zookeeper_stats") return true;
  }
  return false;
}

void expect_same_node(const DataTree& tree, const NaiveTree& twin, const std::string& path) {
  const NaiveNode& expected = twin.nodes.at(path);
  const Znode* node = tree.find(path);
  RC_ASSERT(node != nullptr);
  RC_ASSERT(tree.stat_persisted(*node) == expected.stat);
  RC_ASSERT(tree.acl(*node) == expected.acl);
  std::vector<std::string> children;
  tree.for_each_child(*node, [&](std::string_view name) { children.emplace_back(name); });
  RC_ASSERT(children == twin.children(path));
  const Stat stat = tree.stat(*node);
  RC_ASSERT(stat.num_children == static_cast<std::int32_t>(children.size()));
  RC_ASSERT(stat.cversion == 2 * expected.stat.cversion - stat.num_children);
  RC_ASSERT(tree.count_descendants(path) == twin.usage(path).count - 1);
}

void expect_same_indexes(const DataTree& tree, const NaiveTree& twin) {
  std::set<std::pair<std::int64_t, std::string>> ephemerals, found;
  std::set<std::string> containers, found_containers, ttl_nodes, found_ttl_nodes;
  std::map<std::string, std::int64_t> references;
  for (const auto& [path, node] : twin.nodes) {
    const std::int64_t owner = node.stat.ephemeral_owner;
    if (owner_kind(owner, true) == OwnerKind::kEphemeral) ephemerals.emplace(owner, path);
    if (owner_kind(owner, true) == OwnerKind::kContainer) containers.insert(path);
    if (owner_kind(owner, true) == OwnerKind::kTtl) ttl_nodes.insert(path);
    if (node.acl != open_acl()) ++references[node.acl];
  }
  tree.ephemerals().for_each([&](SessionId id, const Ephemerals::Paths& paths) {
    for (const String& path : paths) found.emplace(id.value, view(path));
  });
  tree.for_each_container([&](std::string_view path) { found_containers.emplace(path); });
  tree.for_each_ttl_node([&](std::string_view path, std::int64_t ttl) {
    RC_ASSERT(ttl == 1000);
    found_ttl_nodes.emplace(path);
  });
  RC_ASSERT(found == ephemerals);
  RC_ASSERT(found_containers == containers);
  RC_ASSERT(found_ttl_nodes == ttl_nodes);
  RC_ASSERT(tree.ephemerals().size() == ephemerals.size());
  RC_ASSERT(tree.acls().size() == references.size());
  for (const auto& [path, node] : twin.nodes) {
    if (node.acl != open_acl()) RC_ASSERT(tree.acls().references(tree.find(path)->acl) == references[node.acl]);
  }
}

void expect_same(const DataTree& tree, NaiveTree& twin) {
  RC_ASSERT(tree.node_count() == twin.nodes.size());
  RC_ASSERT(tree.digest() == twin.digest());
  std::int64_t size = 0;
  for (auto& [path, node] : twin.nodes) {
    const Znode* found = tree.find(path);
    RC_ASSERT(found != nullptr);
    const MaybeBytes data = tree.data(*found);
    if (is_shown_usage(twin, path)) {
      node.data = std::string(data.value_or(""));
    } else {
      RC_ASSERT(data == bytes_of(node.data));
    }
    expect_same_node(tree, twin, path);
    size += static_cast<std::int64_t>(path.size() + data.value_or("").size());
  }
  RC_ASSERT(tree.approximate_data_size() == size);
  expect_same_indexes(tree, twin);
  std::set<std::string> quotas;
  tree.quotas().for_each([&](std::string_view path, const Quota& quota) {
    quotas.emplace(path);
    RC_ASSERT(quota.usage == twin.usage(std::string(path)));
    const Znode* stats = tree.find("/zookeeper/quota" + std::string(path) + "/zookeeper_stats");
    RC_ASSERT((stats == nullptr) == (quota.stats_node == kNoNode));
    if (stats != nullptr) RC_ASSERT(stats->data_or_empty() == view(format_quota_usage(quota.usage)));
  });
  RC_ASSERT(quotas == twin.quota_paths());
}

RC_GTEST_PROP(DataTreeProperty, agrees_with_its_naive_twin_after_every_operation, ()) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  const bool raise = *rc::gen::arbitrary<bool>();
  DataTree tree(kTestOptions);
  NaiveTree twin;
  std::int64_t zxid = 0;
  for (const Operation& op : operations) {
    ++zxid;
    RC_ASSERT(apply(tree, op, zxid, raise) == apply(twin, op, zxid, raise));
    expect_same(tree, twin);
  }
}

RC_GTEST_PROP(DataTreeProperty, copies_are_equal_and_independent, ()) {
  const auto before = *rc::gen::container<std::vector<Operation>>(any_operation());
  const auto after = *rc::gen::container<std::vector<Operation>>(any_operation());
  DataTree tree(kTestOptions);
  std::int64_t zxid = 0;
  for (const Operation& op : before) apply(tree, op, ++zxid, true);
  const StateHash state = state_of(tree);
  DataTree copy = tree;
  RC_ASSERT(state_of(copy) == state);
  DataTree third = tree;
  for (const Operation& op : after) {
    ++zxid;
    RC_ASSERT(apply(copy, op, zxid, true) == apply(third, op, zxid, true));
  }
  RC_ASSERT(state_of(copy) == state_of(third));
  RC_ASSERT(state_of(tree) == state);
}

}  // namespace
}  // namespace vivarium
