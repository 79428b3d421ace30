// Watches of this server's connections (WatchManager, with 3.9's coexisting modes; features.md section 3).
//
// A watcher is a connection (its channel slot and generation), not a session. Standard watches fire once; persistent
// and recursive ones stay. Nothing here is replicated or stored. Apache's two tables (data and child) are one table
// here: a path knows, for each of its watchers, in which of the four ways it watches, so an event costs one look-up.
// Must never: deliver in an order that depends on a hash: watchers of a path fire in channel order.
// Invariants: W4, W6.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "kernel/base/assert.h"
#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

class WatchTable {
 public:
  /// Adding twice is adding once. The path need not exist.
  void add_data(std::string_view path, ChannelId watcher);        // getData, exists
  void add_child(std::string_view path, ChannelId watcher);       // getChildren
  void add_persistent(std::string_view path, ChannelId watcher);  // both tables
  void add_recursive(std::string_view path, ChannelId watcher);   // data table

  bool contains(std::string_view path, ChannelId watcher, WatcherType type) const;
  /// False when there was none (NOWATCHER).
  bool remove(std::string_view path, ChannelId watcher, WatcherType type);
  /// The connection is gone. Must be called before its slot is used again.
  void remove_all(ChannelId watcher);

  /// Appends the connections that hear of `type` at `path`, each at most once, in channel order, and drops the standard
  /// watches that fired. The caller passes the tree's events as they are: created and data changed at the node
  /// (data table), deleted (data then child table of the node), children changed (child table of the parent).
  void trigger(EventType type, std::string_view path, Vector<ChannelId>& watchers);

  // ---- totals: a watch is a (path, connection) pair of a table, as Apache counts ----------------------------------
  /// mntr's zk_watch_count is the sum of the two.
  std::size_t data_watch_count() const { return data_.watches; }
  std::size_t child_watch_count() const { return child_.watches; }
  /// wchs: paths and connections of the data table.
  std::size_t path_count() const { return data_.paths; }
  std::size_t watcher_count() const { return data_.watchers; }
  bool empty() const { return data_.watches + child_.watches == 0; }

  /// Calls visit(path, channel) over the data table in (path, channel) order. Sorts: for reports only.
  template <class Visit>
  void for_each_data_watch(Visit&& visit) const {
    for (const PathSlot slot : paths_in_order()) {
      for (const Watch& watch : paths_[slot].watches) {
        if ((watch.modes & kDataTable) != 0) visit(view(paths_[slot].path), watch.watcher);
      }
    }
  }

  void hash_into(StateHash& hash) const;

 private:
  using PathSlot = std::uint32_t;
  static constexpr PathSlot kNoPath = UINT32_MAX;

  /// How a connection watches a path. Bits, because the modes coexist.
  using Modes = std::uint8_t;
  static constexpr Modes kData = 1, kChild = 2, kPersistent = 4, kRecursive = 8;
  static constexpr Modes kStandard = kData | kChild;
  static constexpr Modes kDataTable = kData | kPersistent | kRecursive;
  static constexpr Modes kChildTable = kChild | kPersistent;
  static Modes modes_of(WatcherType type);

  struct Watch {
    ChannelId watcher;
    std::uint32_t position = 0;  // of this path in the watcher's list
    Modes modes = 0;             // never 0 in the table
  };
  struct WatchedPath {
    String path;
    SmallVector<Watch, 1> watches;  // sorted by watcher; empty when the slot is free
    PathSlot next_of_hash = kNoPath;
    std::uint32_t in_data_table = 0;
  };
  struct Watcher {
    Vector<PathSlot> paths;  // in no order; Watch::position points into it
    std::uint32_t generation = 0;
    std::uint32_t in_data_table = 0;
    std::uint32_t in_child_table = 0;
  };
  struct Totals {
    std::size_t watches = 0;
    std::size_t paths = 0;     // data table only
    std::size_t watchers = 0;  // data table only
  };

  void add(std::string_view path, ChannelId watcher, Modes modes);
  /// Moves one watch from modes `from` to `to` in every total.
  void account(WatchedPath& path, ChannelId watcher, Modes from, Modes to);
  PathSlot find_path(std::string_view path) const;
  PathSlot find_or_add_path(std::string_view path);
  void release_path_if_unwatched(PathSlot slot);
  const Watch* find_watch(PathSlot slot, ChannelId watcher) const;
  /// Takes the path off the watcher's list; the last path of the list moves into its place.
  void unlink(const Watch& watch);
  void fire_at(std::string_view path, Modes table, Vector<ChannelId>& watchers);
  void collect_recursive(std::string_view path, Vector<ChannelId>& watchers) const;
  Vector<PathSlot> paths_in_order() const;

  HashMap<std::uint64_t, PathSlot> index_;  // hash64(path) -> first path of that hash
  Deque<WatchedPath> paths_;
  Vector<PathSlot> free_paths_;
  Vector<Watcher> watchers_;  // by channel slot
  Totals data_, child_;
  std::size_t recursive_watches_ = 0;
};

}  // namespace vivarium
