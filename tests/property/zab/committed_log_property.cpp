// CommittedLog against a deque of pairs.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <deque>
#include <string>
#include <utility>

#include "kernel/zab/committed_log.h"

namespace vivarium {
namespace {

struct NaiveLog {
  std::deque<std::pair<Zxid, std::string>> entries;
  std::size_t most = 500, most_bytes = 64u << 20;

  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& entry : entries) sum += entry.second.size();
    return sum;
  }
  void trim() {
    while (entries.size() > most) entries.pop_front();
    while (entries.size() > 1 && bytes() > most_bytes) entries.pop_front();
  }
  void push(Zxid zxid, const std::string& txn) {
    const Zxid last = entries.empty() ? zxid : entries.back().first;
    const bool same_epoch = zxid.epoch() == last.epoch();
    const bool gap = same_epoch ? zxid.value != last.value + 1 : zxid.counter() != 1;
    if (gap) entries.clear();
    entries.emplace_back(zxid, txn);
    trim();
  }
};

void compare(const CommittedLog& log, const NaiveLog& naive) {
  RC_ASSERT(log.size() == naive.entries.size());
  RC_ASSERT(log.empty() == naive.entries.empty());
  for (std::size_t i = 0; i < log.size(); ++i) {
    RC_ASSERT(log[i].zxid == naive.entries[i].first);
    RC_ASSERT(log.txn(log[i]) == naive.entries[i].second);
  }
  if (log.empty()) return;
  RC_ASSERT(log.min() == naive.entries.front().first);
  RC_ASSERT(log.max() == naive.entries.back().first);
  for (std::int64_t value = log.min().value - 2; value < log.min().value + 12; ++value) {
    std::size_t after = 0;
    bool found = false;
    for (const auto& entry : naive.entries) {
      after += entry.first.value <= value;
      found = found || entry.first.value == value;
    }
    RC_ASSERT(log.first_after(Zxid{value}) == after);
    RC_ASSERT(log.contains(Zxid{value}) == found);
  }
}

RC_GTEST_PROP(CommittedLog, is_a_bounded_deque, ()) {
  CommittedLog log;
  NaiveLog naive;
  Zxid last = Zxid::make(Epoch{1}, 0);
  const auto steps = *rc::gen::inRange(0, 300);
  for (int i = 0; i < steps; ++i) {
    const auto what = *rc::gen::inRange(0, 40);
    if (what == 0) {
      naive.most = *rc::gen::inRange<std::size_t>(1, 200);
      naive.most_bytes = *rc::gen::element<std::size_t>(1, 100, 20'000, 1'000'000);
      log.set_limits(naive.most, naive.most_bytes);
      naive.trim();
    } else if (what == 1) {
      log.clear();
      naive.entries.clear();
    } else {
      if (what == 2) last = Zxid::make(Epoch{last.epoch().value + 1}, *rc::gen::inRange<std::uint32_t>(0, 2));
      last = what == 3 ? Zxid{last.value + 3} : last.next();
      const std::string txn(*rc::gen::inRange<std::size_t>(1, 300), static_cast<char>('a' + i % 26));
      log.push(last, txn);
      naive.push(last, txn);
    }
    compare(log, naive);
  }
}

}  // namespace
}  // namespace vivarium
