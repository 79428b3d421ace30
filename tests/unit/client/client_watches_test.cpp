// The watches that a client owns: registered by replies, fired by events, set again after a reconnect.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernel/client/watch_registry.h"
#include "tests/unit/client/scripted_server.h"

namespace vivarium {
namespace {

std::vector<std::string> strings(std::string_view encoded) {
  std::vector<std::string> all;
  for (StringVectorReader reader(encoded); !reader.done();) all.emplace_back(reader.next());
  return all;
}

using Strings = std::vector<std::string>;

TEST(ClientWatches, take_hold_when_the_reply_says_so) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/data", true));
  server.call(requests::get_data("/missing", true));
  server.call(requests::get_data("/unwatched"));
  server.call(requests::exists("/there", true));
  server.call(requests::exists("/later", true));
  server.call(requests::get_children("/parent", true));
  server.call(requests::add_watch("/p", AddWatchMode::kPersistent));
  server.call(requests::add_watch("/r", AddWatchMode::kPersistentRecursive));
  EXPECT_TRUE(server.client.watches().empty());
  server.answer();
  server.answer(ErrorCode::kNoNode);
  server.answer();
  server.answer();
  server.answer(ErrorCode::kNoNode);
  server.answer();
  server.answer();
  server.answer();
  const WatchRegistry& watches = server.client.watches();
  EXPECT_EQ(watches.size(), 6u);
  EXPECT_TRUE(watches.contains(WatchKind::kData, "/data"));
  EXPECT_TRUE(watches.contains(WatchKind::kData, "/there"));
  EXPECT_TRUE(watches.contains(WatchKind::kExists, "/later"));
  EXPECT_TRUE(watches.contains(WatchKind::kChildren, "/parent"));
  EXPECT_TRUE(watches.contains(WatchKind::kPersistent, "/p"));
  EXPECT_TRUE(watches.contains(WatchKind::kPersistentRecursive, "/r"));
}

TEST(ClientWatches, events_name_the_watches_that_hear_them) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a", true));
  server.answer();
  server.call(requests::add_watch("/", AddWatchMode::kPersistentRecursive));
  server.answer();
  server.notify(EventType::kNodeDataChanged, "/a");
  server.notify(EventType::kNodeDataChanged, "/a");
  server.notify(EventType::kNodeChildrenChanged, "/a");
  ASSERT_EQ(server.events.size(), 3u);
  EXPECT_EQ(server.events[0].path, "/a");
  EXPECT_EQ(server.events[0].heard_by, watch_bit(WatchKind::kData) | watch_bit(WatchKind::kPersistentRecursive));
  EXPECT_EQ(server.events[1].heard_by, watch_bit(WatchKind::kPersistentRecursive));
  EXPECT_EQ(server.events[2].heard_by, 0);
}

TEST(ClientWatches, an_event_and_the_reply_behind_it_keep_their_order) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a", true));
  server.answer();
  server.call(requests::get_data("/a"));
  const std::string both = ScriptedServer::packet(ReplyHeader{xids::kNotification, Zxid{5}, ErrorCode::kOk},
                                                  WatcherEvent{EventType::kNodeDataChanged, 3, "/a"}) +
                           ScriptedServer::packet(ReplyHeader{Xid{2}, Zxid{5}, ErrorCode::kOk});
  server.client.received(server.now, server.connection, both, server.out);
  ASSERT_EQ(server.out.list().size(), 2u);
  EXPECT_EQ(server.out.list()[0].kind, ClientOutput::Kind::kWatch);
  EXPECT_EQ(server.out.list()[1].kind, ClientOutput::Kind::kReply);
}

TEST(ClientWatches, leave_when_removed) {
  ScriptedServer server;
  server.establish();
  server.call(requests::exists("/a", true));
  server.answer(ErrorCode::kNoNode);
  server.call(requests::get_children("/a", true));
  server.answer();
  server.call(requests::remove_watches("/a", WatcherType::kData));
  server.answer(ErrorCode::kNoWatcher);
  EXPECT_EQ(server.client.watches().size(), 2u);
  server.call(requests::remove_watches("/a", WatcherType::kData));
  server.answer();
  EXPECT_FALSE(server.client.watches().contains(WatchKind::kExists, "/a"));
  EXPECT_TRUE(server.client.forget_watches("/a", WatcherType::kAny));
  EXPECT_FALSE(server.client.forget_watches("/a", WatcherType::kAny));
  EXPECT_TRUE(server.client.watches().empty());
}

