// Applying txns as they come from a log or a leader: again, over a fuzzy snapshot, and odd ones (protocol.md 3.1).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

Txn txn_of(RequestWorld& w, OpCode type, const TxnBody& body, std::int64_t zxid = 0) {
  Txn txn;
  txn.header = {w.session, Xid{1}, Zxid{zxid == 0 ? ++w.zxid : zxid}, WallTime{77}, type};
  txn.body = body;
  return txn;
}

TEST(Apply, a_create_ttl_txn_with_an_illegal_ttl_is_a_failed_operation) {
  RequestWorld w;
  const std::uint64_t digest = w.tree.digest();
  for (const std::int64_t ttl : {std::int64_t{-1}, std::int64_t{0}, limits::kMaxTtl + 1}) {
    apply(w.tree, w.sessions,
          txn_of(w, OpCode::kCreateTtl, CreateTxn{OpCode::kCreateTtl, "/t", "", open_acl(), false, 1, ttl}), w.outcome);
    EXPECT_NE(w.outcome.error, ErrorCode::kOk);
    EXPECT_EQ(w.tree.last_processed_zxid().value, w.zxid) << "the history goes on";
  }
  EXPECT_EQ(w.tree.digest(), digest);
}

TEST(Apply, a_multi_with_such_a_create_changes_nothing_at_all) {
  RequestWorld w;
  Vector<char> operations;
  ByteWriter out(operations);
  encode_sub_txn(out, OpCode::kCreate, CreateTxn{OpCode::kCreate, "/a", "", open_acl(), false, 1, 0});
  encode_sub_txn(out, OpCode::kCreateTtl, CreateTxn{OpCode::kCreateTtl, "/t", "", open_acl(), false, 2, -5});
  encode_sub_txn(out, OpCode::kCreate, CreateTxn{OpCode::kCreate, "/b", "", open_acl(), false, 3, 0});
  apply(w.tree, w.sessions, txn_of(w, OpCode::kMulti, MultiTxn{3, view(operations)}), w.outcome);
  EXPECT_FALSE(w.exists("/a"));
  EXPECT_FALSE(w.exists("/b"));
  ASSERT_EQ(w.outcome.results.size(), 3u);
  EXPECT_EQ(w.outcome.results[1].error, ErrorCode::kBadArguments);
  EXPECT_EQ(w.outcome.results[2].error, ErrorCode::kRuntimeInconsistency);
}

TEST(Apply, a_failed_multi_whose_earlier_bodies_are_typed_as_errors_changes_nothing) {
  RequestWorld w;
  Vector<char> create_body;
  ByteWriter body(create_body);
  encode_txn_body(body, CreateTxn{OpCode::kCreate, "/a", "", open_acl(), false, 1, 0});
  Vector<char> operations;
  ByteWriter out(operations);
  out.i32(-1);  // the type was overwritten, the body was not
  out.buffer(view(create_body));
  encode_sub_txn(out, OpCode::kError, ErrorTxn{ErrorCode::kNoNode});
  apply(w.tree, w.sessions, txn_of(w, OpCode::kMulti, MultiTxn{2, view(operations)}), w.outcome);
  EXPECT_FALSE(w.exists("/a"));
  EXPECT_EQ(w.tree.last_processed_zxid().value, w.zxid);
}

TEST(Apply, a_create_on_an_existing_node_raises_the_parent_only_for_the_plain_type) {
  for (const OpCode type : {OpCode::kCreate, OpCode::kCreate2}) {
    RequestWorld w;
    ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
    const Zxid before = w.stat("/").pzxid;
    apply(w.tree, w.sessions, txn_of(w, type, CreateTxn{type, "/a", "", read_only_acl(), false, 9, 0}), w.outcome);
    EXPECT_EQ(w.outcome.error, ErrorCode::kNodeExists);
    EXPECT_EQ(w.tree.acl(*w.tree.find("/a")), read_only_acl()) << "the ACL is replaced either way";
    EXPECT_EQ(w.stat("/").pzxid > before, type == OpCode::kCreate);
    EXPECT_EQ(w.outcome.event_count(), 0u);
  }
}

TEST(Apply, a_delete_of_a_missing_node_still_raises_the_parents_pzxid_and_fires_nothing) {
  RequestWorld w;
  apply(w.tree, w.sessions, txn_of(w, OpCode::kDelete, DeleteTxn{"/gone"}), w.outcome);
  EXPECT_EQ(w.outcome.error, ErrorCode::kNoNode);
  EXPECT_EQ(w.stat("/").pzxid.value, w.zxid);
  EXPECT_EQ(w.outcome.event_count(), 0u);
}

