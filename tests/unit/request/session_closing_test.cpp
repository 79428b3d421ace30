// createSession, closeSession and what may still happen in between (correctness.md E4, ZK-1208, ZK-3145, ZK-4306).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

std::string ephemeral(std::string_view path) {
  return create_body(OpCode::kCreate, path, "", create_flags::kEphemeral);
}

std::vector<std::string> listed_paths(const RequestWorld& w) {
  std::vector<std::string> list;
  const CloseSessionTxn& txn = std::get<CloseSessionTxn>(w.last_txn.body);
  for (StringVectorReader reader(txn.paths.value()); !reader.done();) list.emplace_back(reader.next());
  return list;
}

TEST(SessionClosing, removes_the_sessions_ephemerals_and_names_them) {
  RequestWorld w;
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/b")), ErrorCode::kOk);
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/a")), ErrorCode::kOk);
  ASSERT_EQ(w.create("/stays"), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kCloseSession, ""), ErrorCode::kOk);
  EXPECT_EQ(listed_paths(w), (std::vector<std::string>{"/a", "/b"}));
  EXPECT_FALSE(w.exists("/a"));
  EXPECT_FALSE(w.exists("/b"));
  EXPECT_TRUE(w.exists("/stays"));
  EXPECT_FALSE(w.sessions.contains(w.session));
  EXPECT_EQ(w.events(), (std::vector<std::pair<EventType, std::string>>{{EventType::kNodeDeleted, "/a"},
                                                                        {EventType::kNodeChildrenChanged, "/"},
                                                                        {EventType::kNodeDeleted, "/b"},
                                                                        {EventType::kNodeChildrenChanged, "/"}}));
}

TEST(SessionClosing, includes_what_was_created_earlier_in_the_same_batch) {
  RequestWorld w;
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/old")), ErrorCode::kOk);
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/gone")), ErrorCode::kOk);
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/again")), ErrorCode::kOk);
  w.prepare(OpCode::kCreate, ephemeral("/new"));
  w.prepare(OpCode::kDelete, path_version_body("/gone"));
  w.prepare(OpCode::kDelete, path_version_body("/again"));
  w.prepare(OpCode::kCreate, ephemeral("/again"));
  w.prepare(OpCode::kCreate, ephemeral("/brief"));
  w.prepare(OpCode::kDelete, path_version_body("/brief"));
  w.prepare(OpCode::kCloseSession, "");
  w.commit_all();
  EXPECT_EQ(listed_paths(w), (std::vector<std::string>{"/again", "/new", "/old"}));
  EXPECT_EQ(w.tree.ephemerals().size(), 0u);
}

TEST(SessionClosing, leaves_a_node_that_became_anothers) {
  RequestWorld w;
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/a")), ErrorCode::kOk);
  w.open_session(SessionId{2});
  w.prepare(OpCode::kDelete, path_version_body("/a"));
  const SessionId first = std::exchange(w.session, SessionId{2});
  w.prepare(OpCode::kCreate, ephemeral("/a"));
  w.session = first;
  w.prepare(OpCode::kCloseSession, "");
  w.commit_all();
  EXPECT_TRUE(listed_paths(w).empty());
  EXPECT_EQ(w.stat("/a").ephemeral_owner, 2);
}

TEST(SessionClosing, refuses_writes_that_come_behind_it_at_once_and_for_ever) {
  RequestWorld w;
  w.prepare(OpCode::kCloseSession, "");
  EXPECT_EQ(w.prepare(OpCode::kCreate, ephemeral("/late")).error, ErrorCode::kSessionExpired);
  EXPECT_EQ(w.prepare(OpCode::kMulti, multi_body({{OpCode::kCreate, ephemeral("/late")}})).error,
            ErrorCode::kSessionExpired);
  w.commit_all();
  EXPECT_EQ(w.write(OpCode::kCreate, ephemeral("/late")), ErrorCode::kSessionExpired);
  EXPECT_FALSE(w.exists("/late"));
}

TEST(SessionClosing, a_session_marked_as_expiring_may_not_write) {
  RequestWorld w;
  w.sessions.mark_closing(w.session);
  EXPECT_EQ(w.create("/a"), ErrorCode::kSessionExpired);
  EXPECT_EQ(w.write(OpCode::kCloseSession, ""), ErrorCode::kOk) << "but closing it is what comes next";
}

TEST(SessionClosing, a_second_close_finds_nothing_left) {
  RequestWorld w;
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/a")), ErrorCode::kOk);
  w.prepare(OpCode::kCloseSession, "");
  w.prepare(OpCode::kCloseSession, "");
  w.commit_all();
  EXPECT_TRUE(listed_paths(w).empty());
}

TEST(SessionClosing, a_session_may_write_as_soon_as_its_creation_is_prepared) {
  RequestWorld w;
  w.session = SessionId{5};
  Vector<char> timeout;
  ByteWriter(timeout).i32(4000);
  w.prepare(OpCode::kCreateSession, bytes_of(timeout));
  EXPECT_EQ(w.prepare(OpCode::kCreate, ephemeral("/a")).error, ErrorCode::kOk);
  w.commit_all();
  EXPECT_EQ(w.sessions.timeout_ms(SessionId{5}), 4000);
}

TEST(SessionClosing, a_list_that_would_not_fit_gives_way_to_the_form_without_one) {
  RequestOptions options;
  options.max_txn = 600;
  RequestWorld w(options);
  for (int i = 0; i < 40; ++i) {
    ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/ephemeral-" + std::to_string(i))), ErrorCode::kOk);
  }
  w.prepare(OpCode::kCreate, ephemeral("/pending"));
  w.prepare(OpCode::kCloseSession, "");
  w.prepare(OpCode::kCreateSession, std::string("\0\0\0\1", 4));
  w.commit();
  w.commit();
  EXPECT_FALSE(std::get<CloseSessionTxn>(w.last_txn.body).paths.has_value());
  EXPECT_FALSE(w.last_txn.digest.has_value()) << "a digest would be taken for a list";
  EXPECT_EQ(w.tree.ephemerals().size(), 0u);
  w.commit();  // expects that the digest, which ran ahead of the close, is right again
}

TEST(SessionClosing, can_be_told_not_to_list) {
  RequestOptions options;
  options.close_session_txn = false;
  RequestWorld w(options);
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/a")), ErrorCode::kOk);
  EXPECT_EQ(w.write(OpCode::kCloseSession, ""), ErrorCode::kOk);
  EXPECT_FALSE(std::get<CloseSessionTxn>(w.last_txn.body).paths.has_value());
  EXPECT_FALSE(w.exists("/a"));
}

TEST(SessionClosing, replay_deletes_listed_nodes_and_whatever_else_the_session_holds) {
  RequestWorld w;
  ASSERT_EQ(w.write(OpCode::kCreate, ephemeral("/unlisted")), ErrorCode::kOk);
  Vector<char> list;
  ByteWriter out(list);
  out.i32(1);
  out.ustring("/already-gone");
  Txn txn;
  txn.header = {w.session, Xid{9}, Zxid{w.zxid + 5}, WallTime{1}, OpCode::kCloseSession};
  txn.body = CloseSessionTxn{view(list)};
  apply(w.tree, w.sessions, txn, w.outcome);
  EXPECT_EQ(w.outcome.error, ErrorCode::kOk);
  EXPECT_FALSE(w.exists("/unlisted"));
  EXPECT_EQ(w.stat("/").pzxid.value, w.zxid + 5);
}

}  // namespace
}  // namespace vivarium::testing
