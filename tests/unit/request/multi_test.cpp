// Multi: all or nothing, in order, one zxid (features.md 1.3, protocol.md 2.6).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

std::pair<OpCode, std::string> op_create(std::string_view path, std::int32_t flags = 0, OpCode op = OpCode::kCreate) {
  return {op, create_body(op, path, "", flags)};
}
std::pair<OpCode, std::string> op_delete(std::string_view path, std::int32_t version = -1) {
  return {OpCode::kDelete, path_version_body(path, version)};
}
std::pair<OpCode, std::string> op_set(std::string_view path, std::string_view data, std::int32_t version = -1) {
  return {OpCode::kSetData, set_data_body(path, data, version)};
}
std::pair<OpCode, std::string> op_check(std::string_view path, std::int32_t version) {
  return {OpCode::kCheck, path_version_body(path, version)};
}

std::vector<ErrorCode> errors(const RequestWorld& w) {
  std::vector<ErrorCode> list;
  for (const OpResult& result : w.outcome.results) list.push_back(result.error);
  return list;
}

TEST(Multi, later_operations_see_earlier_ones) {
  RequestWorld w;
  EXPECT_EQ(w.multi({op_create("/a"), op_create("/a/b"), op_set("/a/b", "x", 0), op_check("/a/b", 1), op_delete("/a/b"),
                     op_delete("/a")}),
            ErrorCode::kOk);
  EXPECT_FALSE(w.exists("/a"));
  EXPECT_EQ(w.outcome.results.size(), 6u);
}

TEST(Multi, all_operations_share_one_zxid) {
  RequestWorld w;
  ASSERT_EQ(w.multi({op_create("/a"), op_create("/b")}), ErrorCode::kOk);
  EXPECT_EQ(w.stat("/a").czxid, w.stat("/b").czxid);
  EXPECT_EQ(w.stat("/a").czxid.value, w.zxid);
}

TEST(Multi, events_come_in_the_order_of_the_operations) {
  RequestWorld w;
  ASSERT_EQ(w.create("/b"), ErrorCode::kOk);
  ASSERT_EQ(w.multi({op_create("/a"), op_set("/b", "x"), op_delete("/b")}), ErrorCode::kOk);
  EXPECT_EQ(w.events(), (std::vector<std::pair<EventType, std::string>>{{EventType::kNodeCreated, "/a"},
                                                                        {EventType::kNodeChildrenChanged, "/"},
                                                                        {EventType::kNodeDataChanged, "/b"},
                                                                        {EventType::kNodeDeleted, "/b"},
                                                                        {EventType::kNodeChildrenChanged, "/"}}));
}

TEST(Multi, a_failing_operation_fails_all_and_changes_nothing) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  const std::uint64_t digest = w.tree.digest();
  EXPECT_EQ(w.multi({op_create("/x"), op_set("/a", "changed"), op_delete("/missing"), op_create("/y")}),
            ErrorCode::kNoNode);
  EXPECT_EQ(errors(w), (std::vector<ErrorCode>{ErrorCode::kOk, ErrorCode::kOk, ErrorCode::kNoNode,
                                               ErrorCode::kRuntimeInconsistency}));
  EXPECT_EQ(w.tree.digest(), digest);
  EXPECT_FALSE(w.exists("/x"));
  EXPECT_EQ(w.outcome.event_count(), 0u);
  EXPECT_EQ(w.tree.last_processed_zxid().value, w.zxid) << "it consumes its zxid";
}

TEST(Multi, a_failed_multi_stays_a_multi_in_the_log_with_what_had_succeeded_and_a_digest) {
  RequestWorld w;
  w.multi({op_create("/x"), op_delete("/missing"), op_create("/y")});
  EXPECT_EQ(w.last_txn.header.type, OpCode::kMulti);
  EXPECT_EQ(w.last_txn.digest, (TxnDigest{2, w.tree.digest()}));
  const MultiTxn& multi = std::get<MultiTxn>(w.last_txn.body);
  ASSERT_EQ(multi.count, 3);
  MultiTxnReader reader(multi);
  const auto first = reader.next();
  EXPECT_EQ(first->type, OpCode::kCreate);
  EXPECT_EQ(std::get<CreateTxn>(*decode_sub_txn(first->type, first->body)).path, "/x");
  const auto second = reader.next();
  EXPECT_EQ(second->type, OpCode::kError);
  EXPECT_EQ(second->body, std::string_view("\xff\xff\xff\x9b", 4));
  const auto third = reader.next();
  EXPECT_EQ(third->type, OpCode::kError);
  EXPECT_EQ(third->body, std::string_view("\xff\xff\xff\xfe", 4));
}

