// The client against the real kernel, back to back: every operation's request is understood, every reply decodes.
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kernel/client/replies.h"
#include "kernel/client/session_client.h"
#include "kernel/replica.h"
#include "kernel/session/watch_table.h"

namespace vivarium {
namespace {

Config extended() {
  Config config;
  config.extended_types_enabled = true;
  return config;
}

RecoveredState fresh() {
  RecoveredState state;
  TreeOptions options;
  options.extended_types = true;
  state.tree = DataTree(options);
  return state;
}

/// One client and one server, joined by function calls. Every log record is durable at once; snapshots are written.
class BackToBack {
 public:
  BackToBack() : replica_(extended(), fresh(), Seed{1}, now_, WallTime{1'700'000'000'000}) {
    ClientConfig config;
    config.reconnect_pause = Duration{0};
    client = SessionClient(config);
    client.start(now_, out_);
    pump();
  }

  /// The call's answer.
  std::pair<ErrorCode, std::string> call(const Request& request) {
    const CallId id = client.call(now_, request, out_);
    pump();
    const auto answer = answers_.find(id.value);
    EXPECT_NE(answer, answers_.end()) << "no reply to " << static_cast<int>(request.op);
    return answer == answers_.end() ? std::pair<ErrorCode, std::string>() : answer->second;
  }
  ErrorCode auth(std::string_view scheme, std::string_view credential) {
    const CallId id = client.add_auth(now_, scheme, credential, out_);
    pump();
    return answers_[id.value].first;
  }
  void close() {
    client.close(now_, out_);
    pump();
  }
  void break_link() {
    const ChannelId broken = channel_;
    client.disconnected(now_, connection_, out_);
    step(ChannelClosed{broken});
    pump();
  }
  const Replica& replica() const { return replica_; }

  SessionClient client{ClientConfig{}};
  std::vector<std::pair<EventType, std::string>> events;

 private:
  void step(const Input& input) {
    replica_.step(now_, std::span<const Input>(&input, 1), effects_);
    deliver();
  }
  /// Carries out the server's effects; what they cause is appended behind them.
  void deliver() {
    while (!effects_.empty()) {
      const Effects batch = std::exchange(effects_, Effects{});
      for (const Effect& effect : batch.list()) deliver(effect, batch.payload(effect));
    }
  }
  void deliver(const Effect& effect, std::string_view payload) {
    const auto answer = [this](const Input& input) {
      replica_.step(now_, std::span<const Input>(&input, 1), effects_);
    };
    if (effect.kind == EffectKind::kSyncLog) {
      answer(LogDurable{Incarnation{static_cast<std::uint64_t>(effect.argument)}, effect.zxid});
    } else if (effect.kind == EffectKind::kSnapshotChunk) {
      answer(SnapshotChunkWritten{effect.zxid});
    } else if (effect.kind == EffectKind::kEndSnapshot) {
      answer(SnapshotDurable{effect.zxid});
    } else if (effect.kind == EffectKind::kAwaitDrain) {
      answer(ChannelDrained{effect.channel});
    } else if (effect.kind == EffectKind::kAuthenticate) {
      const AuthResult::Id id{"digest", "user:hash"};
      answer(AuthResult{effect.channel, true, std::span<const AuthResult::Id>(&id, 1)});
    } else if (effect.kind == EffectKind::kSend && effect.channel == channel_) {
      client.received(now_, connection_, payload, out_);
    } else if (effect.kind == EffectKind::kClose && effect.channel == channel_) {
      client.disconnected(now_, connection_, out_);
    }
  }
  void pump() {
    while (!out_.empty()) {
      now_ = now_ + Duration::millis(1);
      const ClientOutputs batch = std::exchange(out_, ClientOutputs{});
      for (const ClientOutput& output : batch.list()) handle(output, batch.payload(output));
    }
  }
  void handle(const ClientOutput& output, std::string_view payload) {
    switch (output.kind) {
      case ClientOutput::Kind::kConnect:
        connection_ = output.connection;
        channel_ = ChannelId{1, connection_};
        step(ChannelOpened{channel_, ChannelKind::kClient, "127.0.0.1", {}});
        client.connected(now_, connection_, out_);
        break;
      case ClientOutput::Kind::kSend:
        if (output.connection == connection_) step(ChannelBytes{channel_, payload});
        break;
      case ClientOutput::Kind::kDisconnect:
        break;
      case ClientOutput::Kind::kState:
        break;
      case ClientOutput::Kind::kReply:
        EXPECT_TRUE(answers_.emplace(output.call.value, std::pair(output.header.error, std::string(payload))).second);
        break;
      case ClientOutput::Kind::kWatch:
        events.emplace_back(output.event, payload);
        break;
    }
  }

