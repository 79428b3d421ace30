// A histogram of non-negative integers (latencies in milliseconds): exact below 64, then 32 buckets to each power of
// two, so that a percentile is never more than 1/32 above the truth. One increment per value.
//
// Must never: grow beyond its fixed number of buckets, whatever it is given; use floating point.
#pragma once

#include <cstdint>

#include "kernel/base/containers.h"

namespace vivarium {

class Histogram {
 public:
  static constexpr std::int64_t kMaxValue = (std::int64_t{1} << 40) - 1;  // what is larger counts as this

  void add(std::int64_t value) {
    // Nearly all that is measured is small, and was seen before.
    const auto bucket = static_cast<std::uint64_t>(value);
    if (bucket < kExact && bucket < buckets_.size()) {
      ++buckets_[bucket];
    } else {
      add_any(value);
    }
  }
  std::uint64_t count() const;
  /// The smallest value that at least `permille` of all values do not exceed, rounded up to the end of its bucket; 0
  /// when there are none. `permille` is from 1 to 1000.
  std::int64_t percentile(std::uint32_t permille) const;
  /// The largest value that shares a bucket with `value`.
  static std::int64_t rounded(std::int64_t value);

 private:
  static constexpr std::uint64_t kExact = 64;
  void add_any(std::int64_t value);

  Vector<std::uint64_t> buckets_;  // up to the highest that is in use
};

}  // namespace vivarium
