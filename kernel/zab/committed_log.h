// The last committed transactions with their bytes: what a learner that is a little behind is sent (committedLog).
//
// Must never: have a gap (ZK-4925), or hold a txn that is not committed (or, before the first leadership, replayed from
// the durable log). Bounded by commitLogCount and by bytes.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"

namespace vivarium {

class CommittedLog {
 public:
  struct Entry {
    Zxid zxid;
    std::uint64_t position = 0;
    std::uint32_t size = 0;
  };

  /// `most` entries are kept, and at most `most_bytes` unless a single entry is larger.
  void set_limits(std::size_t most, std::size_t most_bytes);
  /// `zxid` is larger than every zxid before. It follows the last directly, or starts a later epoch; anything else is a
  /// gap in what the caller knows, and the older entries are forgotten.
  void push(Zxid zxid, std::string_view txn);

  void clear();

  bool empty() const { return entries_.empty(); }
  std::size_t size() const { return entries_.size(); }
  std::size_t bytes() const { return bytes_.size(); }
  Zxid min() const { return entries_.front().zxid; }
  Zxid max() const { return entries_.back().zxid; }
  const Entry& operator[](std::size_t i) const { return entries_[i]; }
  std::string_view txn(const Entry& entry) const { return bytes_.at(entry.position, entry.size); }
  /// Index of the first entry with a zxid larger than `zxid`; size() when there is none.
  std::size_t first_after(Zxid zxid) const;
  bool contains(Zxid zxid) const;

  void hash_into(StateHash& hash) const;

 private:
  void pop_front();

  std::size_t most_ = 500;
  std::size_t most_bytes_ = 64u << 20;
  Fifo<Entry> entries_;
  ByteFifo bytes_;
};

}  // namespace vivarium
