// The parts of the node store against standard containers, with enough nodes to split and join blocks and buckets.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "kernel/tree/node_store.h"
#include "kernel/tree/path.h"

namespace vivarium {
namespace {

RC_GTEST_PROP(NodeStoreProperty, a_big_directory_is_a_sorted_set_of_names, ()) {
  const auto span = *rc::gen::element(300, 3000, 100000);
  const auto growing = *rc::gen::container<std::vector<int>>(2000, rc::gen::inRange(0, span));
  const auto shrinking = *rc::gen::container<std::vector<int>>(3000, rc::gen::inRange(0, span));
  NodeStore store;
  store.insert_root("");
  std::set<std::string> names;
  auto agree = [&] {
    std::vector<std::string> found;
    store.for_each_child(store[NodeStore::kRoot], [&](std::string_view name) { found.emplace_back(name); });
    RC_ASSERT(found == std::vector<std::string>(names.begin(), names.end()));
    RC_ASSERT(store.child_count(store[NodeStore::kRoot]) == names.size());
  };
  for (const int number : growing) {
    const std::string name = std::to_string(number), path = "/" + name;
    RC_ASSERT((store.find(path) != kNoNode) == (names.count(name) != 0));
    if (names.insert(name).second) store.insert(NodeStore::kRoot, path, name);
  }
  agree();
  for (const int number : shrinking) {
    const std::string name = std::to_string(number), path = "/" + name;
    const NodeId id = store.find(path);
    RC_ASSERT((id != kNoNode) == (names.erase(name) != 0));
    if (id != kNoNode) store.erase(id);
  }
  agree();
  const NodeStore copy = store;
  for (const std::string& name : names) RC_ASSERT(copy[copy.find("/" + name)].data_or_empty() == name);
}

RC_GTEST_PROP(PathProperty, never_fails_on_any_bytes, (const std::string& bytes)) {
  const std::string path = "/" + bytes;
  const bool legal = is_legal_path(path);
  RC_ASSERT(is_legal_sequential_prefix(path) == is_legal_path(path + "1"));
  RC_ASSERT(!legal || is_legal_sequential_prefix(path));
  RC_ASSERT(parent_path(path).size() <= path.size());
  RC_ASSERT(is_at_or_below(path, parent_path(path)));
}

}  // namespace
}  // namespace vivarium
