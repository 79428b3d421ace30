// Watches of this server's connections (WatchManager, with 3.9's coexisting modes; features.md section 3).
//
// A watcher is a connection (its channel slot and generation), not a session. Standard watches fire once; persistent and
// recursive ones stay. Nothing here is replicated or stored.
// Must never: deliver in an order that depends on a hash: watchers of a path fire in channel order.
// Invariants: W4, W6.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/types.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium {

/// WatcherType of checkWatches and removeWatches.
enum class WatcherType : std::int32_t { kChildren = 1, kData = 2, kAny = 3, kPersistent = 4, kPersistentRecursive = 5 };
/// AddWatchMode on the wire.
enum class AddWatchMode : std::int32_t { kPersistent = 0, kPersistentRecursive = 1 };

class WatchTable {
 public:
  void add_data(std::string_view path, ChannelId watcher);        // getData, exists
  void add_child(std::string_view path, ChannelId watcher);       // getChildren
  void add_persistent(std::string_view path, ChannelId watcher);  // both tables
  void add_recursive(std::string_view path, ChannelId watcher);   // data table

  bool contains(std::string_view path, ChannelId watcher, WatcherType type) const;
  /// False when there was none (NOWATCHER).
  bool remove(std::string_view path, ChannelId watcher, WatcherType type);
  /// The connection is gone.
  void remove_all(ChannelId watcher);

  /// Appends the connections that hear of `type` at `path`, each at most once, in channel order, and drops the standard
  /// watches that fired. The caller passes the tree's events as they are: created and data changed at the node
  /// (data table), deleted (data then child table of the node), children changed (child table of the parent).
  void trigger(EventType type, std::string_view path, Vector<ChannelId>& watchers);

  /// Totals for wchs and metrics: watches in the data table (as Apache counts), connections, paths.
  std::size_t data_watch_count() const;
  std::size_t path_count() const;
  std::size_t watcher_count() const;
  /// Calls visit(path, channel) over the data table in (path, channel) order.
  template <class Visit>
  void for_each_data_watch(Visit&& visit) const;

  void hash_into(StateHash& hash) const;
  // private part: chosen by the implementer
};

}  // namespace vivarium
