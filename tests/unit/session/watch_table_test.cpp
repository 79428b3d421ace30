// Watches: who hears of what, once, and in which order.
#include "kernel/session/watch_table.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace vivarium {
namespace {

constexpr ChannelId kOne{1, 1}, kTwo{2, 1}, kThree{3, 1};
using Watchers = std::vector<ChannelId>;

Watchers fire(WatchTable& table, EventType type, std::string_view path) {
  Vector<ChannelId> watchers;
  table.trigger(type, path, watchers);
  return Watchers(watchers.begin(), watchers.end());
}
Watchers created(WatchTable& table, std::string_view path) { return fire(table, EventType::kNodeCreated, path); }
Watchers deleted(WatchTable& table, std::string_view path) { return fire(table, EventType::kNodeDeleted, path); }
Watchers changed(WatchTable& table, std::string_view path) { return fire(table, EventType::kNodeDataChanged, path); }
Watchers children(WatchTable& table, std::string_view path) {
  return fire(table, EventType::kNodeChildrenChanged, path);
}

TEST(WatchTable, a_data_watch_fires_once) {
  WatchTable table;
  table.add_data("/a", kOne);
  EXPECT_EQ(changed(table, "/a"), Watchers{kOne});
  EXPECT_EQ(changed(table, "/a"), Watchers{});
  EXPECT_TRUE(table.empty());
}

TEST(WatchTable, adding_twice_is_adding_once) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_data("/a", kOne);
  EXPECT_EQ(table.data_watch_count(), 1u);
  EXPECT_EQ(changed(table, "/a"), Watchers{kOne});
  EXPECT_EQ(changed(table, "/a"), Watchers{});
}

TEST(WatchTable, data_and_child_watches_hear_of_their_own_kind) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_child("/a", kTwo);
  EXPECT_EQ(children(table, "/a"), Watchers{kTwo});
  EXPECT_EQ(created(table, "/a"), Watchers{kOne});
}

TEST(WatchTable, watchers_fire_in_channel_order) {
  WatchTable table;
  for (const ChannelId watcher : {kThree, kOne, kTwo}) table.add_data("/a", watcher);
  EXPECT_EQ(changed(table, "/a"), (Watchers{kOne, kTwo, kThree}));
}

TEST(WatchTable, a_delete_reaches_each_connection_once_and_consumes_both_watches) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_child("/a", kOne);
  table.add_child("/a", kTwo);
  EXPECT_EQ(deleted(table, "/a"), (Watchers{kOne, kTwo}));
  EXPECT_TRUE(table.empty());
}

TEST(WatchTable, a_persistent_watch_hears_data_and_children_and_stays) {
  WatchTable table;
  table.add_persistent("/a", kOne);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(created(table, "/a"), Watchers{kOne});
    EXPECT_EQ(changed(table, "/a"), Watchers{kOne});
    EXPECT_EQ(children(table, "/a"), Watchers{kOne});
    EXPECT_EQ(deleted(table, "/a"), Watchers{kOne});
  }
  EXPECT_EQ(changed(table, "/a/b"), Watchers{});
}

TEST(WatchTable, a_recursive_watch_hears_the_subtree_but_never_of_children) {
  WatchTable table;
  table.add_recursive("/a", kOne);
  EXPECT_EQ(created(table, "/a"), Watchers{kOne});
  EXPECT_EQ(created(table, "/a/b"), Watchers{kOne});
  EXPECT_EQ(changed(table, "/a/b/c"), Watchers{kOne});
  EXPECT_EQ(deleted(table, "/a/b/c"), Watchers{kOne});
  EXPECT_EQ(children(table, "/a"), Watchers{});
  EXPECT_EQ(children(table, "/a/b"), Watchers{});
  EXPECT_EQ(created(table, "/ab"), Watchers{});
}

TEST(WatchTable, a_recursive_watch_on_the_root_hears_everything) {
  WatchTable table;
  table.add_recursive("/", kOne);
  EXPECT_EQ(changed(table, "/"), Watchers{kOne});
  EXPECT_EQ(created(table, "/a/b"), Watchers{kOne});
}

TEST(WatchTable, several_watches_of_one_connection_give_one_event) {
  WatchTable table;
  table.add_recursive("/", kOne);
  table.add_recursive("/a", kOne);
  table.add_data("/a/b", kOne);
  table.add_persistent("/a/b", kOne);
  table.add_data("/a/b", kTwo);
  EXPECT_EQ(changed(table, "/a/b"), (Watchers{kOne, kTwo}));
  EXPECT_EQ(changed(table, "/a/b"), Watchers{kOne});
}

TEST(WatchTable, modes_of_one_connection_on_one_path_coexist) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_persistent("/a", kOne);
  table.add_recursive("/a", kOne);
  EXPECT_EQ(changed(table, "/a"), Watchers{kOne});
  EXPECT_FALSE(table.contains("/a", kOne, WatcherType::kData));
  EXPECT_TRUE(table.contains("/a", kOne, WatcherType::kPersistent));
  EXPECT_TRUE(table.remove("/a", kOne, WatcherType::kPersistent));
  EXPECT_EQ(created(table, "/a/b"), Watchers{kOne});
}

