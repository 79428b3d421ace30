// Requests decode with the server's decoders; replies decode from bytes written by hand.
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "kernel/client/replies.h"
#include "kernel/client/requests.h"

namespace vivarium {
namespace {

Stat some_stat() {
  Stat stat;
  stat.czxid = Zxid{1};
  stat.mzxid = Zxid{2};
  stat.pzxid = Zxid{3};
  stat.version = 4;
  stat.data_length = 5;
  return stat;
}

TEST(Requests, create_carries_everything) {
  const std::array<Acl, 2> entries = {Acl{31, "world", "anyone"}, Acl{1, "digest", "u:h"}};
  const Vector<char> acl = encode_acl_list(entries);
  const Request request = requests::create("/a", "data", view(acl), 5, OpCode::kCreateTtl, 1234);
  ByteReader in(view(request.body));
  const auto decoded = decode_create_request(in, OpCode::kCreateTtl);
  ASSERT_TRUE(decoded);
  EXPECT_TRUE(in.finished());
  EXPECT_EQ(decoded->path, "/a");
  EXPECT_EQ(decoded->data, "data");
  EXPECT_EQ(decoded->flags, 5);
  EXPECT_EQ(decoded->ttl_ms, 1234);
  EXPECT_EQ(decoded->acl, view(acl));
  AclReader reader(*decoded->acl);
  reader.next();
  EXPECT_EQ(reader.next().id, "u:h");
}

TEST(Requests, each_is_what_the_server_expects) {
  const auto whole = [](const Request& request, auto decode) {
    ByteReader in(view(request.body));
    const auto record = decode(in);
    EXPECT_TRUE(record.has_value());
    EXPECT_TRUE(in.finished());
    return *record;
  };
  EXPECT_EQ(whole(requests::remove("/a", 3), decode_path_version_request).version, 3);
  EXPECT_TRUE(whole(requests::exists("/a", true), decode_path_watch_request).watch);
  EXPECT_EQ(whole(requests::set_data("/a", std::nullopt, 2), decode_set_data_request).data, std::nullopt);
  EXPECT_EQ(whole(requests::set_acl("/a", open_acl(), 2), decode_set_acl_request).acl, open_acl());
  EXPECT_EQ(whole(requests::get_acl("/a"), decode_path_request).path, "/a");
  EXPECT_EQ(whole(requests::sync("/a"), decode_path_request).path, "/a");
  EXPECT_EQ(whole(requests::get_ephemerals("/a"), decode_path_request).path, "/a");
  EXPECT_EQ(whole(requests::get_all_children_number("/a"), decode_path_request).path, "/a");
  EXPECT_EQ(whole(requests::check_watches("/a", WatcherType::kAny), decode_path_int_request).value, 3);
  EXPECT_EQ(whole(requests::remove_watches("/a", WatcherType::kData), decode_path_int_request).value, 2);
  EXPECT_EQ(whole(requests::add_watch("/a", AddWatchMode::kPersistentRecursive), decode_path_int_request).value, 1);
  EXPECT_EQ(whole(requests::reconfig("j", std::nullopt, "n", 9), decode_reconfig_request).current_config_id, 9);
  EXPECT_EQ(requests::get_children("/a").op, OpCode::kGetChildren2);
  EXPECT_EQ(requests::get_children("/a", false, false).op, OpCode::kGetChildren);
  EXPECT_TRUE(requests::who_am_i().body.empty());
  EXPECT_EQ(requests::sasl("t").body.size(), 5u);
}

TEST(Requests, multi_wraps_operations_and_ends) {
  const std::array<Request, 2> operations = {requests::check("/a", 1), requests::remove("/b")};
  const Request request = requests::multi(operations);
  ByteReader in(view(request.body));
  const MultiHeader first = decode_multi_header(in);
  EXPECT_EQ(first.type, 13);
  EXPECT_FALSE(first.done);
  EXPECT_EQ(static_cast<std::int32_t>(first.error), -1);
  EXPECT_EQ(decode_path_version_request(in)->path, "/a");
  EXPECT_EQ(decode_multi_header(in).type, 2);
  EXPECT_EQ(decode_path_version_request(in)->path, "/b");
  const MultiHeader last = decode_multi_header(in);
  EXPECT_EQ(last.type, -1);
  EXPECT_TRUE(last.done);
  EXPECT_TRUE(in.finished());
}

TEST(Replies, decode_whole_records_only) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.ustring("/a0000000001");
  encode(out, some_stat());
  const auto created = decode_create_reply(view(bytes), OpCode::kCreate2);
  ASSERT_TRUE(created);
  EXPECT_EQ(created->path, "/a0000000001");
  EXPECT_EQ(created->stat, some_stat());
  EXPECT_FALSE(decode_create_reply(view(bytes), OpCode::kCreate)) << "bytes left over";
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(decode_create_reply(view(bytes).substr(0, size), OpCode::kCreate2));
  }
  const auto data = decode_data_reply(view(bytes));
  ASSERT_TRUE(data);
  EXPECT_EQ(data->data, "/a0000000001");
}

