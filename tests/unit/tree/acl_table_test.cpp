// Ids and reference counts of ACL lists (ReferenceCountedACLCache).
#include "kernel/tree/acl_table.h"

#include "tests/unit/tree/tree_test.h"

namespace vivarium {
namespace {

const std::string kMine = acl_of(perms::kAll, "digest", "me:hash");
const std::string kYours = acl_of(perms::kRead, "digest", "you:hash");

std::vector<std::int64_t> ids(const AclTable& table) {
  std::vector<std::int64_t> found;
  table.for_each([&](std::int64_t id, AclBytes) { found.push_back(id); });
  return found;
}

TEST(AclTable, counts_ids_up_from_one) {
  AclTable table;
  EXPECT_EQ(table.id(table.acquire(kMine)), 1);
  EXPECT_EQ(table.id(table.acquire(kYours)), 2);
}

TEST(AclTable, never_lists_the_open_acl) {
  AclTable table;
  const AclSlot slot = table.acquire(open_acl());
  EXPECT_EQ(table.id(slot), kOpenAclId);
  EXPECT_EQ(table.bytes(slot), open_acl());
  EXPECT_EQ(table.size(), 0u);
  table.release(slot);
}

TEST(AclTable, stores_equal_lists_once) {
  AclTable table;
  const AclSlot first = table.acquire(kMine);
  EXPECT_EQ(table.acquire(kMine), first);
  EXPECT_EQ(table.references(first), 2);
  EXPECT_EQ(table.size(), 1u);
}

TEST(AclTable, drops_a_list_with_its_last_reference_and_never_reuses_the_id) {
  AclTable table;
  const AclSlot slot = table.acquire(kMine);
  table.release(slot);
  EXPECT_EQ(table.size(), 0u);
  EXPECT_EQ(table.id(table.acquire(kMine)), 2);
}

TEST(AclTable, goes_on_counting_after_the_largest_loaded_id) {
  AclTable table;
  table.load(41, kMine);
  table.add_reference(*table.slot_of_loaded(41));
  table.end_load();
  EXPECT_EQ(table.id(table.acquire(kYours)), 42);
}

TEST(AclTable, forgets_loaded_lists_that_no_node_wants) {
  AclTable table;
  table.load(1, kMine);
  table.load(2, kYours);
  table.add_reference(*table.slot_of_loaded(2));
  table.end_load();
  EXPECT_EQ(ids(table), (std::vector<std::int64_t>{2}));
}

TEST(AclTable, takes_a_loaded_open_acl_for_what_it_is) {
  AclTable table;
  table.load(5, open_acl());
  EXPECT_EQ(table.slot_of_loaded(5), kOpenAclSlot);
  EXPECT_EQ(table.slot_of_loaded(kOpenAclId), kOpenAclSlot);
}

TEST(AclTable, says_when_a_loaded_id_is_missing) {
  AclTable table;
  EXPECT_EQ(table.slot_of_loaded(1), std::nullopt);
}

TEST(AclTable, keeps_two_loaded_ids_of_one_list_apart) {
  AclTable table;
  table.load(1, kMine);
  table.load(2, kMine);
  const AclSlot first = *table.slot_of_loaded(1), second = *table.slot_of_loaded(2);
  table.add_reference(first);
  table.add_reference(second);
  table.end_load();
  table.release(first);
  EXPECT_EQ(table.bytes(second), kMine);
  EXPECT_EQ(ids(table), (std::vector<std::int64_t>{2}));
}

}  // namespace
}  // namespace vivarium
