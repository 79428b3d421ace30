// Chunks, the free list, and the heap blocks with names and data.
#include "kernel/tree/node_slab.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vivarium {
namespace {

std::size_t name_part_size(std::size_t name_size) {
  return name_size >= Znode::kLongName ? sizeof(std::uint32_t) + name_size : name_size;
}

std::size_t name_part_size(const Znode& node) { return name_part_size(node.name().size()); }

std::size_t data_size(MaybeBytes data) { return data ? data->size() : 0; }

std::int32_t data_length(MaybeBytes data) { return data ? static_cast<std::int32_t>(data->size()) : -1; }

char* new_block(std::size_t size) { return size == 0 ? nullptr : new char[size]; }

void put_data(char* to, MaybeBytes data) {
  if (data_size(data) != 0) std::memcpy(to, data->data(), data->size());
}

}  // namespace

NodeSlab::NodeSlab(const NodeSlab& other)
    : first_chunk_nodes_(other.first_chunk_nodes_), used_(other.used_), size_(other.size_), free_(other.free_) {
  chunks_.reserve(other.chunks_.size());
  std::uint32_t left = used_;
  for (const auto& from : other.chunks_) {
    const std::uint32_t nodes = chunks_.empty() ? first_chunk_nodes_ : kChunkNodes;
    auto to = std::make_unique<Znode[]>(nodes);
    const std::uint32_t live = std::min(left, nodes);
    std::copy_n(from.get(), live, to.get());
    for (std::uint32_t i = 0; i < live; ++i) {
      if (to[i].block == nullptr) continue;
      const std::size_t size = name_part_size(to[i]) + to[i].data_or_empty().size();
      to[i].block = new_block(size);
      std::memcpy(to[i].block, from[i].block, size);
    }
    left -= live;
    chunks_.push_back(std::move(to));
  }
  KASSERT(left == 0);
}

NodeSlab::~NodeSlab() {
  for (NodeId id = 0; id < used_; ++id) delete[](*this)[id].block;
}

void NodeSlab::swap(NodeSlab& other) noexcept {
  chunks_.swap(other.chunks_);
  std::swap(first_chunk_nodes_, other.first_chunk_nodes_);
  std::swap(used_, other.used_);
  std::swap(size_, other.size_);
  std::swap(free_, other.free_);
}

std::uint32_t NodeSlab::capacity() const {
  if (chunks_.empty()) return 0;
  return first_chunk_nodes_ + static_cast<std::uint32_t>(chunks_.size() - 1) * kChunkNodes;
}

void NodeSlab::grow() {
  if (first_chunk_nodes_ == kChunkNodes) {
    chunks_.push_back(std::make_unique<Znode[]>(kChunkNodes));
    return;
  }
  const std::uint32_t nodes = chunks_.empty() ? kSmallestChunk : first_chunk_nodes_ * 2;
  auto chunk = std::make_unique<Znode[]>(nodes);
  if (!chunks_.empty()) std::copy_n(chunks_[0].get(), used_, chunk.get());
  chunks_.resize(1);
  chunks_[0] = std::move(chunk);
  first_chunk_nodes_ = nodes;
}

NodeId NodeSlab::allocate(std::string_view name, MaybeBytes data) {
  KASSERT(name.size() <= INT32_MAX);
  KASSERT(data_size(data) <= INT32_MAX);
  NodeId id = free_;
  if (id != kNoNode) {
    free_ = (*this)[id].next;
  } else {
    KASSERT(used_ < limits::kMaxNodes);
    if (used_ == capacity()) grow();
    id = used_++;
  }
  ++size_;
  Znode& node = (*this)[id];
  node = Znode{};
  const std::size_t name_part = name_part_size(name.size());
  node.block = new_block(name_part + data_size(data));
  node.short_name_length = static_cast<std::uint32_t>(std::min<std::size_t>(name.size(), Znode::kLongName));
  node.data_length = data_length(data);
  if (node.has_long_name()) {
    const auto length = static_cast<std::uint32_t>(name.size());
    std::memcpy(node.block, &length, sizeof length);
  }
  if (!name.empty()) std::memcpy(node.block + (name_part - name.size()), name.data(), name.size());
  put_data(node.block + name_part, data);
  return id;
}

void NodeSlab::release(NodeId id) {
  KASSERT(size_ > 0);
  Znode& node = (*this)[id];
  delete[] node.block;
  node = Znode{};
  node.next = free_;
  free_ = id;
  --size_;
}

void NodeSlab::replace_data(NodeId id, MaybeBytes data) {
  KASSERT(data_size(data) <= INT32_MAX);
  Znode& node = (*this)[id];
  const std::size_t name_part = name_part_size(node);
  const std::size_t size = data_size(data);
  if (size == node.data_or_empty().size()) {
    if (size != 0) std::memmove(node.block + name_part, data->data(), size);
  } else {
    char* block = new_block(name_part + size);
    if (name_part != 0) std::memcpy(block, node.block, name_part);
    put_data(block + name_part, data);
    delete[] node.block;
    node.block = block;
  }
  node.data_length = data_length(data);
}

}  // namespace vivarium