TEST(Replies, children_come_with_and_without_stat) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.i32(2);
  out.ustring("x");
  out.ustring("y");
  const auto plain = decode_children_reply(view(bytes), OpCode::kGetChildren);
  ASSERT_TRUE(plain);
  EXPECT_FALSE(plain->stat);
  EXPECT_EQ(StringVectorReader(plain->names).size(), 2);
  EXPECT_TRUE(decode_strings_reply(view(bytes)));
  encode(out, some_stat());
  const auto with_stat = decode_children_reply(view(bytes), OpCode::kGetChildren2);
  ASSERT_TRUE(with_stat);
  EXPECT_EQ(with_stat->stat, some_stat());
  EXPECT_FALSE(decode_children_reply(std::string_view("\x7f\xff\xff\xff", 4), OpCode::kGetChildren));
}

TEST(Replies, the_small_ones) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  encode(out, some_stat());
  EXPECT_EQ(decode_stat_reply(view(bytes)), some_stat());
  EXPECT_EQ(decode_count_reply(std::string_view("\0\0\0\5", 4)), 5);
  EXPECT_EQ(decode_path_reply(std::string_view("\0\0\0\2/a", 6)), "/a");
  bytes.clear();
  out.bytes(open_acl());
  encode(out, some_stat());
  const auto acl = decode_acl_reply(view(bytes));
  ASSERT_TRUE(acl);
  EXPECT_EQ(acl->acl, open_acl());
}

TEST(Replies, who_am_i_lists_identities) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  out.i32(2);
  for (const char* text : {"ip", "127.0.0.1", "digest", "u"}) out.ustring(text);
  WhoAmIReader reader(view(bytes));
  EXPECT_EQ(reader.next().user, "127.0.0.1");
  EXPECT_EQ(reader.next().scheme, "digest");
  EXPECT_TRUE(reader.done());
  EXPECT_TRUE(reader.ok());
  WhoAmIReader cut(view(bytes).substr(0, 10));
  while (!cut.done()) cut.next();
  EXPECT_FALSE(cut.ok());
}

TEST(Replies, a_multi_gives_its_results_in_order) {
  Vector<char> bytes;
  ByteWriter out(bytes);
  const auto header = [&out](OpCode op) {
    encode(out, MultiHeader{static_cast<std::int32_t>(op), false, ErrorCode::kOk});
  };
  header(OpCode::kCreate);
  out.ustring("/a");
  header(OpCode::kCreate2);
  out.ustring("/b");
  encode(out, some_stat());
  header(OpCode::kSetData);
  encode(out, some_stat());
  header(OpCode::kDelete);
  header(OpCode::kCheck);
  header(OpCode::kGetData);
  out.buffer("d");
  encode(out, some_stat());
  header(OpCode::kGetChildren);
  out.i32(1);
  out.ustring("c");
  encode(out, MultiHeader{-1, false, ErrorCode::kNoNode});
  out.i32(-101);
  encode(out, MultiHeader{-1, true, static_cast<ErrorCode>(-1)});
  MultiReader reader(view(bytes));
  EXPECT_EQ(reader.next()->path, "/a");
  EXPECT_EQ(reader.next()->stat, some_stat());
  EXPECT_EQ(reader.next()->type, OpCode::kSetData);
  EXPECT_EQ(reader.next()->type, OpCode::kDelete);
  EXPECT_EQ(reader.next()->type, OpCode::kCheck);
  EXPECT_EQ(reader.next()->data, "d");
  EXPECT_EQ(StringVectorReader(reader.next()->names).next(), "c");
  EXPECT_EQ(reader.next()->error, ErrorCode::kNoNode);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
  MultiReader cut(view(bytes).substr(0, bytes.size() - 9));
  while (cut.next()) {
  }
  EXPECT_FALSE(cut.ok()) << "the end mark is missing";
}

TEST(Replies, the_failed_multi_of_apache) {
  const char bytes[] =
      "\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0"
      "\xff\xff\xff\xff\0\xff\xff\xff\x9b\xff\xff\xff\x9b"
      "\xff\xff\xff\xff\0\xff\xff\xff\xfe\xff\xff\xff\xfe"
      "\xff\xff\xff\xff\1\xff\xff\xff\xff";
  MultiReader reader(std::string_view(bytes, sizeof bytes - 1));
  EXPECT_EQ(reader.next()->error, ErrorCode::kOk);
  EXPECT_EQ(reader.next()->error, ErrorCode::kNoNode);
  EXPECT_EQ(reader.next()->error, ErrorCode::kRuntimeInconsistency);
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.ok());
}

}  // namespace
}  // namespace vivarium
