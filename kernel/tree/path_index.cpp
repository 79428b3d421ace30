// Linear hashing: bucket b of n splits into b and b + 2^k, one split per insertion.
#include "kernel/tree/path_index.h"

#include <algorithm>
#include <bit>

#include "kernel/base/assert.h"
#include "kernel/base/hash.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

constexpr NodeId kRootNode = 0;
// Buckets split in order, so their nodes, which lie anywhere, can be fetched this many splits ahead.
constexpr std::size_t kSplitsAhead = 8;

/// Compares from the last component upwards; no path is ever built.
bool has_path(const NodeSlab& nodes, NodeId id, std::string_view path) {
  while (id != kRootNode) {
    const Znode& node = nodes[id];
    const std::string_view name = node.name();
    if (path.size() <= name.size()) return false;
    const std::size_t slash = path.size() - name.size() - 1;
    if (path[slash] != '/' || slice(path, slash + 1) != name) return false;
    path = slice(path, 0, slash);
    id = node.parent;
  }
  return path.empty();
}

}  // namespace

std::uint32_t path_hash(std::string_view path) { return static_cast<std::uint32_t>(hash64(path) >> 40); }

void PathIndex::reserve(std::size_t nodes) {
  KASSERT(count_ == 0);
  const std::size_t buckets = std::clamp(nodes, kMinBuckets, kMaxBuckets);
  heads_.clear();
  heads_.resize(buckets, kNoNode);
  low_mask_ = static_cast<std::uint32_t>(std::bit_floor(buckets) - 1);
}

std::size_t PathIndex::bucket_of(std::uint32_t hash) const {
  const std::size_t bucket = hash & (2 * low_mask_ + 1);
  return bucket < heads_.size() ? bucket : hash & low_mask_;
}

NodeId PathIndex::find(const NodeSlab& nodes, std::string_view path) const {
  KASSERT(!path.empty());
  if (heads_.empty()) return kNoNode;
  const std::uint32_t hash = path_hash(path);
  for (NodeId id = heads_[bucket_of(hash)]; id != kNoNode; id = nodes[id].next) {
    if (nodes[id].hash == hash && has_path(nodes, id, path)) return id;
  }
  return kNoNode;
}

void PathIndex::insert(NodeSlab& nodes, NodeId id) {
  if (heads_.empty()) reserve(kMinBuckets);
  Znode& node = nodes[id];
  KASSERT(node.next == kNoNode);
  NodeId& head = heads_[bucket_of(node.hash)];
  node.next = head;
  head = id;
  ++count_;
  if (count_ > heads_.size() && heads_.size() < kMaxBuckets) split(nodes);
}

void PathIndex::erase(NodeSlab& nodes, NodeId id) {
  KASSERT(count_ > 0);
  NodeId* link = &heads_[bucket_of(nodes[id].hash)];
  while (*link != id) {
    KASSERT(*link != kNoNode);
    link = &nodes[*link].next;
  }
  *link = nodes[id].next;
  nodes[id].next = kNoNode;
  --count_;
}

void PathIndex::split(NodeSlab& nodes) {
  const std::uint32_t bit = low_mask_ + 1;
  const std::size_t from = heads_.size() - bit;
  KASSERT(from <= low_mask_);
  prefetch_split(nodes, from + kSplitsAhead);
  NodeId stays = kNoNode, goes = kNoNode;
  NodeId* stays_end = &stays;
  NodeId* goes_end = &goes;
  for (NodeId id = heads_[from]; id != kNoNode; id = nodes[id].next) {
    NodeId*& end = (nodes[id].hash & bit) != 0 ? goes_end : stays_end;
    *end = id;
    end = &nodes[id].next;
  }
  *stays_end = kNoNode;
  *goes_end = kNoNode;
  heads_[from] = stays;
  heads_.push_back(goes);
  if (heads_.size() == std::size_t{2} * bit) low_mask_ = 2 * bit - 1;
}

void PathIndex::prefetch_split(const NodeSlab& nodes, std::size_t bucket) const {
  const NodeId first = heads_[bucket & low_mask_];
  if (first != kNoNode) __builtin_prefetch(&nodes[first]);
}

}  // namespace vivarium
