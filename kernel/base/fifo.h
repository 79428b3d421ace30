// First-in-first-out queues that stop allocating once they are warm: Fifo of values, ByteFifo of byte ranges.
//
// Why not a deque: it frees and allocates a block for every few elements that pass through. Here the storage is one
// vector that is compacted when its dead front outweighs its live back, so the cost per element stays constant.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"

namespace vivarium {

template <class T>
class Fifo {
 public:
  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  T& front() {
    KASSERT(!empty());
    return items_[head_];
  }
  const T& front() const {
    KASSERT(!empty());
    return items_[head_];
  }
  T& back() {
    KASSERT(!empty());
    return items_.back();
  }
  const T& back() const {
    KASSERT(!empty());
    return items_.back();
  }
  const T& operator[](std::size_t i) const {
    KASSERT(i < size());
    return items_[head_ + i];
  }
  void push_back(T value) { items_.push_back(std::move(value)); }
  void pop_front() {
    KASSERT(!empty());
    ++head_;
    if (head_ == items_.size()) {
      clear();
    } else if (head_ >= kCompactAt && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }
  void clear() {
    items_.clear();
    head_ = 0;
  }

 private:
  static constexpr std::size_t kCompactAt = 64;
  Vector<T> items_;
  std::size_t head_ = 0;
};

/// Byte ranges by absolute position: appended at the end, dropped from the front.
class ByteFifo {
 public:
  /// Position that the next appended byte will have.
  std::uint64_t end() const { return base_ + bytes_.size(); }
  std::size_t size() const { return static_cast<std::size_t>(end() - start_); }
  std::uint64_t append(std::string_view bytes) {
    const std::uint64_t at = end();
    bytes_.insert(bytes_.end(), bytes.data(), bytes.data() + bytes.size());
    return at;
  }
  std::string_view at(std::uint64_t position, std::size_t size) const {
    KASSERT(position >= start_);
    KASSERT(position + size <= end());
    return {bytes_.data() + (position - base_), size};
  }
  /// Forgets everything before `position`.
  void drop_until(std::uint64_t position) {
    KASSERT(position >= start_);
    KASSERT(position <= end());
    start_ = position;
    const std::size_t dead = static_cast<std::size_t>(start_ - base_);
    if (dead == bytes_.size()) {
      release();
    } else if (dead >= kCompactAt && dead * 2 >= bytes_.size()) {
      bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(dead));
      base_ = start_;
    }
  }

 private:
  static constexpr std::size_t kCompactAt = 4096;
  static constexpr std::size_t kKeepCapacity = 1u << 20;

  void release() {
    base_ = start_;
    bytes_.clear();
    if (bytes_.capacity() > kKeepCapacity) bytes_.shrink_to_fit();  // a burst must not stay resident
  }

  Vector<char> bytes_;
  std::uint64_t base_ = 0;   // position of bytes_[0]
  std::uint64_t start_ = 0;  // first live position
};

}  // namespace vivarium