TEST(Multi, the_reply_of_a_failed_multi_has_its_errors_in_the_body_only) {
  RequestWorld w;
  w.multi({op_create("/x"), op_delete("/missing"), op_create("/y")});
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_write_reply(out, Xid{7}, w.last_txn, w.outcome);
  const std::string body = bytes_of(bytes).substr(20);
  const std::string expected(
      "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0"
      "\xff\xff\xff\xff\0\xff\xff\xff\x9b\xff\xff\xff\x9b"
      "\xff\xff\xff\xff\0\xff\xff\xff\xfe\xff\xff\xff\xfe"
      "\xff\xff\xff\xff\x01\xff\xff\xff\xff",
      48);
  EXPECT_EQ(body, expected) << "protocol.md section 11";
  EXPECT_EQ(bytes_of(bytes).substr(16, 4), std::string(4, '\0')) << "error 0 in the header";
}

TEST(Multi, sequence_numbers_are_given_in_order_and_given_back_by_a_failure) {
  RequestWorld w;
  ASSERT_EQ(w.create("/q"), ErrorCode::kOk);
  // Pending beforehand, so that the parent has a record to restore (ZK-1624).
  w.prepare(OpCode::kCreate, create_body(OpCode::kCreate, "/q/s-", "", create_flags::kPersistentSequential));
  const Prepared failed =
      w.prepare(OpCode::kMulti, multi_body({op_create("/q/s-", 2), op_create("/q/s-", 2), op_delete("/missing")}));
  EXPECT_EQ(failed.type, OpCode::kMulti);
  EXPECT_EQ(failed.error, ErrorCode::kNoNode);
  w.prepare(OpCode::kMulti, multi_body({op_create("/q/s-", 2), op_create("/q/s-", 3)}));
  w.commit_all();
  EXPECT_TRUE(w.exists("/q/s-0000000000"));
  EXPECT_TRUE(w.exists("/q/s-0000000001"));
  EXPECT_TRUE(w.exists("/q/s-0000000002"));
  EXPECT_EQ(w.stat("/q").num_children, 3);
}

TEST(Multi, an_empty_multi_is_legal_and_consumes_a_zxid) {
  RequestWorld w;
  const std::int64_t before = w.zxid;
  EXPECT_EQ(w.multi({}), ErrorCode::kOk);
  EXPECT_EQ(w.tree.last_processed_zxid().value, before + 1);
  EXPECT_EQ(w.last_txn.header.type, OpCode::kMulti);
}

TEST(Multi, create2_containers_and_ttl_nodes_answer_with_a_stat) {
  RequestWorld w({}, TreeOptions{true, true});
  ASSERT_EQ(w.multi({op_create("/a", 0, OpCode::kCreate2),
                     op_create("/c", 4, OpCode::kCreateContainer),
                     {OpCode::kCreateTtl, create_body(OpCode::kCreateTtl, "/t", "", 5, open_acl(), 10)}}),
            ErrorCode::kOk);
  for (const OpResult& result : w.outcome.results) EXPECT_EQ(result.stat.czxid.value, w.zxid);
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_write_reply(out, Xid{7}, w.last_txn, w.outcome);
  ByteReader in(view(bytes));
  in.bytes(20);
  for (const char* path : {"/a", "/c", "/t"}) {
    EXPECT_EQ(decode_multi_header(in).type, 15);
    EXPECT_EQ(in.ustring(), path);
    decode_stat(in);
  }
  EXPECT_TRUE(decode_multi_header(in).done);
  EXPECT_TRUE(in.finished());
}

