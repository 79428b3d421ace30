// Children of each node in byte order of their names: a list of sorted blocks of at most 256 NodeIds, so that a
// directory with a million children still takes an insertion in a microsecond or two and is walked in order.
//
// A list exists only while a node has children. Appending at the end (sequential names, snapshots) is the fast path.
// Must never: hold an empty block or an empty list.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/tree/node_slab.h"
#include "kernel/tree/znode.h"

namespace vivarium {

class ChildLists {
 public:
  /// Where a child is, or would be inserted.
  struct Place {
    std::uint32_t block = 0;
    std::uint32_t index = 0;
    friend bool operator==(const Place&, const Place&) = default;
  };

  std::uint32_t count(ListId list) const { return list == kNoList ? 0 : lists_[list].count; }
  /// Adds `child` and returns the list, which is new when `list` is kNoList. No child has this name yet.
  ListId insert(const NodeSlab& nodes, ListId list, NodeId child);
  /// Removes `child` and returns the list, or kNoList when that was the last one.
  ListId erase(const NodeSlab& nodes, ListId list, NodeId child);

  /// Whether `name` sorts after every child (or there is none).
  bool is_past_end(const NodeSlab& nodes, ListId list, std::string_view name) const;
  /// First child whose name is not below `name`; at() is kNoNode past the end.
  Place lower_bound(const NodeSlab& nodes, ListId list, std::string_view name) const;
  NodeId at(ListId list, Place place) const {
    if (list == kNoList || place.block >= lists_[list].blocks.size()) return kNoNode;
    const Block& block = lists_[list].blocks[place.block];
    return place.index < block.size() ? block[place.index] : kNoNode;
  }
  /// The next place with a child, or one whose at() is kNoNode.
  Place after(ListId list, Place place) const {
    KASSERT(at(list, place) != kNoNode);
    if (place.index + 1 < lists_[list].blocks[place.block].size()) return {place.block, place.index + 1};
    return {place.block + 1, 0};
  }

  /// Calls visit(id) in order.
  template <class Visit>
  void for_each(ListId list, Visit&& visit) const {
    if (list == kNoList) return;
    for (const Block& block : lists_[list].blocks) {
      for (const NodeId child : block) visit(child);
    }
  }

 private:
  static constexpr std::uint32_t kMaxBlock = 256;
  using Block = Vector<NodeId>;
  struct List {
    std::uint32_t count = 0;
    ListId next_free = kNoList;
    Vector<Block> blocks;
  };

  static std::uint32_t block_for(const NodeSlab& nodes, const List& list, std::string_view name);
  static Place insertion_place(const NodeSlab& nodes, const List& list, std::string_view name);
  static void make_room(List& list, Place& place);
  static void join_small(List& list, std::uint32_t at);
  ListId allocate();
  void release(ListId list);

  Vector<List> lists_;
  ListId free_ = kNoList;
};

}  // namespace vivarium
