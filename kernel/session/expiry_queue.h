// Deadlines rounded up to buckets of one tick, as Apache's ExpiryQueue keeps them.
//
// Elements are small integers (slots of the caller's table). A bucket is an intrusive list, so that moving an element
// costs no allocation once the arrays have grown, and an element whose bucket does not change costs nothing at all.
// Must never: let the order inside a bucket be seen; callers sort what they take.
#pragma once

#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/base/time.h"

namespace vivarium {

class ExpiryQueue {
 public:
  using Slot = std::uint32_t;

  explicit ExpiryQueue(Duration tick) : tick_(tick) { KASSERT(tick.nanos > 0); }

  /// (at/tick + 1) * tick: strictly later than `at`, by at most one tick.
  Instant round_up(Instant at) const { return bucket_deadline(bucket_of(at)); }

  /// Puts `slot` in the bucket that ends after `at`, wherever it was before.
  void schedule(Slot slot, Instant at);
  /// Idempotent.
  void cancel(Slot slot);
  void clear();

  bool contains(Slot slot) const { return slot < nodes_.size() && nodes_[slot].bucket != kNoBucket; }
  /// Instant::never() when the slot is not scheduled.
  Instant deadline(Slot slot) const;
  /// Earliest deadline; Instant::never() when nothing is scheduled.
  Instant next_deadline() const;
  /// Removes the earliest bucket and appends its slots, in no meaningful order. False when no deadline has passed.
  bool pop_due(Instant now, Vector<Slot>& slots);

 private:
  static constexpr std::int64_t kNoBucket = -1;
  static constexpr Slot kNone = UINT32_MAX;
  struct Node {
    std::int64_t bucket = kNoBucket;
    Slot previous = kNone;
    Slot next = kNone;
  };

  std::int64_t bucket_of(Instant at) const {
    KASSERT(at.nanos >= 0);
    return at.nanos / tick_.nanos + 1;
  }
  Instant bucket_deadline(std::int64_t bucket) const { return Instant{bucket * tick_.nanos}; }

  Duration tick_;
  Vector<Node> nodes_;                 // by slot
  FlatMap<std::int64_t, Slot> heads_;  // bucket number -> first slot; never holds an empty bucket
};

}  // namespace vivarium
