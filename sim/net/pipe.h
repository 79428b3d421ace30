// One direction of a connection: bytes in order, each segment with its own time of arrival, never overtaking.
//
// One event is scheduled per segment; when it fires the segment at the front has arrived. Must never: reorder.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/assert.h"

namespace vivarium::sim {

enum class SegmentKind : std::uint8_t { kOpen, kBytes, kClose };

class Pipe {
 public:
  struct Segment {
    SegmentKind kind = SegmentKind::kBytes;
    std::string_view bytes;  // valid until the next call
  };

  void reset() {
    bytes_.clear();
    segments_.clear();
    head_ = first_ = 0;
    last_arrival_ = 0;
  }
  /// Returns when it arrives: `earliest`, or later when something sent before arrives later.
  std::int64_t push(SegmentKind kind, std::string_view bytes, std::int64_t earliest) {
    last_arrival_ = std::max(last_arrival_, earliest);
    segments_.push_back({kind, static_cast<std::uint32_t>(bytes.size())});
    bytes_.append(bytes);
    return last_arrival_;
  }
  Segment pop() {
    KASSERT(first_ < segments_.size());
    compact();
    const Stored stored = segments_[first_++];
    const std::string_view bytes = std::string_view(bytes_).substr(head_, stored.size);
    head_ += stored.size;
    return {stored.kind, bytes};
  }
  bool empty() const { return first_ == segments_.size(); }
  /// Everything on its way, without the segments' borders.
  std::string_view in_flight() const { return std::string_view(bytes_).substr(head_); }

 private:
  struct Stored {
    SegmentKind kind;
    std::uint32_t size;
  };
  /// Drops what was consumed, before the view of the next pop is made.
  void compact() {
    if (first_ < 64) return;
    segments_.erase(segments_.begin(), segments_.begin() + static_cast<std::ptrdiff_t>(first_));
    bytes_.erase(0, head_);
    first_ = head_ = 0;
  }

  std::string bytes_;
  std::vector<Stored> segments_;
  std::size_t head_ = 0, first_ = 0;
  std::int64_t last_arrival_ = 0;
};

}  // namespace vivarium::sim
