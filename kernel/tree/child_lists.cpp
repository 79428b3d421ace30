// Sorted blocks: binary search over the blocks' first names, then inside one block.
#include "kernel/tree/child_lists.h"

#include <algorithm>
#include <utility>

namespace vivarium {
namespace {

// A block that shrinks below a quarter is joined with a neighbour if both fit half a block.
constexpr std::uint32_t kSmallBlock = 64;
constexpr std::uint32_t kJoinedBlock = 128;
constexpr std::uint32_t kFirstCapacity = 4;

}  // namespace

ListId ChildLists::allocate() {
  if (free_ != kNoList) {
    const ListId list = free_;
    free_ = lists_[list].next_free;
    lists_[list].next_free = kNoList;
    return list;
  }
  if (lists_.empty()) lists_.emplace_back();  // id 0 means "no children"
  lists_.emplace_back();
  return static_cast<ListId>(lists_.size() - 1);
}

void ChildLists::release(ListId list) {
  KASSERT(lists_[list].count == 0);
  lists_[list] = List{};
  lists_[list].next_free = free_;
  free_ = list;
}

/// Index of the last block whose first name is not above `name`; 0 when all are above.
std::uint32_t ChildLists::block_for(const NodeSlab& nodes, const List& list, std::string_view name) {
  const auto above = std::upper_bound(
      list.blocks.begin(), list.blocks.end(), name,
      [&](std::string_view wanted, const Block& block) { return wanted < nodes[block.front()].name(); });
  const auto index = static_cast<std::uint32_t>(above - list.blocks.begin());
  return index == 0 ? 0 : index - 1;
}

ChildLists::Place ChildLists::insertion_place(const NodeSlab& nodes, const List& list, std::string_view name) {
  const Block& last = list.blocks.back();
  if (nodes[last.back()].name() < name) {
    return {static_cast<std::uint32_t>(list.blocks.size() - 1), static_cast<std::uint32_t>(last.size())};
  }
  const std::uint32_t at = block_for(nodes, list, name);
  const Block& block = list.blocks[at];
  const auto not_below = std::lower_bound(block.begin(), block.end(), name, [&](NodeId child, std::string_view wanted) {
    return nodes[child].name() < wanted;
  });
  return {at, static_cast<std::uint32_t>(not_below - block.begin())};
}

ChildLists::Place ChildLists::lower_bound(const NodeSlab& nodes, ListId list, std::string_view name) const {
  if (list == kNoList) return {};
  const Place place = insertion_place(nodes, lists_[list], name);
  if (place.index == lists_[list].blocks[place.block].size()) return {place.block + 1, 0};
  return place;
}

bool ChildLists::is_past_end(const NodeSlab& nodes, ListId list, std::string_view name) const {
  return list == kNoList || nodes[lists_[list].blocks.back().back()].name() < name;
}

ListId ChildLists::insert(const NodeSlab& nodes, ListId id, NodeId child) {
  if (id == kNoList) {
    id = allocate();
    lists_[id].blocks.emplace_back();
    lists_[id].blocks[0].push_back(child);
    lists_[id].count = 1;
    return id;
  }
  List& list = lists_[id];
  Place place = insertion_place(nodes, list, nodes[child].name());
  make_room(list, place);
  Block& block = list.blocks[place.block];
  block.insert(block.begin() + place.index, child);
  ++list.count;
  return id;
}

/// Splits the block of `place` when it is full; at the very end a new block is begun, so that sequential names leave
/// full blocks behind.
void ChildLists::make_room(List& list, Place& place) {
  Block& block = list.blocks[place.block];
  const auto size = static_cast<std::uint32_t>(block.size());
  if (size < kMaxBlock) {
    if (size == block.capacity()) block.reserve(std::min(kMaxBlock, std::max(kFirstCapacity, size + size / 2)));
    return;
  }
  const bool at_end = place.block + 1 == list.blocks.size() && place.index == size;
  const std::uint32_t keep = at_end ? size : size / 2;
  Block upper(block.begin() + keep, block.end());
  block.resize(keep);
  list.blocks.insert(list.blocks.begin() + place.block + 1, std::move(upper));
  if (at_end || place.index > keep) place = {place.block + 1, place.index - keep};
}

ListId ChildLists::erase(const NodeSlab& nodes, ListId id, NodeId child) {
  KASSERT(id != kNoList);
  const Place place = lower_bound(nodes, id, nodes[child].name());
  KASSERT(at(id, place) == child);
  List& list = lists_[id];
  Block& block = list.blocks[place.block];
  block.erase(block.begin() + place.index);
  --list.count;
  if (list.count == 0) {
    release(id);
    return kNoList;
  }
  if (block.empty()) {
    list.blocks.erase(list.blocks.begin() + place.block);
  } else if (block.size() < kSmallBlock) {
    join_small(list, place.block);
  }
  return id;
}

void ChildLists::join_small(List& list, std::uint32_t at) {
  if (list.blocks.size() == 1) return;
  const std::uint32_t left = at + 1 < list.blocks.size() ? at : at - 1;
  Block& into = list.blocks[left];
  Block& from = list.blocks[left + 1];
  if (into.size() + from.size() > kJoinedBlock) return;
  into.insert(into.end(), from.begin(), from.end());
  list.blocks.erase(list.blocks.begin() + left + 1);
}

}  // namespace vivarium
