// Buckets in order of their values: 0..63 one by one, then 32 to each power of two.
#include "kernel/base/histogram.h"

#include <algorithm>
#include <bit>

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

constexpr int kBits = 5;
constexpr std::uint64_t kPerOctave = std::uint64_t{1} << kBits;  // half of Histogram::kExact

std::uint64_t limited(std::int64_t value) {
  return static_cast<std::uint64_t>(std::clamp(value, std::int64_t{0}, Histogram::kMaxValue));
}

std::size_t bucket_of(std::uint64_t value) {
  if (value < 2 * kPerOctave) return static_cast<std::size_t>(value);
  const int shift = static_cast<int>(std::bit_width(value)) - 1 - kBits;
  return static_cast<std::size_t>(kPerOctave * static_cast<std::uint64_t>(shift) + (value >> shift));
}

std::uint64_t last_of(std::size_t bucket) {
  if (bucket < 2 * kPerOctave) return bucket;
  const std::uint64_t shift = bucket / kPerOctave - 1;
  return ((bucket - kPerOctave * shift + 1) << shift) - 1;
}

}  // namespace

void Histogram::add_any(std::int64_t value) {
  static_assert(kExact == 2 * kPerOctave);
  const std::size_t bucket = bucket_of(limited(value));
  if (bucket >= buckets_.size()) buckets_.resize(bucket + 1);
  ++buckets_[bucket];
}

std::uint64_t Histogram::count() const {
  std::uint64_t count = 0;
  for (const std::uint64_t in_bucket : buckets_) count += in_bucket;
  return count;
}

std::int64_t Histogram::percentile(std::uint32_t permille) const {
  KASSERT(permille >= 1);
  KASSERT(permille <= 1000);
  const std::uint64_t all = count();
  if (all == 0) return 0;
  // Rounded up, in two parts that cannot overflow.
  const std::uint64_t wanted = all / 1000 * permille + (all % 1000 * permille + 999) / 1000;
  std::uint64_t seen = 0;
  std::size_t bucket = 0;
  while ((seen += buckets_[bucket]) < wanted) ++bucket;
  return static_cast<std::int64_t>(last_of(bucket));
}

std::int64_t Histogram::rounded(std::int64_t value) {
  return static_cast<std::int64_t>(last_of(bucket_of(limited(value))));
}

}  // namespace vivarium
