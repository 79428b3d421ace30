// Every txn that any server ever appended, by zxid, and the order in which they were committed.
//
// An entry is kept for ever, committed or not: a zxid means one byte string, at one place behind one predecessor (Z4,
// Z7). So the entries form a tree of histories, the last zxid of a log tells the whole log, and what is committed is
// one path from the root. Must never: do arithmetic on zxids to find a neighbour; change an entry that more than its
// first author has seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/types.h"

namespace vivarium::sim {

/// Names an entry of the book; kRoot is the empty history (zxid 0).
using TxnIndex = std::uint32_t;
inline constexpr TxnIndex kRoot = 0;
inline constexpr TxnIndex kNoTxn = UINT32_MAX;
/// Place of an entry that is not committed. The root's place is 0, the first committed txn's 1.
inline constexpr std::uint32_t kUncommitted = UINT32_MAX;

class TxnBook {
 public:
  struct Entry {
    Zxid zxid;
    TxnIndex parent = kRoot;             // what its log held before it
    std::uint32_t place = kUncommitted;  // in the committed order
    Epoch committed_in;                  // of the leader by whose word it was first committed
    std::uint32_t proposer = 0;          // the member that appended it first
    std::uint32_t holders = 0;  // members whose durable log holds it, beside those with a snapshot that covers it
    std::int64_t wall_ms = 0;   // the proposer's wall clock
    std::uint64_t digest = 0;   // of the tree right after it, as the first server to apply it had it
    bool has_digest = false;
    std::size_t offset = 0, size = 0;
  };

  TxnBook();

  /// kNoTxn: nobody appended it. Zxid 0 is the root.
  TxnIndex find(Zxid zxid) const;
  const Entry& operator[](TxnIndex index) const { return entries_[index]; }
  Entry& edit(TxnIndex index) { return entries_[index]; }
  std::string_view bytes(TxnIndex index) const {
    return std::string_view(arena_).substr(entries_[index].offset, entries_[index].size);
  }
  /// Preconditions: `zxid` is unknown. Fails the seed when it is neither the next of its epoch nor the first of one.
  TxnIndex add(Zxid zxid, TxnIndex parent, std::string_view bytes, std::uint32_t proposer, std::int64_t wall_ms);
  /// A lone server drops what recovery did not return; its zxids will mean something else.
  void forget_after(Zxid last);

  /// Precondition: its parent is the last committed txn.
  void commit(TxnIndex index, Epoch leader);
  /// The txn at this place of the committed order; place 0 is the root.
  TxnIndex committed(std::uint32_t place) const { return order_[place]; }
  TxnIndex last_committed() const { return order_.back(); }
  /// The last txn that was committed by a leader of an epoch before `epoch`: what the leader of `epoch` must have.
  TxnIndex last_committed_before(Epoch epoch) const;
  std::uint32_t committed_count() const { return static_cast<std::uint32_t>(order_.size() - 1); }
  std::size_t size() const { return entries_.size() - 1; }

  /// Whether the history that ends in `descendant` holds `ancestor`.
  bool reaches(TxnIndex descendant, TxnIndex ancestor) const;

 private:
  struct Reign {
    Epoch epoch;
    std::uint32_t first_counter = 1;
    std::vector<TxnIndex> txns;  // by counter - first_counter
  };
  const Reign* reign(Epoch epoch) const;

  std::vector<Entry> entries_;
  std::vector<TxnIndex> order_;
  std::vector<Reign> reigns_;  // in order of epochs
  std::string arena_;
};

}  // namespace vivarium::sim