  Instant now_{1'000'000'000};
  Replica replica_;
  Effects effects_;
  ClientOutputs out_;
  std::uint32_t connection_ = 0;
  ChannelId channel_;
  std::map<std::uint64_t, std::pair<ErrorCode, std::string>> answers_;
};

Request create(std::string_view path, std::int32_t flags = 0, OpCode op = OpCode::kCreate, std::int64_t ttl = 0) {
  return requests::create(path, "data", open_acl(), flags, op, ttl);
}

TEST(ClientAndReplica, agree_on_every_reply) {
  BackToBack world;
  ASSERT_EQ(world.client.state(), SessionState::kConnected);
  EXPECT_EQ(decode_create_reply(world.call(create("/a")).second, OpCode::kCreate)->path, "/a");
  const auto sequential = world.call(create("/a/s", 2, OpCode::kCreate2)).second;
  EXPECT_EQ(decode_create_reply(sequential, OpCode::kCreate2)->path, "/a/s0000000000");
  EXPECT_EQ(world.call(create("/a/c", 4, OpCode::kCreateContainer)).first, ErrorCode::kOk);
  EXPECT_TRUE(decode_create_reply(world.call(create("/a/t", 5, OpCode::kCreateTtl, 1000)).second, OpCode::kCreateTtl));
  EXPECT_TRUE(decode_create_reply(world.call(create("/e", 1)).second, OpCode::kCreate));
  EXPECT_EQ(decode_stat_reply(world.call(requests::exists("/a")).second)->num_children, 3);
  EXPECT_EQ(decode_data_reply(world.call(requests::get_data("/a")).second)->data, "data");
  EXPECT_EQ(decode_stat_reply(world.call(requests::set_data("/a", "new", 0)).second)->version, 1);
  EXPECT_EQ(decode_acl_reply(world.call(requests::get_acl("/a")).second)->acl, open_acl());
  EXPECT_EQ(decode_stat_reply(world.call(requests::set_acl("/a", open_acl(), 0)).second)->aversion, 1);
  const auto children = world.call(requests::get_children("/a", false, false)).second;
  EXPECT_EQ(StringVectorReader(decode_children_reply(children, OpCode::kGetChildren)->names).size(), 3);
  const auto children2 = world.call(requests::get_children("/a")).second;
  EXPECT_EQ(decode_children_reply(children2, OpCode::kGetChildren2)->stat->num_children, 3);
  EXPECT_EQ(decode_path_reply(world.call(requests::sync("/a")).second), "/a");
  EXPECT_EQ(decode_count_reply(world.call(requests::get_all_children_number("/a")).second), 3);
  const auto ephemerals = world.call(requests::get_ephemerals("/")).second;
  EXPECT_EQ(StringVectorReader(*decode_strings_reply(ephemerals)).next(), "/e");
  EXPECT_EQ(world.call(requests::remove("/a")).first, ErrorCode::kNotEmpty);
  EXPECT_EQ(world.call(requests::remove("/a/t", 7)).first, ErrorCode::kBadVersion);
  EXPECT_EQ(world.call(requests::remove("/a/t")).first, ErrorCode::kOk);
}

TEST(ClientAndReplica, agree_on_identities) {
  BackToBack world;
  EXPECT_EQ(world.auth("digest", "user:password"), ErrorCode::kOk);
  const std::string body = world.call(requests::who_am_i()).second;
  WhoAmIReader identities(body);
  EXPECT_EQ(identities.next().user, "127.0.0.1");
  EXPECT_EQ(identities.next().user, "user");
  EXPECT_TRUE(identities.ok());
}

TEST(ClientAndReplica, agree_on_multi) {
  BackToBack world;
  const std::array<Request, 5> writes = {create("/m"), create("/m/x", 2, OpCode::kCreate2),
                                         requests::set_data("/m", "2"), requests::check("/m", 1),
                                         requests::remove("/m/x0000000000")};
  const std::string body = world.call(requests::multi(writes)).second;
  MultiReader results(body);
  EXPECT_EQ(results.next()->path, "/m");
  EXPECT_EQ(results.next()->path, "/m/x0000000000");
  EXPECT_EQ(results.next()->stat->version, 1);
  EXPECT_EQ(results.next()->type, OpCode::kCheck);
  EXPECT_EQ(results.next()->type, OpCode::kDelete);
  EXPECT_FALSE(results.next());
  EXPECT_TRUE(results.ok());

  const std::array<Request, 2> failing = {requests::set_data("/m", "3"), requests::remove("/none")};
  const auto [error, failed] = world.call(requests::multi(failing));
  EXPECT_EQ(error, ErrorCode::kOk) << "the errors are in the results";
  MultiReader errors(failed);
  EXPECT_EQ(errors.next()->error, ErrorCode::kOk);
  EXPECT_EQ(errors.next()->error, ErrorCode::kNoNode);

  const std::array<Request, 3> reads = {requests::get_data("/m"), requests::get_children("/m", false, false),
                                        requests::get_data("/none")};
  const std::string read = world.call(requests::multi(reads, OpCode::kMultiRead)).second;
  MultiReader values(read);
  EXPECT_EQ(values.next()->data, "2");
  EXPECT_EQ(values.next()->type, OpCode::kGetChildren);
  EXPECT_EQ(values.next()->error, ErrorCode::kNoNode);
  EXPECT_TRUE(values.ok());
}

TEST(ClientAndReplica, agree_on_watches) {
  BackToBack world;
  world.call(create("/w"));
  world.call(requests::get_data("/w", true));
  world.call(requests::exists("/w/x", true));
  world.call(requests::add_watch("/w", AddWatchMode::kPersistent));
  EXPECT_EQ(world.call(requests::check_watches("/w", WatcherType::kData)).first, ErrorCode::kOk);
  EXPECT_EQ(world.call(requests::check_watches("/w", WatcherType::kChildren)).first, ErrorCode::kNoWatcher);
  world.call(create("/w/x"));
  using Events = std::vector<std::pair<EventType, std::string>>;
  EXPECT_EQ(world.events, (Events{{EventType::kNodeCreated, "/w/x"}, {EventType::kNodeChildrenChanged, "/w"}}));
  EXPECT_EQ(world.call(requests::remove_watches("/w", WatcherType::kPersistent)).first, ErrorCode::kOk);
  EXPECT_EQ(world.call(requests::remove_watches("/w", WatcherType::kPersistent)).first, ErrorCode::kNoWatcher);
  EXPECT_EQ(world.client.watches().size(), 1u);
}

TEST(ClientAndReplica, keep_session_and_watches_over_a_broken_link) {
  BackToBack world;
  world.call(create("/w"));
  world.call(create("/e", 1));
  world.call(requests::get_data("/w", true));
  world.call(requests::add_watch("/", AddWatchMode::kPersistentRecursive));
  const SessionId session = world.client.session();
  world.break_link();
  EXPECT_EQ(world.client.state(), SessionState::kConnected);
  EXPECT_EQ(world.client.session(), session);
  EXPECT_EQ(world.replica().watches().data_watch_count(), 2u);
  world.call(requests::set_data("/w", "2"));
  ASSERT_EQ(world.events.size(), 1u);
  EXPECT_EQ(world.events[0].first, EventType::kNodeDataChanged);
  EXPECT_EQ(world.call(requests::exists("/e")).first, ErrorCode::kOk);
}

TEST(ClientAndReplica, end_a_session_together) {
  BackToBack world;
  world.call(create("/e", 1));
  world.call(requests::get_data("/e", true));
  EXPECT_EQ(world.replica().sessions().size(), 1u);
  world.close();
  EXPECT_EQ(world.client.state(), SessionState::kClosed);
  EXPECT_EQ(world.replica().sessions().size(), 0u);
  EXPECT_FALSE(world.replica().tree().contains("/e"));
  EXPECT_TRUE(world.replica().watches().empty());
}

}  // namespace
}  // namespace vivarium