TEST(WatchTable, removes_exactly_the_named_kind) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_child("/a", kOne);
  EXPECT_FALSE(table.remove("/a", kOne, WatcherType::kPersistent));
  EXPECT_FALSE(table.remove("/a", kTwo, WatcherType::kAny));
  EXPECT_FALSE(table.remove("/b", kOne, WatcherType::kAny));
  EXPECT_TRUE(table.remove("/a", kOne, WatcherType::kData));
  EXPECT_FALSE(table.remove("/a", kOne, WatcherType::kData));
  EXPECT_TRUE(table.contains("/a", kOne, WatcherType::kChildren));
  EXPECT_TRUE(table.contains("/a", kOne, WatcherType::kAny));
  EXPECT_TRUE(table.remove("/a", kOne, WatcherType::kAny));
  EXPECT_FALSE(table.contains("/a", kOne, WatcherType::kAny));
  EXPECT_TRUE(table.empty());
}

TEST(WatchTable, a_closed_connection_leaves_nothing_and_disturbs_nobody) {
  WatchTable table;
  for (int i = 0; i < 100; ++i) {
    const std::string path = "/n" + std::to_string(i);
    table.add_data(path, kOne);
    table.add_child(path, kTwo);
    table.add_recursive(path, kOne);
  }
  table.remove_all(kOne);
  table.remove_all(kThree);
  EXPECT_EQ(table.data_watch_count(), 0u);
  EXPECT_EQ(table.path_count(), 0u);
  EXPECT_EQ(table.watcher_count(), 0u);
  EXPECT_EQ(table.child_watch_count(), 100u);
  EXPECT_EQ(children(table, "/n7"), Watchers{kTwo});
  table.remove_all(kTwo);
  EXPECT_TRUE(table.empty());
}

TEST(WatchTable, a_reused_slot_is_another_watcher) {
  WatchTable table;
  table.add_data("/a", ChannelId{1, 1});
  table.remove_all(ChannelId{1, 1});
  table.add_data("/a", ChannelId{1, 2});
  table.remove_all(ChannelId{1, 1});
  EXPECT_EQ(changed(table, "/a"), (Watchers{ChannelId{1, 2}}));
}

TEST(WatchTable, counts_as_apache_counts) {
  WatchTable table;
  table.add_data("/a", kOne);
  table.add_persistent("/a", kOne);
  table.add_data("/a", kTwo);
  table.add_child("/b", kOne);
  table.add_recursive("/c", kOne);
  EXPECT_EQ(table.data_watch_count(), 3u);
  EXPECT_EQ(table.child_watch_count(), 2u);
  EXPECT_EQ(table.path_count(), 2u);
  EXPECT_EQ(table.watcher_count(), 2u);
}

TEST(WatchTable, reports_data_watches_by_path_then_channel) {
  WatchTable table;
  table.add_data("/b", kTwo);
  table.add_data("/b", kOne);
  table.add_persistent("/a", kTwo);
  table.add_child("/0", kOne);
  std::vector<std::pair<std::string, ChannelId>> seen;
  table.for_each_data_watch([&](std::string_view path, ChannelId watcher) { seen.emplace_back(path, watcher); });
  EXPECT_EQ(seen, (std::vector<std::pair<std::string, ChannelId>>{{"/a", kTwo}, {"/b", kOne}, {"/b", kTwo}}));
}

TEST(WatchTable, takes_any_string_as_a_path) {
  WatchTable table;
  table.add_recursive("", kOne);
  table.add_recursive("a/b", kOne);
  table.add_recursive("//", kOne);
  EXPECT_EQ(created(table, "a/b/c"), Watchers{kOne});
  EXPECT_EQ(created(table, ""), Watchers{kOne});
  EXPECT_EQ(created(table, "///x"), Watchers{kOne});
  table.remove_all(kOne);
  EXPECT_TRUE(table.empty());
}

TEST(WatchTable, appends_to_what_the_caller_has) {
  WatchTable table;
  table.add_recursive("/", kOne);
  Vector<ChannelId> watchers;
  watchers.push_back(kThree);
  table.trigger(EventType::kNodeCreated, "/a", watchers);
  ASSERT_EQ(watchers.size(), 2u);
  EXPECT_EQ(watchers[0], kThree);
  EXPECT_EQ(watchers[1], kOne);
}

TEST(WatchTable, hashes_by_content_not_by_history) {
  WatchTable one, other;
  one.add_data("/a", kOne);
  one.add_child("/b", kTwo);
  other.add_data("/c", kThree);
  other.add_child("/b", kTwo);
  other.add_data("/a", kOne);
  changed(other, "/c");
  StateHash first, second, third;
  one.hash_into(first);
  other.hash_into(second);
  EXPECT_EQ(first, second);
  other.add_persistent("/a", kOne);
  other.hash_into(third);
  EXPECT_NE(first, third);
}

}  // namespace
}  // namespace vivarium
