// What each create mode makes, and how sequence numbers are given (features.md 1.3, section 2).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

std::int64_t stored_owner(const RequestWorld& w, std::string_view path) {
  return w.tree.stat_persisted(*w.tree.find(path)).ephemeral_owner;
}

ErrorCode create_mode(RequestWorld& w, OpCode op, std::string_view path, std::int32_t flags, std::int64_t ttl_ms = 0) {
  return w.write(op, create_body(op, path, "", flags, open_acl(), ttl_ms));
}

TEST(CreateModes, a_persistent_node_has_no_owner) {
  RequestWorld w;
  EXPECT_EQ(w.create("/a", "data"), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/a");
  EXPECT_EQ(stored_owner(w, "/a"), 0);
  EXPECT_EQ(w.events(), (std::vector<std::pair<EventType, std::string>>{{EventType::kNodeCreated, "/a"},
                                                                        {EventType::kNodeChildrenChanged, "/"}}));
}

TEST(CreateModes, an_ephemeral_node_belongs_to_its_session) {
  RequestWorld w;
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/a", create_flags::kEphemeral), ErrorCode::kOk);
  EXPECT_EQ(stored_owner(w, "/a"), w.session.value);
  EXPECT_EQ(w.stat("/a").ephemeral_owner, w.session.value);
}

TEST(CreateModes, an_ephemeral_node_has_no_children) {
  RequestWorld w;
  EXPECT_EQ(create_mode(w, OpCode::kCreate2, "/a", create_flags::kEphemeral), ErrorCode::kOk);
  EXPECT_EQ(w.create("/a/b"), ErrorCode::kNoChildrenForEphemerals);
}

TEST(CreateModes, sequence_numbers_come_from_the_parents_stored_cversion) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/a/s-", create_flags::kPersistentSequential), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/a/s-0000000000");
  EXPECT_EQ(w.create("/a/plain"), ErrorCode::kOk);
  EXPECT_EQ(w.remove("/a/plain"), ErrorCode::kOk);
  EXPECT_EQ(create_mode(w, OpCode::kCreate2, "/a/t-", create_flags::kEphemeralSequential), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/a/t-0000000002") << "shared by all children; deletes do not count";
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/a/", create_flags::kPersistentSequential), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/a/0000000003") << "the name may be the number alone";
}

TEST(CreateModes, a_failed_create_consumes_no_sequence_number) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  ASSERT_EQ(w.create("/a/s-0000000001"), ErrorCode::kOk);
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/a/s-", create_flags::kPersistentSequential), ErrorCode::kNodeExists);
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/a/t-", create_flags::kPersistentSequential), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/a/t-0000000001");
}

TEST(CreateModes, sequence_numbers_run_ahead_of_what_is_applied) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  const std::string body = create_body(OpCode::kCreate, "/a/s-", "", create_flags::kPersistentSequential);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(w.prepare(OpCode::kCreate, body).error, ErrorCode::kOk);
  w.commit_all();
  EXPECT_TRUE(w.exists("/a/s-0000000000"));
  EXPECT_TRUE(w.exists("/a/s-0000000001"));
  EXPECT_TRUE(w.exists("/a/s-0000000002"));
}

TEST(CreateModes, numbers_beyond_the_largest_int_are_negative_and_ten_wide) {
  RequestWorld w;
  // A parent whose counter was driven to the end, as a log could leave it.
  Txn txn;
  txn.header = {w.session, Xid{1}, Zxid{++w.zxid}, WallTime{1}, OpCode::kCreate};
  txn.body = CreateTxn{OpCode::kCreate, "/x", "", open_acl(), false, INT32_MAX, 0};
  apply(w.tree, w.sessions, txn, w.outcome);
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/s-", create_flags::kPersistentSequential), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/s-2147483647");
}

TEST(CreateModes, a_container_is_made_by_its_own_operation) {
  RequestWorld w;
  EXPECT_EQ(create_mode(w, OpCode::kCreateContainer, "/c", create_flags::kContainer), ErrorCode::kOk);
  EXPECT_EQ(stored_owner(w, "/c"), kContainerOwner);
  EXPECT_EQ(w.stat("/c").ephemeral_owner, 0) << "clients do not see it";
  EXPECT_EQ(w.create("/c/child"), ErrorCode::kOk);
}

TEST(CreateModes, a_container_flag_on_create_makes_a_plain_node_with_a_right_digest) {
  RequestWorld w;  // commit() expects every digest to match
  EXPECT_EQ(create_mode(w, OpCode::kCreate, "/c", create_flags::kContainer), ErrorCode::kOk);
  EXPECT_EQ(stored_owner(w, "/c"), 0);
}

