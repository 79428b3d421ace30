// Random transactions over a few paths that collide a lot.
#pragma once

#include <rapidcheck.h>

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "kernel/tree/data_tree.h"
#include "kernel/tree/path.h"

namespace vivarium {

enum class Kind { kCreate, kRemove, kSetData, kSetAcl };

struct Operation {
  Kind kind = Kind::kCreate;
  std::string path;
  std::optional<std::string> data;
  int acl = 0;  // index into test_acls
  std::int64_t owner = 0;
  std::int32_t version = 0;  // parent's cversion, version or aversion
};

inline std::ostream& operator<<(std::ostream& out, const Operation& op) {
  const char* names[] = {"create", "remove", "set_data", "set_acl"};
  return out << names[static_cast<int>(op.kind)] << " " << op.path << " data=" << op.data.value_or("null")
             << " acl=" << op.acl << " owner=" << op.owner << " version=" << op.version;
}
inline void showValue(const Operation& op, std::ostream& out) { out << op << "\n"; }

/// open, read only, and one of somebody's.
inline std::vector<std::string> test_acls() {
  Vector<char> mine;
  ByteWriter writer(mine);
  writer.i32(1);
  encode(writer, Acl{perms::kAll, "digest", "me:hash"});
  return {std::string(open_acl()), std::string(read_only_acl()), std::string(view(mine))};
}

inline rc::Gen<std::string> any_path() {
  return rc::gen::element<std::string>("/a", "/a/b", "/a/b/c", "/a/c", "/a-b", "/b", "/b/a", "/b/a/c", "/c",
                                       "/a/" + std::string(300, 'n'), "/zookeeper/x", "/zookeeper/config",
                                       "/zookeeper/quota/a", "/zookeeper/quota/a/zookeeper_limits",
                                       "/zookeeper/quota/a/zookeeper_stats", "/zookeeper/quota/a/b",
                                       "/zookeeper/quota/a/b/zookeeper_limits", "/zookeeper/quota/zookeeper_limits");
}

inline rc::Gen<Operation> any_operation() {
  return rc::gen::build<Operation>(
      rc::gen::set(&Operation::kind,
                   rc::gen::weightedElement<Kind>(
                       {{6, Kind::kCreate}, {3, Kind::kRemove}, {2, Kind::kSetData}, {1, Kind::kSetAcl}})),
      rc::gen::set(&Operation::path, any_path()),
      rc::gen::set(&Operation::data,
                   rc::gen::element<std::optional<std::string>>(std::nullopt, "", "x", "123456789", "count=2,bytes=5")),
      rc::gen::set(&Operation::acl, rc::gen::inRange(0, 3)),
      rc::gen::set(&Operation::owner, rc::gen::weightedElement<std::int64_t>(
                                          {{6, 0}, {2, 11}, {1, -12}, {1, kContainerOwner}, {1, ttl_owner(1000)}})),
      rc::gen::set(&Operation::version, rc::gen::inRange(-1, 6)));
}

inline MaybeBytes bytes_of(const std::optional<std::string>& data) { return data ? MaybeBytes(*data) : std::nullopt; }

inline ErrorCode apply(DataTree& tree, const Operation& op, std::int64_t zxid, bool raise) {
  const std::string acl = test_acls()[static_cast<std::size_t>(op.acl)];
  const WallTime time{zxid * 10};
  switch (op.kind) {
    case Kind::kCreate:
      return tree.create(op.path, bytes_of(op.data), acl, op.owner, op.version, Zxid{zxid}, time, raise);
    case Kind::kRemove:
      return tree.remove(op.path, Zxid{zxid});
    case Kind::kSetData:
      return tree.set_data(op.path, bytes_of(op.data), op.version, Zxid{zxid}, time);
    case Kind::kSetAcl:
      return tree.set_acl(op.path, acl, op.version);
  }
  return ErrorCode::kSystemError;
}

inline StateHash state_of(const DataTree& tree) {
  StateHash hash;
  tree.hash_into(hash);
  return hash;
}

inline const TreeOptions kTestOptions{.extended_types = true, .digest = true};

}  // namespace vivarium
