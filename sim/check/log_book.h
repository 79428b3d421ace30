// Every txn that the server appended and did not lose: the total order that the oracle walks.
//
// Fed with the AppendLog effects as the storage lane takes them; cut back to what recovery returned after each crash. The files
// on the disk are compared with it (disk_log.h). Must never: keep a txn that recovery dropped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/types.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium::sim {

class LogBook {
 public:
  struct Entry {
    Zxid zxid;
    std::int64_t at = 0;       // virtual time
    std::int64_t wall_ms = 0;  // the server's wall clock
    std::size_t offset = 0, size = 0;
  };

  void append(Zxid zxid, std::string_view bytes, std::int64_t at, std::int64_t wall_ms) {
    const Zxid expected = entries_.empty() ? Zxid{1} : entries_.back().zxid.next();
    if (zxid != expected) fail("log-gap", text("appended ", hex(zxid.value), " where ", hex(expected.value), " was due"));
    entries_.push_back({zxid, at, wall_ms, arena_.size(), bytes.size()});
    arena_.append(bytes);
  }
  /// Recovery returned everything up to `last`.
  void cut_after(Zxid last) {
    while (!entries_.empty() && entries_.back().zxid > last) {
      arena_.resize(entries_.back().offset);
      entries_.pop_back();
    }
  }
  Zxid last() const { return entries_.empty() ? Zxid{0} : entries_.back().zxid; }
  std::size_t size() const { return entries_.size(); }
  /// Zxids are consecutive from 1.
  const Entry* find(Zxid zxid) const {
    if (zxid.value < 1 || static_cast<std::size_t>(zxid.value) > entries_.size()) return nullptr;
    return &entries_[static_cast<std::size_t>(zxid.value) - 1];
  }
  std::string_view bytes(const Entry& entry) const { return std::string_view(arena_).substr(entry.offset, entry.size); }

 private:
  std::vector<Entry> entries_;
  std::string arena_;
};

}  // namespace vivarium::sim