TEST(CreateModes, create_container_with_other_flags_makes_a_container_with_a_right_digest) {
  RequestWorld w;
  for (const std::int32_t flags : {0, 1}) {
    EXPECT_EQ(create_mode(w, OpCode::kCreateContainer, flags == 0 ? "/c0" : "/c1", flags), ErrorCode::kOk);
    EXPECT_EQ(stored_owner(w, w.created_path()), kContainerOwner);
  }
  EXPECT_EQ(create_mode(w, OpCode::kCreateContainer, "/c-", 3), ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/c-0000000002") << "the name still gets its number";
  EXPECT_EQ(stored_owner(w, "/c-0000000002"), kContainerOwner);
}

TEST(CreateModes, ttl_nodes_hold_their_ttl_as_owner) {
  RequestWorld w({}, TreeOptions{true, true});
  EXPECT_EQ(create_mode(w, OpCode::kCreateTtl, "/t", create_flags::kPersistentWithTtl, 1), ErrorCode::kOk);
  EXPECT_EQ(stored_owner(w, "/t"), ttl_owner(1));
  EXPECT_EQ(create_mode(w, OpCode::kCreateTtl, "/t-", create_flags::kPersistentSequentialWithTtl, limits::kMaxTtl),
            ErrorCode::kOk);
  EXPECT_EQ(w.created_path(), "/t-0000000001");
  EXPECT_EQ(w.create("/t/child"), ErrorCode::kOk) << "a TTL node is no ephemeral";
}

TEST(CreateModes, ttl_flags_belong_to_create_ttl_alone) {
  RequestWorld w({}, TreeOptions{true, true});
  for (const OpCode op : {OpCode::kCreate, OpCode::kCreate2, OpCode::kCreateContainer}) {
    EXPECT_EQ(create_mode(w, op, "/t", create_flags::kPersistentWithTtl), ErrorCode::kBadArguments);
  }
}

TEST(CreateModes, create_ttl_with_another_mode_is_refused_whatever_its_ttl) {
  for (const bool extended : {false, true}) {
    RequestWorld w({}, TreeOptions{extended, true});
    for (const std::int64_t ttl : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{5000}}) {
      for (std::int32_t flags = 0; flags <= 4; ++flags) {
        EXPECT_EQ(create_mode(w, OpCode::kCreateTtl, "/t", flags, ttl), ErrorCode::kBadArguments);
      }
    }
  }
}

TEST(CreateModes, null_data_stays_null) {
  RequestWorld w;
  EXPECT_EQ(w.create("/n", std::nullopt), ErrorCode::kOk);
  EXPECT_EQ(w.tree.data(*w.tree.find("/n")), std::nullopt);
  EXPECT_EQ(w.create("/e", ""), ErrorCode::kOk);
  EXPECT_EQ(w.tree.data(*w.tree.find("/e")), MaybeBytes(""));
}

TEST(CreateModes, a_container_is_deleted_only_by_the_server_and_only_as_such) {
  RequestWorld w;
  const std::string container = encoded(PathRequest{"/c"});
  ASSERT_EQ(create_mode(w, OpCode::kCreateContainer, "/c", create_flags::kContainer), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, container), ErrorCode::kBadArguments) << "from a client";
  ASSERT_EQ(w.create("/c/x"), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, container, true), ErrorCode::kNotEmpty);
  ASSERT_EQ(w.remove("/c/x"), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, container, true), ErrorCode::kOk);
  EXPECT_FALSE(w.exists("/c"));
  EXPECT_EQ(w.last_txn.header.type, OpCode::kDeleteContainer);
  EXPECT_EQ(w.last_txn.header.client_id, SessionId{0});
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, container, true), ErrorCode::kNoNode);
  ASSERT_EQ(w.create("/c"), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, container, true), ErrorCode::kBadVersion) << "it became a plain node";
}

TEST(CreateModes, a_container_with_a_pending_write_is_not_deleted) {
  RequestWorld w;
  ASSERT_EQ(create_mode(w, OpCode::kCreateContainer, "/c", create_flags::kContainer), ErrorCode::kOk);
  w.prepare(OpCode::kSetData, set_data_body("/c", "in use", -1));
  EXPECT_EQ(w.prepare(OpCode::kDeleteContainer, encoded(PathRequest{"/c"}), true).error, ErrorCode::kBadVersion);
  w.commit_all();
  EXPECT_EQ(w.write(OpCode::kDeleteContainer, encoded(PathRequest{"/c"}), true), ErrorCode::kOk);
}

}  // namespace
}  // namespace vivarium::testing
