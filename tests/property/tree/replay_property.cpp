// Snapshots and replays: a fuzzy snapshot plus the transactions since it began is the straight run (D2).
//
// The run is legal: only what a leader would have committed (no delete of a node with children, absolute versions).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
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
  Zxid newest_taken{INT64_MAX};  // SnapshotStream takes down no node that is newer than the snapshot's name

  explicit Recording(const DataTree& tree) {
    tree.acls().for_each([&](std::int64_t id, AclBytes acl) { acls.emplace_back(id, acl); });
  }
  bool step(const DataTree& tree) {
    const Znode* node = tree.snapshot_next(cursor);
    if (node == nullptr) return false;
    if (node->czxid > newest_taken) return true;
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
  DataTree load_what_has_a_parent() const {
    DataTree tree(kTestOptions);
    tree.begin_load();
    for (const auto& [id, acl] : acls) tree.load_acl(id, acl);
    for (const Node& node : nodes) tree.load_node(node.path, bytes_of(node.data), node.acl_id, node.stat);
    tree.end_load();
    return tree;
  }
};

/// What `wishes` do to a tree, with a snapshot taken while they do it, a few nodes between two transactions.
struct Run {
  DataTree tree{kTestOptions};
  std::vector<std::pair<std::int64_t, Operation>> log;
  std::optional<Recording> snapshot;
  std::int64_t snapshot_zxid = 0;

  explicit Run(bool leave_out_newer_nodes) {
    const auto wishes = *rc::gen::container<std::vector<Operation>>(any_operation());
    const auto start = *rc::gen::inRange<std::size_t>(0, wishes.size() + 1);
    const auto steps = *rc::gen::container<std::vector<int>>(wishes.size() + 1, rc::gen::inRange(0, 4));
    std::int64_t zxid = 0;
    for (std::size_t i = 0; i <= wishes.size(); ++i) {
      if (i == start) {
        snapshot.emplace(tree);
        snapshot_zxid = zxid;
        if (leave_out_newer_nodes) snapshot->newest_taken = Zxid{zxid};
      }
      for (int step = 0; snapshot && step < steps[i]; ++step) snapshot->step(tree);
      if (i < wishes.size()) commit(wishes[i], ++zxid);
    }
    while (snapshot->step(tree)) {
    }
  }

  void commit(Operation op, std::int64_t zxid) {
    if (!legalise(tree, op)) return;
    RC_ASSERT(apply(tree, op, zxid, true) == ErrorCode::kOk);
    log.emplace_back(zxid, op);
  }

  void expect_replay_to_arrive(bool raise_parents) const {
    DataTree recovered = snapshot->load();
    for (const auto& [at, op] : log) {
      if (at > snapshot_zxid) apply(recovered, op, at, raise_parents);
    }
    RC_ASSERT(state_of(recovered) == state_of(tree));
    RC_ASSERT(recovered.digest() == tree.digest());
    RC_ASSERT(recovered.acls().size() == tree.acls().size());
  }
};

RC_GTEST_PROP(ReplayProperty, over_a_snapshot_with_newer_nodes_is_the_straight_run, ()) {
  Run(false).expect_replay_to_arrive(true);
}

// Apache raises the parent for one kind of create only, so the snapshots that we write for it leave newer nodes out.
RC_GTEST_PROP(ReplayProperty, over_a_snapshot_without_newer_nodes_needs_no_parent_raised, ()) {
  Run(true).expect_replay_to_arrive(false);
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
  for (const Operation& op : operations) {
    apply(tree, op, ++zxid, true);
    tree.advance(Zxid{zxid});
  }
  DataTree disturbed = tree;
  SnapshotCursor steady;
  while (tree.snapshot_next(steady) != nullptr) {
    SnapshotCursor resumed = steady, undisturbed = steady;
    disturbed.create("/passing", "", open_acl(), 0, -1, Zxid{++zxid}, WallTime{});
    disturbed.remove("/passing", Zxid{++zxid});
    const bool more = tree.snapshot_next(undisturbed) != nullptr;
    RC_ASSERT((disturbed.snapshot_next(resumed) != nullptr) == more);
    if (more) RC_ASSERT(resumed.path() == undisturbed.path());
  }
}

}  // namespace
}  // namespace vivarium
