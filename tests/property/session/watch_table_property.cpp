// WatchTable against a set of (table, mode, path, watcher) tuples that fires by looking at all of them.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "kernel/session/watch_table.h"

namespace vivarium {
namespace {

enum Table { kDataTable, kChildTable };
enum Mode { kStandard, kPersistent, kRecursive };
using NaiveWatch = std::tuple<Table, Mode, std::string, ChannelId>;

struct NaiveWatches {
  std::set<NaiveWatch> all;

  static bool below(const std::string& path, const std::string& ancestor) {
    return ancestor == "/" || path.rfind(ancestor + "/", 0) == 0;
  }
  bool erase_if(bool (*matches)(const NaiveWatch&, WatcherType), WatcherType type, const std::string& path,
                ChannelId watcher) {
    bool any = false;
    for (auto it = all.begin(); it != all.end();) {
      const bool hit = std::get<2>(*it) == path && std::get<3>(*it) == watcher && matches(*it, type);
      it = hit ? all.erase(it) : std::next(it);
      any = any || hit;
    }
    return any;
  }
  static bool matches(const NaiveWatch& w, WatcherType type) {
    switch (type) {
      case WatcherType::kChildren:
        return std::get<0>(w) == kChildTable && std::get<1>(w) == kStandard;
      case WatcherType::kData:
        return std::get<0>(w) == kDataTable && std::get<1>(w) == kStandard;
      case WatcherType::kPersistent:
        return std::get<1>(w) == kPersistent;
      case WatcherType::kPersistentRecursive:
        return std::get<1>(w) == kRecursive;
      case WatcherType::kAny:
        return true;
    }
    return false;
  }
  bool contains(const std::string& path, ChannelId watcher, WatcherType type) const {
    return std::any_of(all.begin(), all.end(), [&](const NaiveWatch& w) {
      return std::get<2>(w) == path && std::get<3>(w) == watcher && matches(w, type);
    });
  }
  std::set<ChannelId> fire_table(Table table, const std::string& path) {
    std::set<ChannelId> heard;
    for (auto it = all.begin(); it != all.end();) {
      const auto& [of, mode, where, watcher] = *it;
      const bool here = of == table && where == path;
      const bool above = of == table && mode == kRecursive && below(path, where);
      if (here || above) heard.insert(watcher);
      it = here && mode == kStandard ? all.erase(it) : std::next(it);
    }
    return heard;
  }
  std::vector<ChannelId> trigger(EventType type, const std::string& path) {
    std::set<ChannelId> heard;
    if (type == EventType::kNodeChildrenChanged) {
      heard = fire_table(kChildTable, path);
    } else {
      heard = fire_table(kDataTable, path);
      if (type == EventType::kNodeDeleted) heard.merge(fire_table(kChildTable, path));
    }
    return {heard.begin(), heard.end()};
  }
  std::set<std::pair<std::string, ChannelId>> pairs(Table table) const {
    std::set<std::pair<std::string, ChannelId>> found;
    for (const auto& [of, mode, path, watcher] : all) {
      if (of == table) found.emplace(path, watcher);
    }
    return found;
  }
};

void compare(const WatchTable& table, const NaiveWatches& naive) {
  const auto data = naive.pairs(kDataTable);
  std::set<std::string> paths;
  std::set<ChannelId> watchers;
  for (const auto& [path, watcher] : data) {
    paths.insert(path);
    watchers.insert(watcher);
  }
  RC_ASSERT(table.data_watch_count() == data.size());
  RC_ASSERT(table.child_watch_count() == naive.pairs(kChildTable).size());
  RC_ASSERT(table.path_count() == paths.size());
  RC_ASSERT(table.watcher_count() == watchers.size());
  std::vector<std::pair<std::string, ChannelId>> seen;
  table.for_each_data_watch([&](std::string_view path, ChannelId watcher) { seen.emplace_back(path, watcher); });
  RC_ASSERT(seen == (std::vector<std::pair<std::string, ChannelId>>(data.begin(), data.end())));
}

RC_GTEST_PROP(WatchTable, behaves_like_a_set_of_watches, ()) {
  static const std::vector<std::string> kPaths = {"/", "/a", "/a/b", "/a/b/c", "/ab", "/b", "/b/a"};
  WatchTable table;
  NaiveWatches naive;
  const auto steps = *rc::gen::container<std::vector<std::tuple<int, std::string, std::uint32_t, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 16), rc::gen::elementOf(kPaths), rc::gen::inRange<std::uint32_t>(0, 5),
                     rc::gen::inRange(1, 6)));
  for (const auto& [what, path, slot, kind] : steps) {
    const ChannelId watcher{slot, 7};
    const auto type = static_cast<WatcherType>(kind);
    switch (what) {
      case 0:
      case 1:
        table.add_data(path, watcher);
        naive.all.emplace(kDataTable, kStandard, path, watcher);
        break;
      case 2:
      case 3:
        table.add_child(path, watcher);
        naive.all.emplace(kChildTable, kStandard, path, watcher);
        break;
      case 4:
      case 5:
        table.add_persistent(path, watcher);
        naive.all.emplace(kDataTable, kPersistent, path, watcher);
        naive.all.emplace(kChildTable, kPersistent, path, watcher);
        break;
      case 6:
        table.add_recursive(path, watcher);
        naive.all.emplace(kDataTable, kRecursive, path, watcher);
        break;
      case 7:
      case 8:
        RC_ASSERT(table.remove(path, watcher, type) == naive.erase_if(NaiveWatches::matches, type, path, watcher));
        break;
      case 9:
        RC_ASSERT(table.contains(path, watcher, type) == naive.contains(path, watcher, type));
        break;
      case 10:
        table.remove_all(watcher);
        for (auto it = naive.all.begin(); it != naive.all.end();) {
          it = std::get<3>(*it) == watcher ? naive.all.erase(it) : std::next(it);
        }
        break;
      default: {
        const auto event = static_cast<EventType>(what - 11 == 4 ? 2 : what - 10);
        Vector<ChannelId> heard;
        table.trigger(event, path, heard);
        RC_ASSERT(std::vector<ChannelId>(heard.begin(), heard.end()) == naive.trigger(event, path));
      }
    }
    compare(table, naive);
  }
}

}  // namespace
}  // namespace vivarium
