// A tree under test that numbers its own transactions: each call is the next zxid, one millisecond later.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {

inline void PrintTo(ErrorCode code, std::ostream* out) { *out << error_name(code); }
inline void PrintTo(const Zxid& zxid, std::ostream* out) { *out << "zxid " << zxid.value; }

class TreeTest : public ::testing::Test {
 protected:
  ErrorCode create(std::string_view path, MaybeBytes data = "", std::int64_t owner = 0) {
    return create_with_acl(path, open_acl(), data, owner);
  }
  ErrorCode create_with_acl(std::string_view path, AclBytes acl, MaybeBytes data = "", std::int64_t owner = 0) {
    advance();
    return tree_.create(path, data, acl, owner, -1, zxid_, time_);
  }
  ErrorCode remove(std::string_view path) {
    advance();
    return tree_.remove(path, zxid_);
  }
  ErrorCode set_data(std::string_view path, MaybeBytes data, std::int32_t version = 1) {
    advance();
    return tree_.set_data(path, data, version, zxid_, time_);
  }
  void advance() {
    zxid_ = zxid_.next();
    ++time_.millis;
  }

  const Znode& node(std::string_view path) const {
    const Znode* found = tree_.find(path);
    if (found == nullptr) ADD_FAILURE() << "no node " << path;
    return found == nullptr ? *tree_.find("/") : *found;
  }
  Stat stat(std::string_view path) const { return tree_.stat(node(path)); }
  std::string data(std::string_view path) const { return std::string(tree_.data(node(path)).value_or("(null)")); }
  std::vector<std::string> children(std::string_view path) const {
    std::vector<std::string> names;
    tree_.for_each_child(node(path), [&](std::string_view name) { names.emplace_back(name); });
    return names;
  }
  std::vector<std::string> snapshot_paths() const {
    std::vector<std::string> paths;
    SnapshotCursor cursor;
    while (tree_.snapshot_next(cursor) != nullptr) paths.emplace_back(cursor.path());
    return paths;
  }

  DataTree tree_{TreeOptions{.extended_types = true, .digest = true}};
  Zxid zxid_{0x100000000};
  WallTime time_{1'700'000'000'000};
};

/// The state as one value, to compare trees.
inline StateHash state_of(const DataTree& tree) {
  StateHash hash;
  tree.hash_into(hash);
  return hash;
}

/// An encoded list of one ACL.
inline std::string acl_of(std::int32_t permissions, std::string_view scheme, std::string_view id) {
  Vector<char> out;
  ByteWriter writer(out);
  writer.i32(1);
  encode(writer, Acl{permissions, scheme, id});
  return std::string(view(out));
}

/// Walks `from` as a snapshot writer does and loads everything into `to`.
inline void load_from(DataTree& to, const DataTree& from) {
  to.begin_load();
  from.acls().for_each([&](std::int64_t id, AclBytes acl) { to.load_acl(id, acl); });
  SnapshotCursor cursor;
  while (const Znode* node = from.snapshot_next(cursor)) {
    ASSERT_TRUE(to.load_node(cursor.path(), from.data(*node), from.acl_id(*node), from.stat_persisted(*node)))
        << cursor.path();
  }
  to.end_load();
  to.advance(from.last_processed_zxid());
}

}  // namespace vivarium
