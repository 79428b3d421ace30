// Any sequence of mutations, as a hostile log or snapshot could bring it: the tree keeps its sums and loses no node.
//
// Input: how many nodes a snapshot brings, then these nodes and operations as {kind, owner, number, path, data}; paths
// and data are prefixed by a length byte.
#include "kernel/tree/data_tree.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/bytes.h"

namespace vivarium {
namespace {

constexpr TreeOptions kOptions{.extended_types = true, .digest = true};

struct Wish {
  std::uint8_t kind = 0;
  std::int64_t owner = 0;
  std::int32_t number = 0;
  std::string_view path, data;
};

Wish read_wish(ByteReader& in) {
  const std::int64_t owners[] = {0, 5, -7, kContainerOwner, ttl_owner(9)};
  Wish wish;
  wish.kind = in.u8();
  wish.owner = owners[in.u8() % 5];
  wish.number = static_cast<std::int8_t>(in.u8());
  wish.path = in.bytes(in.u8());
  wish.data = in.bytes(in.u8());
  return wish;
}

void load(DataTree& tree, const Wish& wish) {
  StatPersisted stat;
  stat.version = wish.number;
  stat.ephemeral_owner = wish.owner;
  tree.load_node(wish.path, wish.data, wish.number, stat);
}

void mutate(DataTree& tree, const Wish& wish, Zxid zxid) {
  const AclBytes acl = wish.number % 2 == 0 ? open_acl() : read_only_acl();
  const WallTime time{wish.number};
  switch (wish.kind % 5) {
    case 0:
    case 1:
      tree.create(wish.path, wish.data, acl, wish.owner, wish.number, zxid, time, wish.kind % 5 == 1);
      break;
    case 2:
      tree.remove(wish.path, zxid);
      break;
    case 3:
      tree.set_data(wish.path, wish.kind < 128 ? MaybeBytes(wish.data) : std::nullopt, wish.number, zxid, time);
      break;
    case 4:
      tree.set_acl(wish.path, acl, wish.number);
      break;
  }
}

/// Walks the tree, checks its sums, and loads the walk into another tree that must be equal.
void check(const DataTree& tree) {
  DataTree loaded(kOptions);
  loaded.begin_load();
  tree.acls().for_each([&](std::int64_t id, AclBytes acl) { loaded.load_acl(id, acl); });
  std::uint64_t digest = 0;
  std::size_t count = 0;
  SnapshotCursor cursor;
  while (const Znode* node = tree.snapshot_next(cursor)) {
    ++count;
    KASSERT(tree.find(cursor.path()) == node);
    if (counts_in_digest(cursor.path())) {
      digest += node_digest(cursor.path(), tree.data(*node), tree.stat_persisted(*node));
    }
    KASSERT(loaded.load_node(cursor.path(), tree.data(*node), tree.acl_id(*node), tree.stat_persisted(*node)));
  }
  loaded.end_load();
  KASSERT(count == tree.node_count());
  KASSERT(digest == tree.digest());
  StateHash ours, theirs;
  tree.hash_into(ours);
  loaded.hash_into(theirs);
  KASSERT(ours == theirs);
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vivarium;
  ByteReader in(std::string_view(reinterpret_cast<const char*>(data), size));
  DataTree tree(kOptions);
  const int nodes_to_load = in.u8();
  if (nodes_to_load > 0) {
    tree.begin_load();
    tree.load_acl(1, read_only_acl());
    for (int i = 0; i < nodes_to_load && in.ok(); ++i) load(tree, read_wish(in));
    tree.end_load();
  }
  for (std::int64_t zxid = 1; in.ok() && in.remaining() > 0; ++zxid) mutate(tree, read_wish(in), Zxid{zxid});
  check(tree);
  return 0;
}