TEST(Multi, the_reply_has_a_result_of_its_kind_for_each_operation) {
  RequestWorld w;
  ASSERT_EQ(w.create("/d"), ErrorCode::kOk);
  ASSERT_EQ(w.multi({op_create("/a"), op_set("/a", "xy"), op_check("/a", 1), op_delete("/d")}), ErrorCode::kOk);
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode_write_reply(out, Xid{7}, w.last_txn, w.outcome);
  ByteReader in(view(bytes));
  in.bytes(20);
  EXPECT_EQ(decode_multi_header(in).type, 1);
  EXPECT_EQ(in.ustring(), "/a");
  EXPECT_EQ(decode_multi_header(in).type, 5);
  EXPECT_EQ(decode_stat(in).data_length, 2);
  EXPECT_EQ(decode_multi_header(in).type, 13);
  EXPECT_EQ(decode_multi_header(in).type, 2);
  EXPECT_TRUE(decode_multi_header(in).done);
  EXPECT_TRUE(in.finished());
}

TEST(Multi, reads_and_unknown_operations_make_it_a_marshalling_error) {
  RequestWorld w;
  EXPECT_EQ(w.multi({op_create("/a"), {OpCode::kGetData, encoded(PathWatchRequest{"/", false})}}),
            ErrorCode::kMarshallingError);
  EXPECT_EQ(w.multi({{OpCode::kGetData, encoded(PathWatchRequest{"/", false})}}), ErrorCode::kMarshallingError);
  EXPECT_EQ(w.multi({op_create("/a"), {OpCode::kSetAcl, set_acl_body("/", open_acl())}}), ErrorCode::kMarshallingError);
  std::string cut = multi_body({op_create("/a")});
  cut.resize(cut.size() - 1);
  EXPECT_EQ(w.write(OpCode::kMulti, cut), ErrorCode::kMarshallingError);
  EXPECT_EQ(w.last_txn.header.type, OpCode::kError) << "the whole request fails, not one operation";
  EXPECT_FALSE(w.exists("/a"));
}

TEST(Multi, bad_flags_are_a_failed_operation_as_on_apache_3_8) {
  RequestWorld w;
  EXPECT_EQ(w.multi({op_create("/a"), op_create("/b", 99)}), ErrorCode::kBadArguments);
  EXPECT_EQ(w.last_txn.header.type, OpCode::kMulti);
  EXPECT_FALSE(w.exists("/a"));
}

TEST(Multi, create_ttl_with_another_mode_is_a_failed_operation) {
  RequestWorld w({}, TreeOptions{true, true});
  EXPECT_EQ(
      w.multi({op_create("/a"), {OpCode::kCreateTtl, create_body(OpCode::kCreateTtl, "/t", "", 0, open_acl(), -1)}}),
      ErrorCode::kBadArguments);
  EXPECT_FALSE(w.exists("/a"));
}

TEST(Multi, one_that_outgrows_the_largest_txn_is_refused_and_leaves_no_trace) {
  RequestOptions options;
  options.max_txn = 400;
  RequestWorld w(options);
  MultiOps operations;
  for (int i = 0; i < 8; ++i) operations.push_back(op_create("/node-number-" + std::to_string(i)));
  EXPECT_NE(w.multi(operations), ErrorCode::kOk);
  EXPECT_LE(w.last_txn_bytes.size(), 400u);
  EXPECT_FALSE(w.exists("/node-number-0"));
  EXPECT_EQ(w.create("/node-number-0"), ErrorCode::kOk) << "nothing pending is left of it";
}

TEST(Multi, pending_changes_are_restored_when_a_multi_touches_what_earlier_requests_changed) {
  RequestWorld w;
  ASSERT_EQ(w.create("/a"), ErrorCode::kOk);
  w.prepare(OpCode::kSetData, set_data_body("/a", "one"));
  w.prepare(OpCode::kMulti, multi_body({op_set("/a", "two", 1), op_set("/a", "three", 2), op_check("/a", 9)}));
  EXPECT_EQ(w.prepare(OpCode::kSetData, set_data_body("/a", "four", 1)).error, ErrorCode::kOk);
  w.commit_all();
  EXPECT_EQ(w.stat("/a").version, 2);
  EXPECT_EQ(w.tree.data(*w.tree.find("/a")), MaybeBytes("four"));
  EXPECT_EQ(w.preparer.outstanding().size(), 0u);
}

}  // namespace
}  // namespace vivarium::testing