TEST(ClientWatches, are_set_again_on_the_next_connection) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/b", true));
  server.answer();
  server.call(requests::get_data("/a", true));
  server.answer();
  server.call(requests::exists("/c", true));
  server.answer(ErrorCode::kNoNode, "", 120);
  server.call(requests::get_children("/d", true));
  server.now = at_ms(1000);
  server.lose();
  server.sent.clear();
  server.connect();
  ASSERT_EQ(server.sent.size(), 1u) << "behind the ConnectRequest; the children's watch never took hold";
  EXPECT_EQ(server.sent[0].op, OpCode::kSetWatches);
  EXPECT_EQ(server.sent[0].xid, xids::kSetWatches);
  ByteReader body(server.sent[0].body);
  const auto request = decode_set_watches_request(body, OpCode::kSetWatches);
  ASSERT_TRUE(request);
  EXPECT_TRUE(body.finished());
  EXPECT_EQ(request->relative_zxid.value, 120);
  EXPECT_EQ(strings(request->data), (Strings{"/a", "/b"}));
  EXPECT_EQ(strings(request->exist), Strings{"/c"});
  EXPECT_EQ(strings(request->child), Strings{});
  server.accept();
  server.reply_to(xids::kSetWatches, ErrorCode::kOk, {}, 130);
  EXPECT_EQ(server.client.last_zxid().value, 130);
  EXPECT_EQ(server.disconnects, 0);
}

TEST(ClientWatches, persistent_ones_need_the_newer_request) {
  ScriptedServer server;
  server.establish();
  server.call(requests::add_watch("/p", AddWatchMode::kPersistent));
  server.answer();
  server.call(requests::add_watch("/r", AddWatchMode::kPersistentRecursive));
  server.answer();
  server.now = at_ms(1000);
  server.lose();
  server.sent.clear();
  server.connect();
  ASSERT_EQ(server.sent.size(), 1u);
  EXPECT_EQ(server.sent[0].op, OpCode::kSetWatches2);
  ByteReader body(server.sent[0].body);
  const auto request = decode_set_watches_request(body, OpCode::kSetWatches2);
  ASSERT_TRUE(request);
  EXPECT_EQ(strings(request->persistent), Strings{"/p"});
  EXPECT_EQ(strings(request->persistent_recursive), Strings{"/r"});
}

TEST(ClientWatches, a_reply_before_those_of_set_watches_breaks_the_order) {
  ScriptedServer server;
  server.establish();
  server.call(requests::get_data("/a", true));
  server.answer();
  server.now = at_ms(1000);
  server.lose();
  server.connect();
  server.accept();
  server.call(requests::get_data("/a"));
  server.answer();
  EXPECT_EQ(server.disconnects, 1);
}

TEST(ClientWatches, half_set_watches_are_compared_with_the_old_zxid_again) {
  ClientConfig config;
  config.set_watches_chunk = 1;
  ScriptedServer server(config);
  server.establish();
  for (const char* path : {"/a", "/b"}) {
    server.call(requests::get_data(path, true));
    server.answer(ErrorCode::kOk, "", 50);
  }
  server.now = at_ms(1000);
  server.lose();
  server.sent.clear();
  server.connect();
  ASSERT_EQ(server.sent.size(), 2u) << "one request per chunk";
  server.accept();
  server.reply_to(xids::kSetWatches, ErrorCode::kOk, {}, 90);  // /b's change at 80 is not looked at yet
  EXPECT_EQ(server.client.last_zxid().value, 90);
  server.now = at_ms(2000);
  server.lose();
  server.sent.clear();
  server.connect();
  ByteReader body(server.sent.at(1).body);
  EXPECT_EQ(decode_set_watches_request(body, OpCode::kSetWatches)->relative_zxid.value, 50);
  EXPECT_EQ(decode_connect_request(server.handshakes[2])->last_zxid_seen.value, 90);
}

TEST(ClientWatches, many_go_in_chunks) {
  WatchRegistry registry;
  for (int i = 1000; i < 2000; ++i)
    registry.add(i % 2 == 0 ? WatchKind::kData : WatchKind::kPersistent, "/n" + std::to_string(i));
  Vector<char> bytes;
  ByteWriter out(bytes);
  const std::int32_t frames = registry.encode_set_watches(out, Zxid{1}, 600);
  EXPECT_EQ(frames, 10);
  Strings data, persistent;
  ByteReader in(view(bytes));
  for (std::int32_t i = 0; i < frames; ++i) {
    ByteReader frame(in.ustring());
    const OpCode op = decode_request_header(frame).type;
    const auto request = decode_set_watches_request(frame, op);
    ASSERT_TRUE(request);
    for (const std::string& path : strings(request->data)) data.push_back(path);
    if (op != OpCode::kSetWatches2) continue;
    for (const std::string& path : strings(request->persistent)) persistent.push_back(path);
  }
  EXPECT_TRUE(in.finished());
  EXPECT_EQ(data.size(), 500u);
  EXPECT_EQ(persistent.size(), 500u);
}

TEST(ClientWatches, a_delete_fires_all_one_shot_kinds) {
  WatchRegistry registry;
  registry.add(WatchKind::kData, "/a");
  registry.add(WatchKind::kChildren, "/a");
  registry.add(WatchKind::kPersistent, "/a");
  EXPECT_EQ(registry.fire(EventType::kNodeDeleted, "/a"),
            watch_bit(WatchKind::kData) | watch_bit(WatchKind::kChildren) | watch_bit(WatchKind::kPersistent));
  EXPECT_EQ(registry.size(), 1u);
  registry.clear();
  EXPECT_TRUE(registry.empty());
}

}  // namespace
}  // namespace vivarium
