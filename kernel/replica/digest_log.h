// Recent digests of the tree, one per 128 txns, for the `hash` four-letter word: an operator compares members with it.
//
// Must never: influence an effect; it is not part of the replica's digest.
#pragma once

#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/base/types.h"

namespace vivarium {

class DigestLog {
 public:
  /// A leader's snapshot is loaded that may have been written while txns were applied: the tree is the tree of no
  /// moment.
  void nothing_is_exact() { exact_from_ = Zxid{INT64_MAX}; }
  /// All that the snapshot may hold was applied, up to `zxid`.
  void exact_from(Zxid zxid) { exact_from_ = zxid; }
  /// Whether the tree that has just applied `zxid` can be compared with others'.
  bool is_exact(Zxid zxid) const { return zxid >= exact_from_; }

  /// The tree has just applied `zxid` and has this digest.
  void applied(Zxid zxid, std::uint64_t digest) {
    if (zxid.value % kInterval != 0 || !is_exact(zxid)) return;
    if (entries_.size() < kLength) {
      entries_.push_back({zxid, digest});
    } else {
      entries_[oldest_] = {zxid, digest};
      oldest_ = (oldest_ + 1) % kLength;
    }
    KASSERT(entries_.size() <= kLength);
  }
  /// Calls visit(zxid, digest), oldest first.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      const Entry& entry = entries_[(oldest_ + i) % entries_.size()];
      visit(entry.zxid, entry.digest);
    }
  }

 private:
  static constexpr std::int64_t kInterval = 128;  // DataTree.DIGEST_LOG_INTERVAL
  static constexpr std::size_t kLength = 1024;    // DataTree.DIGEST_LOG_LIMIT
  struct Entry {
    Zxid zxid;
    std::uint64_t digest;
  };
  Vector<Entry> entries_;
  std::size_t oldest_ = 0;
  Zxid exact_from_;
};

}  // namespace vivarium
