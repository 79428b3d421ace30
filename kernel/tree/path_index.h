// From a path to its node: a hash table that grows by one bucket per insertion (linear hashing), so that no single
// create ever pays for a rehash. Chains run through the nodes; a bucket is four bytes.
//
// Must never: be iterated. Its order is the hash's.
// Relies on: Znode::hash being path_hash of the node's path, and names and parents of a node never changing.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/tree/node_slab.h"
#include "kernel/tree/znode.h"

namespace vivarium {

/// Of a snapshot path; 24 bits.
std::uint32_t path_hash(std::string_view path);

class PathIndex {
 public:
  /// Makes room, so that a load does not split buckets as it goes. Only while empty.
  void reserve(std::size_t nodes);
  /// `path` is a snapshot path other than "". kNoNode when absent.
  NodeId find(const NodeSlab& nodes, std::string_view path) const;
  /// Starts fetching the memory that insert() of a node with this hash will want.
  void prefetch(std::uint32_t hash) const {
    if (!heads_.empty()) __builtin_prefetch(&heads_[bucket_of(hash)], 1);
  }
  void insert(NodeSlab& nodes, NodeId id);
  void erase(NodeSlab& nodes, NodeId id);

 private:
  static constexpr std::size_t kMinBuckets = 16;
  static constexpr std::size_t kMaxBuckets = std::size_t{Znode::kHashMask} + 1;

  std::size_t bucket_of(std::uint32_t hash) const;
  void split(NodeSlab& nodes);
  void prefetch_split(const NodeSlab& nodes, std::size_t bucket) const;

  Vector<NodeId> heads_;
  std::uint32_t low_mask_ = 0;  // buckets below the split point use one bit more
  std::size_t count_ = 0;
};

}  // namespace vivarium
