// The watch table; see the header.
#include "kernel/session/watch_table.h"

#include "kernel/base/slice.h"

namespace vivarium {
namespace {

/// The path above, or "" above "/" and above whatever has no slash. Paths of watches are not checked by anybody.
std::string_view path_above(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos || path.size() == 1) return {};
  return slash == 0 ? slice(path, 0, 1) : slice(path, 0, slash);
}

/// The watcher's place in watches sorted by watcher.
template <class Watches>
auto lower_bound(Watches& watches, ChannelId watcher) {
  return std::lower_bound(watches.begin(), watches.end(), watcher,
                          [](const auto& watch, ChannelId id) { return watch.watcher < id; });
}

}  // namespace

// ---- paths
// -----------------------------------------------------------------------------------------------------------

WatchTable::PathSlot WatchTable::find_path(std::string_view path) const {
  const auto found = index_.find(hash64(path));
  if (found == index_.end()) return kNoPath;
  PathSlot slot = found->second;
  while (slot != kNoPath && view(paths_[slot].path) != path) slot = paths_[slot].next_of_hash;
  return slot;
}

WatchTable::PathSlot WatchTable::find_or_add_path(std::string_view path) {
  const PathSlot known = find_path(path);
  if (known != kNoPath) return known;
  PathSlot slot;
  if (free_paths_.empty()) {
    slot = static_cast<PathSlot>(paths_.size());
    KASSERT(slot != kNoPath);
    paths_.emplace_back();
  } else {
    slot = free_paths_.back();
    free_paths_.pop_back();
  }
  WatchedPath& entry = paths_[slot];
  KASSERT(entry.watches.empty());
  entry.path.assign(path.data(), path.size());
  const auto [first, is_new] = index_.try_emplace(hash64(path), slot);
  entry.next_of_hash = is_new ? kNoPath : first->second;
  first->second = slot;
  return slot;
}

void WatchTable::release_path_if_unwatched(PathSlot slot) {
  WatchedPath& entry = paths_[slot];
  if (!entry.watches.empty()) return;
  KASSERT(entry.in_data_table == 0);
  const auto first = index_.find(hash64(view(entry.path)));
  KASSERT(first != index_.end());
  if (first->second != slot) {
    PathSlot before = first->second;
    while (paths_[before].next_of_hash != slot) before = paths_[before].next_of_hash;
    paths_[before].next_of_hash = entry.next_of_hash;
  } else if (entry.next_of_hash != kNoPath) {
    first->second = entry.next_of_hash;
  } else {
    index_.erase(first);
  }
  entry = WatchedPath{};
  free_paths_.push_back(slot);
}

// ---- one watch
// -------------------------------------------------------------------------------------------------------

const WatchTable::Watch* WatchTable::find_watch(PathSlot slot, ChannelId watcher) const {
  if (slot == kNoPath) return nullptr;
  const auto& watches = paths_[slot].watches;
  const auto found = lower_bound(watches, watcher);
  return found == watches.end() || found->watcher != watcher ? nullptr : &*found;
}

void WatchTable::account(WatchedPath& path, ChannelId watcher, Modes from, Modes to) {
  Watcher& owner = watchers_[watcher.slot];
  const bool was_data = (from & kDataTable) != 0, is_data = (to & kDataTable) != 0;
  const bool was_child = (from & kChildTable) != 0, is_child = (to & kChildTable) != 0;
  if (!was_data && is_data) {
    ++data_.watches;
    data_.paths += path.in_data_table++ == 0 ? 1 : 0;
    data_.watchers += owner.in_data_table++ == 0 ? 1 : 0;
  }
  if (was_data && !is_data) {
    --data_.watches;
    data_.paths -= --path.in_data_table == 0 ? 1 : 0;
    data_.watchers -= --owner.in_data_table == 0 ? 1 : 0;
  }
  if (!was_child && is_child) ++child_.watches;
  if (was_child && !is_child) --child_.watches;
  recursive_watches_ += (to & kRecursive) != 0 ? 1 : 0;
  recursive_watches_ -= (from & kRecursive) != 0 ? 1 : 0;
}

void WatchTable::add(std::string_view path, ChannelId watcher, Modes modes) {
  if (watcher.slot >= watchers_.size()) watchers_.resize(std::size_t{watcher.slot} + 1);
  Watcher& owner = watchers_[watcher.slot];
  KIMPLIES(!owner.paths.empty(), owner.generation == watcher.generation);
  owner.generation = watcher.generation;

  const PathSlot slot = find_or_add_path(path);
  WatchedPath& entry = paths_[slot];
  auto place = lower_bound(entry.watches, watcher);
  if (place == entry.watches.end() || place->watcher != watcher) {
    place = entry.watches.insert(place, Watch{watcher, static_cast<std::uint32_t>(owner.paths.size()), 0});
    owner.paths.push_back(slot);
  }
  const Modes before = place->modes;
  place->modes = static_cast<Modes>(before | modes);
  account(entry, watcher, before, place->modes);
}

void WatchTable::unlink(const Watch& watch) {
  Vector<PathSlot>& list = watchers_[watch.watcher.slot].paths;
  KASSERT(watch.position < list.size());
  const PathSlot moved = list.back();
  list.pop_back();
  if (watch.position == list.size()) return;
  list[watch.position] = moved;
  const auto place = lower_bound(paths_[moved].watches, watch.watcher);
  KASSERT(place != paths_[moved].watches.end());
  KASSERT(place->watcher == watch.watcher);
  place->position = watch.position;
}

