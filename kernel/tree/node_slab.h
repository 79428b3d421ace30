// Memory of the nodes: fixed chunks addressed by NodeId, a free list, and the heap blocks with names and data.
//
// No doubling array: a tree grows by one chunk of 96 KiB at a time; only the first chunk starts small, so that small
// trees are cheap to copy. Node addresses are stable until the next allocate().
// Must never: know about paths, order or the tree's shape.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/base/limits.h"
#include "kernel/tree/znode.h"

namespace vivarium {

class NodeSlab {
 public:
  NodeSlab() = default;
  NodeSlab(const NodeSlab& other);
  NodeSlab(NodeSlab&& other) noexcept { swap(other); }
  NodeSlab& operator=(NodeSlab other) noexcept {
    swap(other);
    return *this;
  }
  ~NodeSlab();

  Znode& operator[](NodeId id) {
    KASSERT(id < used_);
    return chunks_[id >> kChunkBits][id & kChunkMask];
  }
  const Znode& operator[](NodeId id) const {
    KASSERT(id < used_);
    return chunks_[id >> kChunkBits][id & kChunkMask];
  }

  /// A node with this name and data, all else at its defaults.
  NodeId allocate(std::string_view name, MaybeBytes data);
  void release(NodeId id);
  /// In place when the length stays.
  void replace_data(NodeId id, MaybeBytes data);
  /// Nodes allocated and not released.
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kChunkBits = 10;
  static constexpr std::uint32_t kChunkMask = (1u << kChunkBits) - 1;
  static constexpr std::uint32_t kChunkNodes = 1u << kChunkBits;
  static constexpr std::uint32_t kSmallestChunk = 16;

  void swap(NodeSlab& other) noexcept;
  std::uint32_t capacity() const;
  void grow();

  Vector<std::unique_ptr<Znode[]>> chunks_;
  std::uint32_t first_chunk_nodes_ = 0;
  std::uint32_t used_ = 0;  // ids handed out so far, free ones included
  std::uint32_t size_ = 0;
  NodeId free_ = kNoNode;
};

}  // namespace vivarium
