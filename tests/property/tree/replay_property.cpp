// Snapshots and replays: a fuzzy snapshot plus the transactions since it began is the straight run (D2).
//
// The run is legal: only what a leader would have committed (no delete of a node with children, absolute versions).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <utility>
#include <vector>

#include "tests/property/tree/operations.h"

namespace vivarium {
namespace {

/// Turns a wish into the transaction that a leader would make of it; false when it would refuse.
bool legalise(const DataTree& tree, Operation& op) {
  const Znode* node = tree.find(op.path);
  const std::size_t slash = op.path.rfind('/');
  const Znode* parent = tree.find(op.path.substr(0, slash));
  switch (op.kind) {
    case Kind::kCreate:
      if (node != nullptr || parent == nullptr || tree.kind(*parent) == OwnerKind::kEphemeral) return false;
      op.version = parent->cversion + 1;
      return true;
    case Kind::kRemove:
      return node != nullptr && tree.child_count(*node) == 0 && !is_protected_from_delete(op.path);
    case Kind::kSetData:
      if (node == nullptr) return false;
      op.version = node->version + 1;
      return true;
    case Kind::kSetAcl:
      if (node == nullptr) return false;
      op.version = node->aversion + 1;
      return true;
  }
  return false;
}

/// A snapshot in the making: what the writer has taken down so far.
struct Recording {
  struct Node {
    std::string path;
    std::optional<std::string> data;
    std::int64_t acl_id;
    StatPersisted stat;
  };
  std::vector<std::pair<std::int64_t, std::string>> acls;
  std::vector<Node> nodes;
  SnapshotCursor cursor;

  explicit Recording(const DataTree& tree) {
    tree.acls().for_each([&](std::int64_t id, AclBytes acl) { acls.emplace_back(id, acl); });
  }
  bool step(const DataTree& tree) {
    const Znode* node = tree.snapshot_next(cursor);
    if (node == nullptr) return false;
    const MaybeBytes data = tree.data(*node);
    nodes.push_back({std::string(cursor.path()), data ? std::optional<std::string>(*data) : std::nullopt,
                     tree.acl_id(*node), tree.stat_persisted(*node)});
    return true;
  }
  DataTree load() const {
    DataTree tree(kTestOptions);
    tree.begin_load(nodes.size());
    for (const auto& [id, acl] : acls) tree.load_acl(id, acl);
    for (const Node& node : nodes) RC_ASSERT(tree.load_node(node.path, bytes_of(node.data), node.acl_id, node.stat));
    tree.end_load();
    return tree;
  }
};

RC_GTEST_PROP(ReplayProperty, a_fuzzy_snapshot_and_the_replay_are_the_straight_run, ()) {
  const auto wishes = *rc::gen::container<std::vector<Operation>>(any_operation());
  const auto start = *rc::gen::inRange<std::size_t>(0, wishes.size() + 1);
  const auto steps = *rc::gen::container<std::vector<int>>(wishes.size() + 1, rc::gen::inRange(0, 4));
  DataTree tree(kTestOptions);
  std::vector<std::pair<std::int64_t, Operation>> log;
  std::optional<Recording> snapshot;
  std::int64_t zxid = 0, snapshot_zxid = 0;
  for (std::size_t i = 0; i <= wishes.size(); ++i) {
    if (i == start) {
      snapshot.emplace(tree);
      snapshot_zxid = zxid;
    }
    for (int step = 0; snapshot && step < steps[i]; ++step) snapshot->step(tree);
    if (i == wishes.size()) break;
    Operation op = wishes[i];
    ++zxid;
    if (!legalise(tree, op)) continue;
    RC_ASSERT(apply(tree, op, zxid, true) == ErrorCode::kOk);
    log.emplace_back(zxid, op);
  }
  while (snapshot->step(tree)) {
  }
  DataTree recovered = snapshot->load();
  for (const auto& [at, op] : log) {
    if (at > snapshot_zxid) apply(recovered, op, at, true);
  }
  RC_ASSERT(state_of(recovered) == state_of(tree));
  RC_ASSERT(recovered.digest() == tree.digest());
  RC_ASSERT(recovered.acls().size() == tree.acls().size());
}

RC_GTEST_PROP(ReplayProperty, replaying_any_suffix_again_changes_nothing, ()) {
  const auto wishes = *rc::gen::container<std::vector<Operation>>(any_operation());
  DataTree tree(kTestOptions);
  std::vector<std::pair<std::int64_t, Operation>> log;
  std::int64_t zxid = 0;
  for (Operation op : wishes) {
    ++zxid;
    if (!legalise(tree, op)) continue;
    apply(tree, op, zxid, true);
    log.emplace_back(zxid, op);
  }
  const StateHash state = state_of(tree);
  const auto from = *rc::gen::inRange<std::size_t>(0, log.size() + 1);
  for (std::size_t i = from; i < log.size(); ++i) apply(tree, log[i].second, log[i].first, true);
  RC_ASSERT(state_of(tree) == state);
}

RC_GTEST_PROP(ReplayProperty, a_snapshot_of_a_still_tree_is_that_tree, ()) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  DataTree tree(kTestOptions);
  std::int64_t zxid = 0;
  for (const Operation& op : operations) apply(tree, op, ++zxid, true);
  Recording snapshot(tree);
  while (snapshot.step(tree)) {
  }
  const DataTree loaded = snapshot.load();
  RC_ASSERT(state_of(loaded) == state_of(tree));
  RC_ASSERT(loaded.approximate_data_size() == tree.approximate_data_size());
}

RC_GTEST_PROP(ReplayProperty, a_cursor_that_lost_its_place_goes_on_as_one_that_did_not, ()) {
  const auto operations = *rc::gen::container<std::vector<Operation>>(any_operation());
  DataTree tree(kTestOptions);
  std::int64_t zxid = 0;
  for (const Operation& op : operations) apply(tree, op, ++zxid, true);
  SnapshotCursor steady;
  while (tree.snapshot_next(steady) != nullptr) {
    SnapshotCursor resumed = SnapshotCursor::after(steady.path()), undisturbed = steady;
    const Znode* expected = tree.snapshot_next(undisturbed);
    RC_ASSERT(tree.snapshot_next(resumed) == expected);
    if (expected != nullptr) RC_ASSERT(resumed.path() == undisturbed.path());
  }
}

}  // namespace
}  // namespace vivarium