void WatchTable::add_data(std::string_view path, ChannelId watcher) { add(path, watcher, kData); }
void WatchTable::add_child(std::string_view path, ChannelId watcher) { add(path, watcher, kChild); }
void WatchTable::add_persistent(std::string_view path, ChannelId watcher) { add(path, watcher, kPersistent); }
void WatchTable::add_recursive(std::string_view path, ChannelId watcher) { add(path, watcher, kRecursive); }

WatchTable::Modes WatchTable::modes_of(WatcherType type) {
  switch (type) {
    case WatcherType::kChildren:
      return kChild;
    case WatcherType::kData:
      return kData;
    case WatcherType::kPersistent:
      return kPersistent;
    case WatcherType::kPersistentRecursive:
      return kRecursive;
    case WatcherType::kAny:
      return kStandard | kPersistent | kRecursive;
  }
  KUNREACHABLE();
}

bool WatchTable::contains(std::string_view path, ChannelId watcher, WatcherType type) const {
  const Watch* watch = find_watch(find_path(path), watcher);
  return watch != nullptr && (watch->modes & modes_of(type)) != 0;
}

bool WatchTable::remove(std::string_view path, ChannelId watcher, WatcherType type) {
  const PathSlot slot = find_path(path);
  const Watch* found = find_watch(slot, watcher);
  if (found == nullptr || (found->modes & modes_of(type)) == 0) return false;
  WatchedPath& entry = paths_[slot];
  const auto place = entry.watches.begin() + (found - entry.watches.data());
  const Modes before = place->modes;
  place->modes = static_cast<Modes>(before & ~modes_of(type));
  account(entry, watcher, before, place->modes);
  if (place->modes == 0) {
    unlink(*place);
    entry.watches.erase(place);
    release_path_if_unwatched(slot);
  }
  return true;
}

void WatchTable::remove_all(ChannelId watcher) {
  if (watcher.slot >= watchers_.size()) return;
  Watcher& owner = watchers_[watcher.slot];
  if (owner.generation != watcher.generation) return;
  for (const PathSlot slot : owner.paths) {
    WatchedPath& entry = paths_[slot];
    const auto place = lower_bound(entry.watches, watcher);
    KASSERT(place != entry.watches.end());
    KASSERT(place->watcher == watcher);
    account(entry, watcher, place->modes, 0);
    entry.watches.erase(place);
    release_path_if_unwatched(slot);
  }
  KASSERT(owner.in_data_table == 0);
  owner = Watcher{};
}

// ---- events
// ----------------------------------------------------------------------------------------------------------

void WatchTable::fire_at(std::string_view path, Modes table, Vector<ChannelId>& watchers) {
  const PathSlot slot = find_path(path);
  if (slot == kNoPath) return;
  WatchedPath& entry = paths_[slot];
  auto kept = entry.watches.begin();
  for (Watch& watch : entry.watches) {
    const Modes before = watch.modes;
    if ((before & table) != 0) {
      watchers.push_back(watch.watcher);
      watch.modes = static_cast<Modes>(before & ~(table & kStandard));
      account(entry, watch.watcher, before, watch.modes);
    }
    if (watch.modes == 0) {
      unlink(watch);
    } else {
      *kept++ = watch;
    }
  }
  entry.watches.erase(kept, entry.watches.end());
  release_path_if_unwatched(slot);
}

void WatchTable::collect_recursive(std::string_view path, Vector<ChannelId>& watchers) const {
  for (path = path_above(path); !path.empty(); path = path_above(path)) {
    const PathSlot slot = find_path(path);
    if (slot == kNoPath) continue;
    for (const Watch& watch : paths_[slot].watches) {
      if ((watch.modes & kRecursive) != 0) watchers.push_back(watch.watcher);
    }
  }
}

void WatchTable::trigger(EventType type, std::string_view path, Vector<ChannelId>& watchers) {
  if (empty()) return;
  const auto first = static_cast<std::ptrdiff_t>(watchers.size());
  switch (type) {
    case EventType::kNodeCreated:
    case EventType::kNodeDataChanged:
      fire_at(path, kDataTable, watchers);
      break;
    case EventType::kNodeDeleted:
      fire_at(path, kDataTable | kChildTable, watchers);
      break;
    case EventType::kNodeChildrenChanged:
      fire_at(path, kChildTable, watchers);
      return;
    default:
      KUNREACHABLE();
  }
  if (recursive_watches_ == 0) return;
  collect_recursive(path, watchers);
  std::sort(watchers.begin() + first, watchers.end());
  watchers.erase(std::unique(watchers.begin() + first, watchers.end()), watchers.end());
}

// ---- reports
// ---------------------------------------------------------------------------------------------------------

Vector<WatchTable::PathSlot> WatchTable::paths_in_order() const {
  Vector<PathSlot> slots;
  for (PathSlot slot = 0; slot < paths_.size(); ++slot) {
    if (!paths_[slot].watches.empty()) slots.push_back(slot);
  }
  std::sort(slots.begin(), slots.end(),
            [this](PathSlot a, PathSlot b) { return view(paths_[a].path) < view(paths_[b].path); });
  return slots;
}

void WatchTable::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(data_.watches));
  hash.add(static_cast<std::uint64_t>(child_.watches));
  for (const PathSlot slot : paths_in_order()) {
    hash.add(view(paths_[slot].path));
    hash.add(static_cast<std::uint64_t>(paths_[slot].watches.size()));
    for (const Watch& watch : paths_[slot].watches) {
      hash.add(std::uint64_t{watch.watcher.slot} << 32 | watch.watcher.generation);
      hash.add(std::uint64_t{watch.modes});
    }
  }
}

}  // namespace vivarium
