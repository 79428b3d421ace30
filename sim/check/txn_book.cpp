// All txns and the committed order; see txn_book.h.
#include "sim/check/txn_book.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "sim/check/laws.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

TxnBook::TxnBook() {
  Entry root;
  root.place = 0;
  entries_.push_back(root);
  order_.push_back(kRoot);
}

const TxnBook::Reign* TxnBook::reign(Epoch epoch) const {
  // Nearly always the newest.
  for (std::size_t i = reigns_.size(); i > 0; --i) {
    if (reigns_[i - 1].epoch == epoch) return &reigns_[i - 1];
    if (reigns_[i - 1].epoch < epoch) return nullptr;
  }
  return nullptr;
}

TxnIndex TxnBook::find(Zxid zxid) const {
  if (zxid.value == 0) return kRoot;
  const Reign* found = reign(zxid.epoch());
  if (found == nullptr || zxid.counter() < found->first_counter) return kNoTxn;
  const std::size_t at = zxid.counter() - found->first_counter;
  return at < found->txns.size() ? found->txns[at] : kNoTxn;
}

TxnIndex TxnBook::add(Zxid zxid, TxnIndex parent, std::string_view bytes, std::uint32_t proposer,
                      std::int64_t wall_ms) {
  KASSERT(find(zxid) == kNoTxn);
  auto place = std::find_if(reigns_.begin(), reigns_.end(), [&](const Reign& r) { return r.epoch >= zxid.epoch(); });
  if (place == reigns_.end() || place->epoch != zxid.epoch()) {
    if (zxid.counter() != 1)
      fail(laws::kContiguity, text("the first txn of epoch ", zxid.epoch().value, " is ", hex(zxid.value)));
    place = reigns_.insert(place, Reign{zxid.epoch(), zxid.counter(), {}});
  }
  const std::uint32_t due = place->first_counter + static_cast<std::uint32_t>(place->txns.size());
  if (zxid.counter() != due) {
    fail(laws::kContiguity,
         text("appended ", hex(zxid.value), " where ", hex(Zxid::make(zxid.epoch(), due).value), " was due"));
  }
  Entry entry;
  entry.zxid = zxid;
  entry.parent = parent;
  entry.proposer = proposer;
  entry.wall_ms = wall_ms;
  entry.offset = arena_.size();
  entry.size = bytes.size();
  arena_.append(bytes);
  const auto index = static_cast<TxnIndex>(entries_.size());
  entries_.push_back(entry);
  place->txns.push_back(index);
  return index;
}

void TxnBook::forget_after(Zxid last) {
  while (entries_.back().zxid > last) {
    KASSERT(entries_.back().place == kUncommitted);
    arena_.resize(entries_.back().offset);
    entries_.pop_back();
    reigns_.back().txns.pop_back();
    if (reigns_.back().txns.empty()) reigns_.pop_back();
  }
}

void TxnBook::commit(TxnIndex index, Epoch leader) {
  KASSERT(entries_[index].place == kUncommitted);
  KASSERT(entries_[index].parent == order_.back());
  entries_[index].place = static_cast<std::uint32_t>(order_.size());
  entries_[index].committed_in = leader;
  order_.push_back(index);
}

TxnIndex TxnBook::last_committed_before(Epoch epoch) const {
  std::size_t place = order_.size() - 1;
  while (place > 0 && entries_[order_[place]].committed_in >= epoch) --place;
  return order_[place];
}

bool TxnBook::reaches(TxnIndex descendant, TxnIndex ancestor) const {
  // A committed history holds exactly what is committed before it; elsewhere zxids grow along every path.
  while (entries_[descendant].zxid > entries_[ancestor].zxid) {
    if (entries_[descendant].place != kUncommitted) return entries_[ancestor].place <= entries_[descendant].place;
    descendant = entries_[descendant].parent;
  }
  return descendant == ancestor;
}

}  // namespace vivarium::sim