TEST(Apply, an_older_zxid_does_not_move_the_clock_back) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  const Zxid last = w.tree.last_processed_zxid();
  apply(w.tree, w.sessions, txn_of(w, OpCode::kSetData, SetDataTxn{"/a", "x", 1}, 1), w.outcome);
  EXPECT_EQ(w.tree.last_processed_zxid(), last);
}

TEST(Apply, a_wrong_digest_is_reported) {
  RequestWorld w;
  Txn txn = txn_of(w, OpCode::kCreate, CreateTxn{OpCode::kCreate, "/a", "", open_acl(), false, 1, 0});
  txn.digest = TxnDigest{2, 12345};
  apply(w.tree, w.sessions, txn, w.outcome);
  EXPECT_FALSE(w.outcome.digest_matches);
  EXPECT_TRUE(w.exists("/a"));
}

TEST(Apply, a_digest_of_another_version_is_not_compared) {
  RequestWorld w;
  Txn txn = txn_of(w, OpCode::kCreate, CreateTxn{OpCode::kCreate, "/a", "", open_acl(), false, 1, 0});
  txn.digest = TxnDigest{3, 12345};
  apply(w.tree, w.sessions, txn, w.outcome);
  EXPECT_TRUE(w.outcome.digest_matches);
}

TEST(Apply, events_are_not_collected_when_nobody_watches) {
  RequestWorld w;
  w.outcome.want_events = false;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  ASSERT_EQ(w.set_data("/a", "x"), ErrorCode::kOk);
  ASSERT_EQ(w.remove("/a"), ErrorCode::kOk);
  EXPECT_EQ(w.outcome.event_count(), 0u);
}

TEST(Apply, without_digests_a_txn_carries_none) {
  RequestWorld w({}, TreeOptions{false, false});
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  EXPECT_FALSE(w.last_txn.digest.has_value());
}

TEST(Apply, txns_without_a_change_repeat_the_current_digest) {
  RequestWorld w;
  EXPECT_EQ(w.last_txn.header.type, OpCode::kCreateSession);
  EXPECT_EQ(w.last_txn.digest, (TxnDigest{2, 0x51c6d660})) << "of a fresh tree";
}

TEST(Apply, replies_carry_the_body_of_their_kind) {
  RequestWorld w;
  auto reply = [&w] {
    Vector<char> bytes;
    ByteWriter out(bytes);
    encode_write_reply(out, Xid{7}, w.last_txn, w.outcome);
    return bytes_of(bytes);
  };
  auto framed = [&w](ErrorCode error, const std::string& body) {
    const std::string frame = encoded(ReplyHeader{Xid{7}, Zxid{w.zxid}, error}) + body;
    Vector<char> bytes;
    ByteWriter(bytes).buffer(frame);
    return bytes_of(bytes);
  };
  Vector<char> path;
  ByteWriter(path).ustring("/a");
  w.create("/a");
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, bytes_of(path)));
  w.create("/a");
  EXPECT_EQ(reply(), framed(ErrorCode::kNodeExists, ""));
  w.set_data("/a", "x");
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, encoded(w.stat("/a"))));
  w.set_acl("/a", read_only_acl());
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, encoded(w.stat("/a"))));
  w.remove("/a");
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, ""));
  w.write(OpCode::kCreate2, create_body(OpCode::kCreate2, "/a"));
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, bytes_of(path) + encoded(w.stat("/a"))));
  w.write(OpCode::kCloseSession, "");
  EXPECT_EQ(reply(), framed(ErrorCode::kOk, ""));
}

TEST(Apply, a_stand_alone_server_refuses_reconfiguration) {
  ReconfigRequest request;
  {
    RequestWorld w;
    EXPECT_EQ(w.write(OpCode::kReconfig, encoded(request)), ErrorCode::kReconfigDisabled);
  }
  RequestOptions options;
  options.reconfig_enabled = true;
  RequestWorld w(options);
  EXPECT_EQ(w.write(OpCode::kReconfig, encoded(request)), ErrorCode::kUnimplemented);
  w.session = SessionId{99};
  EXPECT_EQ(w.write(OpCode::kReconfig, encoded(request)), ErrorCode::kSessionExpired);
}

}  // namespace
}  // namespace vivarium::testing
