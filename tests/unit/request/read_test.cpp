// Reads: what they answer, and which watches they leave behind (features.md sections 1 and 3, protocol.md 2.7).
#include "tests/support/request_world.h"

namespace vivarium::testing {
namespace {

std::string watch_body(std::string_view path, bool watch = false) { return encoded(PathWatchRequest{path, watch}); }
std::string buffer(MaybeBytes bytes) {
  Vector<char> out;
  ByteWriter(out).buffer(bytes);
  return bytes_of(out);
}
std::string number(std::int32_t v) {
  Vector<char> out;
  ByteWriter(out).i32(v);
  return bytes_of(out);
}
std::string list(const std::vector<std::string>& items) {
  std::string out = number(static_cast<std::int32_t>(items.size()));
  for (const std::string& item : items) out += buffer(item);
  return out;
}

TEST(Read, the_header_carries_the_last_applied_zxid) {
  RequestWorld w;
  w.create("/a");
  ASSERT_EQ(w.read(OpCode::kPing, ""), ErrorCode::kOk);
  EXPECT_EQ(w.frames().back(), encoded(ReplyHeader{Xid{w.cxid}, Zxid{w.zxid}, ErrorCode::kOk}));
}

TEST(Read, get_data_answers_data_and_stat) {
  RequestWorld w;
  w.create("/a", "hello");
  w.create("/null", std::nullopt);
  ASSERT_EQ(w.read(OpCode::kGetData, watch_body("/a")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), buffer("hello") + encoded(w.stat("/a")));
  ASSERT_EQ(w.read(OpCode::kGetData, watch_body("/null")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), buffer(std::nullopt) + encoded(w.stat("/null")));
}

TEST(Read, exists_answers_the_stat_and_watches_even_what_is_missing) {
  RequestWorld w;
  ASSERT_EQ(w.read(OpCode::kExists, watch_body("/a", true)), ErrorCode::kNoNode);
  EXPECT_EQ(w.reply_body(), "");
  EXPECT_TRUE(w.watches.contains("/a", w.channel, WatcherType::kData));
  w.create("/a");
  ASSERT_EQ(w.read(OpCode::kExists, watch_body("/a")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), encoded(w.stat("/a")));
  EXPECT_EQ(w.read(OpCode::kExists, watch_body(std::string_view("/\0", 2), true)), ErrorCode::kBadArguments);
}

TEST(Read, a_watch_goes_to_the_table_of_its_operation) {
  RequestWorld w;
  w.create("/a");
  w.create("/b");
  w.read(OpCode::kGetData, watch_body("/a", true));
  EXPECT_TRUE(w.watches.contains("/a", w.channel, WatcherType::kData));
  EXPECT_FALSE(w.watches.contains("/a", w.channel, WatcherType::kChildren));
  w.read(OpCode::kGetChildren2, watch_body("/b", true));
  EXPECT_TRUE(w.watches.contains("/b", w.channel, WatcherType::kChildren));
  EXPECT_EQ(w.read(OpCode::kGetData, watch_body("/missing", true)), ErrorCode::kNoNode);
  EXPECT_FALSE(w.watches.contains("/missing", w.channel, WatcherType::kAny));
}

TEST(Read, get_children_lists_names) {
  RequestWorld w;
  for (const char* path : {"/p", "/p/b", "/p/a", "/p/b/x"}) w.create(path);
  ASSERT_EQ(w.read(OpCode::kGetChildren, watch_body("/p")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), list({"a", "b"}));
  ASSERT_EQ(w.read(OpCode::kGetChildren2, watch_body("/p")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), list({"a", "b"}) + encoded(w.stat("/p")));
  ASSERT_EQ(w.read(OpCode::kGetChildren, watch_body("/p/a")), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), list({}));
}

TEST(Read, get_all_children_number_counts_descendants) {
  RequestWorld w;
  for (const char* path : {"/p", "/p/b", "/p/a", "/p/b/x", "/pq"}) w.create(path);
  ASSERT_EQ(w.read(OpCode::kGetAllChildrenNumber, encoded(PathRequest{"/p"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), number(3));
  ASSERT_EQ(w.read(OpCode::kGetAllChildrenNumber, encoded(PathRequest{"/"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), number(8)) << "with /zookeeper, /zookeeper/quota and /zookeeper/config";
}

TEST(Read, get_ephemerals_lists_the_sessions_own_by_string_prefix) {
  RequestWorld w;
  w.create("/b");
  for (const char* path : {"/a", "/b/x", "/bc"}) w.create(path, "", create_flags::kEphemeral);
  w.open_session(SessionId{9});
  const SessionId mine = std::exchange(w.session, SessionId{9});
  w.create("/others", "", create_flags::kEphemeral);
  w.session = mine;
  for (const char* all : {"", "/", " / ", "  "}) {
    ASSERT_EQ(w.read(OpCode::kGetEphemerals, encoded(PathRequest{all})), ErrorCode::kOk);
    EXPECT_EQ(w.reply_body(), list({"/a", "/b/x", "/bc"})) << all;
  }
  ASSERT_EQ(w.read(OpCode::kGetEphemerals, encoded(PathRequest{"/b"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), list({"/b/x", "/bc"}));
}

TEST(Read, multi_read_runs_every_operation_whatever_the_others_do) {
  RequestWorld w;
  w.create("/a", "x");
  const std::string body = multi_body({{OpCode::kGetData, watch_body("/missing", true)},
                                       {OpCode::kGetChildren, watch_body("/a", true)},
                                       {OpCode::kGetData, watch_body("/a", true)}});
  ASSERT_EQ(w.read(OpCode::kMultiRead, body), ErrorCode::kOk);
  const std::string error = number(static_cast<std::int32_t>(ErrorCode::kNoNode));
  EXPECT_EQ(w.reply_body(), number(-1) + std::string(1, '\0') + error + error +  //
                                encoded(MultiHeader{8, false, ErrorCode::kOk}) + list({}) +
                                encoded(MultiHeader{4, false, ErrorCode::kOk}) + buffer("x") + encoded(w.stat("/a")) +
                                encoded(MultiHeader{-1, true, static_cast<ErrorCode>(-1)}));
  EXPECT_TRUE(w.watches.empty()) << "the watch flags are ignored";
}

TEST(Read, multi_read_with_a_write_or_a_cut_body_is_a_marshalling_error) {
  RequestWorld w;
  EXPECT_EQ(w.read(OpCode::kMultiRead,
                   multi_body({{OpCode::kGetData, watch_body("/")}, {OpCode::kDelete, path_version_body("/a")}})),
            ErrorCode::kMarshallingError);
  EXPECT_EQ(w.read(OpCode::kMultiRead, "x"), ErrorCode::kMarshallingError);
  EXPECT_EQ(w.reply_body(), "");
  ASSERT_EQ(w.read(OpCode::kMultiRead, multi_body({})), ErrorCode::kOk);
}

TEST(Read, watches_can_be_added_checked_and_removed) {
  RequestWorld w;
  auto with = [](std::int32_t value) { return encoded(PathIntRequest{"/a", value}); };
  EXPECT_EQ(w.read(OpCode::kCheckWatches, with(3)), ErrorCode::kNoWatcher);
  ASSERT_EQ(w.read(OpCode::kAddWatch, with(0)), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), number(0));
  EXPECT_EQ(w.read(OpCode::kCheckWatches, with(4)), ErrorCode::kOk);
  EXPECT_EQ(w.read(OpCode::kCheckWatches, with(5)), ErrorCode::kNoWatcher);
  ASSERT_EQ(w.read(OpCode::kAddWatch, with(1)), ErrorCode::kOk);
  EXPECT_EQ(w.read(OpCode::kCheckWatches, with(5)), ErrorCode::kOk);
  EXPECT_EQ(w.read(OpCode::kRemoveWatches, with(5)), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), "");
  EXPECT_EQ(w.read(OpCode::kRemoveWatches, with(5)), ErrorCode::kNoWatcher);
  EXPECT_EQ(w.read(OpCode::kRemoveWatches, with(3)), ErrorCode::kOk);
  EXPECT_TRUE(w.watches.empty());
  for (const OpCode op : {OpCode::kCheckWatches, OpCode::kRemoveWatches, OpCode::kAddWatch}) {
    EXPECT_EQ(w.read(op, with(9)), ErrorCode::kMarshallingError);
    EXPECT_EQ(w.read(op, with(-1)), ErrorCode::kMarshallingError);
  }
}

TEST(Read, who_am_i_names_the_user_and_hides_the_hash) {
  RequestWorld w;
  w.identities.push_back(identity("digest", "bob:hash"));
  w.identities.push_back(identity("super", ""));
  ASSERT_EQ(w.read(OpCode::kWhoAmI, ""), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), number(3) + buffer("ip") + buffer("127.0.0.1") + buffer("digest") + buffer("bob") +
                                buffer("super") + buffer(""));
}

TEST(Read, sync_echoes_its_path) {
  RequestWorld w;
  ASSERT_EQ(w.read(OpCode::kSync, encoded(PathRequest{"/any/where"})), ErrorCode::kOk);
  EXPECT_EQ(w.reply_body(), buffer("/any/where"));
}

TEST(Read, a_body_that_cannot_be_decoded_is_a_marshalling_error_without_a_body) {
  RequestWorld w;
  for (const OpCode op :
       {OpCode::kExists, OpCode::kGetData, OpCode::kGetChildren, OpCode::kGetChildren2, OpCode::kGetAcl,
        OpCode::kGetAllChildrenNumber, OpCode::kGetEphemerals, OpCode::kSync, OpCode::kCheckWatches,
        OpCode::kRemoveWatches, OpCode::kAddWatch, OpCode::kSetWatches, OpCode::kSetWatches2}) {
    EXPECT_EQ(w.read(op, "ab"), ErrorCode::kMarshallingError) << static_cast<int>(op);
    EXPECT_EQ(w.frames().size(), 1u);
    EXPECT_EQ(w.reply_body(), "");
  }
}

TEST(Read, set_watches_sends_what_was_missed_and_registers_the_rest) {
  RequestWorld w;
  for (const char* path : {"/old", "/changed", "/parent", "/quiet", "/here"}) w.create(path);
  const Zxid seen = w.tree.last_processed_zxid();
  w.set_data("/changed", "x");
  w.create("/parent/child");

  const std::string data = list({"/old", "/changed", "/no-data"}), exist = list({"/here", "/not-yet"}),
                    child = list({"/quiet", "/parent", "/no-child"}), persistent = list({"/p"}),
                    recursive = list({"/r"});
  const SetWatchesRequest request{seen, data, exist, child, persistent, recursive};
  ASSERT_EQ(w.read(OpCode::kSetWatches2, encoded(request, OpCode::kSetWatches2)), ErrorCode::kOk);

  std::vector<std::string> expected;
  auto event = [&expected](EventType type, std::string_view path) {
    expected.push_back(encoded(ReplyHeader{xids::kNotification, Zxid{-1}, ErrorCode::kOk}) +
                       encoded(WatcherEvent{type, kStateSyncConnected, path}));
  };
  event(EventType::kNodeDataChanged, "/changed");
  event(EventType::kNodeDeleted, "/no-data");
  event(EventType::kNodeCreated, "/here");
  event(EventType::kNodeChildrenChanged, "/parent");
  event(EventType::kNodeDeleted, "/no-child");
  expected.push_back(encoded(ReplyHeader{Xid{w.cxid}, Zxid{w.zxid}, ErrorCode::kOk}));
  EXPECT_EQ(w.frames(), expected);

  EXPECT_TRUE(w.watches.contains("/old", w.channel, WatcherType::kData));
  EXPECT_TRUE(w.watches.contains("/not-yet", w.channel, WatcherType::kData));
  EXPECT_TRUE(w.watches.contains("/quiet", w.channel, WatcherType::kChildren));
  EXPECT_TRUE(w.watches.contains("/p", w.channel, WatcherType::kPersistent));
  EXPECT_TRUE(w.watches.contains("/r", w.channel, WatcherType::kPersistentRecursive));
  for (const char* path : {"/changed", "/no-data", "/here", "/parent", "/no-child"}) {
    EXPECT_FALSE(w.watches.contains(path, w.channel, WatcherType::kAny)) << path;
  }
}

TEST(Read, the_older_set_watches_has_three_lists) {
  RequestWorld w;
  const std::string none = list({}), exist = list({"/x"});
  const SetWatchesRequest request{Zxid{0}, none, exist, none, {}, {}};
  ASSERT_EQ(w.read(OpCode::kSetWatches, encoded(request, OpCode::kSetWatches)), ErrorCode::kOk);
  EXPECT_TRUE(w.watches.contains("/x", w.channel, WatcherType::kData));
}

}  // namespace
}  // namespace vivarium::testing
