#include "kernel/zab/committed_log.h"

#include "kernel/base/assert.h"

namespace vivarium {

namespace {

/// Every epoch's first txn has counter 1.
bool follows(Zxid previous, Zxid next) {
  return next == previous.next() || (next.epoch() > previous.epoch() && next.counter() == 1);
}

}  // namespace

void CommittedLog::set_limits(std::size_t most, std::size_t most_bytes) {
  most_ = most;
  most_bytes_ = most_bytes;
  while (entries_.size() > most_ || (bytes_.size() > most_bytes_ && entries_.size() > 1)) pop_front();
}

void CommittedLog::push(Zxid zxid, std::string_view txn) {
  KIMPLIES(!empty(), zxid > max());
  if (!empty() && !follows(max(), zxid)) clear();
  const std::uint64_t position = bytes_.append(txn);
  entries_.push_back(Entry{zxid, position, static_cast<std::uint32_t>(txn.size())});
  while (entries_.size() > most_ || (bytes_.size() > most_bytes_ && entries_.size() > 1)) pop_front();
}

void CommittedLog::clear() {
  while (!empty()) pop_front();
}

void CommittedLog::pop_front() {
  const Entry& first = entries_.front();
  bytes_.drop_until(first.position + first.size);
  entries_.pop_front();
}

std::size_t CommittedLog::first_after(Zxid zxid) const {
  std::size_t low = 0, high = entries_.size();
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (entries_[middle].zxid > zxid) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

bool CommittedLog::contains(Zxid zxid) const {
  const std::size_t after = first_after(zxid);
  return after > 0 && entries_[after - 1].zxid == zxid;
}

void CommittedLog::hash_into(StateHash& hash) const {
  hash.add(entries_.size());
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    hash.add(static_cast<std::uint64_t>(entries_[i].zxid.value));
    hash.add(txn(entries_[i]));
  }
}

}  // namespace vivarium
