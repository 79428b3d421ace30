// Ephemeral, container and TTL nodes, told apart by the stored owner (EphemeralType).
#include "kernel/base/limits.h"
#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

using Owner = TreeTest;

std::vector<std::string> paths_of(const DataTree& tree, std::int64_t session, std::string_view prefix = "") {
  std::vector<std::string> paths;
  tree.ephemerals().for_each_with_prefix(SessionId{session}, prefix,
                                         [&](std::string_view path) { paths.emplace_back(path); });
  return paths;
}

TEST_F(Owner, is_read_from_the_bits_of_the_stored_value) {
  EXPECT_EQ(owner_kind(0, true), OwnerKind::kPersistent);
  EXPECT_EQ(owner_kind(0x100000001, true), OwnerKind::kEphemeral);
  EXPECT_EQ(owner_kind(INT64_MIN, false), OwnerKind::kContainer);
  EXPECT_EQ(owner_kind(ttl_owner(1), true), OwnerKind::kTtl);
  EXPECT_EQ(owner_kind(ttl_owner(limits::kMaxTtl), true), OwnerKind::kTtl);
}

TEST_F(Owner, is_an_unknown_session_when_ttls_are_off) {
  EXPECT_EQ(owner_kind(ttl_owner(1), false), OwnerKind::kEphemeral);
}

TEST_F(Owner, with_reserved_bits_set_is_a_session) {
  EXPECT_EQ(owner_kind(static_cast<std::int64_t>(0xff00010000000001ULL), true), OwnerKind::kEphemeral);
}

TEST_F(Owner, carries_the_ttl) {
  EXPECT_EQ(ttl_owner(1000), static_cast<std::int64_t>(0xff000000000003e8ULL));
  EXPECT_EQ(ttl_of_owner(ttl_owner(limits::kMaxTtl)), limits::kMaxTtl);
}

TEST_F(Owner, as_3_5_3_wrote_it_is_a_ttl_only_where_that_is_emulated) {
  const auto old_form = static_cast<std::int64_t>(0x80000000000003e8ULL);
  EXPECT_EQ(owner_kind(old_form, true), OwnerKind::kEphemeral);
  EXPECT_EQ(owner_kind(old_form, true, true), OwnerKind::kTtl);
  EXPECT_EQ(owner_kind(old_form, false, true), OwnerKind::kEphemeral) << "extended types are off";
  EXPECT_EQ(ttl_of_owner(old_form), 1000);
  EXPECT_EQ(owner_kind(INT64_MIN, true, true), OwnerKind::kContainer);
  EXPECT_EQ(owner_kind(0x100000001, true, true), OwnerKind::kEphemeral);
  EXPECT_EQ(owner_kind(ttl_owner(1), true, true), OwnerKind::kTtl);
}

TEST_F(Owner, shows_clients_sessions_only) {
  create("/e", "", 77);
  create("/c", "", kContainerOwner);
  create("/t", "", ttl_owner(1000));
  EXPECT_EQ(stat("/e").ephemeral_owner, 77);
  EXPECT_EQ(stat("/c").ephemeral_owner, 0);
  EXPECT_EQ(stat("/t").ephemeral_owner, 0);
  EXPECT_EQ(tree_.stat_persisted(node("/t")).ephemeral_owner, ttl_owner(1000));
}

TEST_F(Owner, lists_the_ephemerals_of_a_session_in_path_order) {
  create("/e2", "", 77);
  create("/e1", "", 77);
  create("/other", "", 78);
  EXPECT_EQ(paths_of(tree_, 77), (std::vector<std::string>{"/e1", "/e2"}));
  EXPECT_EQ(paths_of(tree_, 77, "/e2"), (std::vector<std::string>{"/e2"}));
  EXPECT_EQ(paths_of(tree_, 79), std::vector<std::string>{});
  EXPECT_EQ(tree_.ephemerals().session_count(), 2u);
  EXPECT_EQ(tree_.ephemerals().size(), 3u);
}

TEST_F(Owner, forgets_a_session_with_its_last_ephemeral) {
  create("/e", "", 77);
  remove("/e");
  EXPECT_EQ(tree_.ephemerals().session_count(), 0u);
  EXPECT_EQ(tree_.ephemerals().paths(SessionId{77}), nullptr);
}

TEST_F(Owner, lists_sessions_in_id_order) {
  create("/a", "", 30);
  create("/b", "", -5);
  create("/c", "", 7);
  std::vector<std::int64_t> ids;
  tree_.ephemerals().for_each([&](SessionId id, const Ephemerals::Paths&) { ids.push_back(id.value); });
  EXPECT_EQ(ids, (std::vector<std::int64_t>{-5, 7, 30}));
}

TEST_F(Owner, lists_containers_and_ttl_nodes_in_path_order) {
  create("/c2", "", kContainerOwner);
  create("/c1", "", kContainerOwner);
  create("/t", "", ttl_owner(1234));
  std::vector<std::string> found;
  tree_.for_each_container([&](std::string_view path) { found.emplace_back(path); });
  tree_.for_each_ttl_node(
      [&](std::string_view path, std::int64_t ttl) { found.push_back(std::string(path) + "=" + std::to_string(ttl)); });
  EXPECT_EQ(found, (std::vector<std::string>{"/c1", "/c2", "/t=1234"}));
  remove("/c1");
  remove("/t");
  EXPECT_EQ(tree_.container_count(), 1u);
  EXPECT_EQ(tree_.ttl_node_count(), 0u);
}

TEST_F(Owner, survives_a_snapshot) {
  create("/e", "", 77);
  create("/c", "", kContainerOwner);
  create("/t", "", ttl_owner(1234));
  DataTree loaded(TreeOptions{.extended_types = true, .digest = true});
  load_from(loaded, tree_);
  EXPECT_EQ(paths_of(loaded, 77), (std::vector<std::string>{"/e"}));
  EXPECT_EQ(loaded.container_count(), 1u);
  EXPECT_EQ(loaded.ttl_node_count(), 1u);
}

TEST_F(Owner, of_the_root_is_nobody_even_if_a_snapshot_says_so) {
  StatPersisted stat;
  stat.ephemeral_owner = 77;
  tree_.begin_load();
  ASSERT_TRUE(tree_.load_node("", "", kOpenAclId, stat));
  tree_.end_load();
  EXPECT_EQ(tree_.ephemerals().size(), 0u);
}

}  // namespace
}  // namespace vivarium
