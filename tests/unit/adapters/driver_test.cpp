// The driver's loop around a scripted kernel, over real sockets and threads. Waits are for events, never for time.
#include "adapters/driver/driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <thread>

#include "adapters/driver/clock.h"

namespace vivarium {
namespace {

using ::testing::ElementsAre;

/// A kernel that tells what it was given and answers with what the test says.
class ScriptedMachine : public Machine {
 public:
  using Answer = std::function<void(const Input&, Effects&)>;
  Answer answer = [](const Input&, Effects&) {};
  std::function<void()> on_deadline = [] {};
  Instant deadline = Instant::never();
  std::vector<std::string> seen;

  void step(Instant now, std::span<const Input> inputs, Effects& out) override {
    if (deadline <= now) {
      deadline = Instant::never();
      seen.push_back("deadline");
      on_deadline();
    }
    for (const Input& input : inputs) {
      const std::string what = describe(input);
      if (!what.empty()) seen.push_back(what);
      answer(input, out);
    }
  }
  Instant next_deadline() const override { return deadline; }

 private:
  static std::string describe(const Input& input) {
    if (const auto* opened = std::get_if<ChannelOpened>(&input)) return "opened " + std::string(opened->peer);
    if (const auto* bytes = std::get_if<ChannelBytes>(&input)) return "bytes " + std::string(bytes->bytes);
    if (std::get_if<ChannelClosed>(&input) != nullptr) return "closed";
    if (std::get_if<Shutdown>(&input) != nullptr) return "shutdown";
    if (const auto* durable = std::get_if<LogDurable>(&input)) return "durable " + std::to_string(durable->zxid.value);
    if (const auto* reset = std::get_if<ResetStatistics>(&input)) return reset->server ? "reset server" : "reset";
    if (const auto* auth = std::get_if<AuthResult>(&input)) {
      std::string text = auth->ok ? "auth ok" : "auth failed";
      for (const AuthResult::Id& id : auth->ids) text += " " + std::string(id.scheme) + "=" + std::string(id.id);
      return text;
    }
    return {};
  }
};

class EmptySource : public AdminSource {
 public:
  ServerConfig server;
  const ServerConfig& config() const override { return server; }
  AdminTotals totals() const override { return {}; }
  void for_each_connection(const std::function<void(const AdminConnection&)>&) const override {}
  void for_each_session(const std::function<void(SessionId, std::int32_t)>&) const override {}
  void for_each_session_deadline(const std::function<void(WallTime, SessionId)>&) const override {}
  void for_each_ephemeral(const std::function<void(SessionId, std::string_view)>&) const override {}
  void for_each_data_watch(const std::function<void(std::string_view, SessionId)>&) const override {}
  void for_each_digest(const std::function<void(Zxid, std::uint64_t)>&) const override {}
};

void halt(Effects& out) { out.emit(EffectKind::kHalt, {}, {}, 0, "halted by the test"); }

class DriverTest : public ::testing::Test {
 protected:
  static void durable(std::span<const StorageOp> ops, std::vector<StorageCompletion>& done) {
    for (const StorageOp& op : ops) {
      if (op.kind != EffectKind::kSyncLog) continue;
      done.push_back({StorageCompletion::Kind::kLogDurable, Incarnation{1}, op.zxid, ""});
    }
  }
  UniqueFd connect() {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    PeerAddress peer;
    peer.host = "10.0.0.1";
    inbox.post(NewSocket{UniqueFd(ends[1]), peer});
    return UniqueFd(ends[0]);
  }
  static void write(const UniqueFd& fd, std::string_view bytes) {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  static std::string read_to_end(const UniqueFd& fd) {
    std::string all;
    char buffer[4096];
    for (ssize_t size; (size = ::recv(fd.get(), buffer, sizeof buffer, 0)) > 0;)
      all.append(buffer, static_cast<std::size_t>(size));
    return all;
  }

  ScriptedMachine machine;
  Inbox inbox;
  ChannelSet channels{ConnectionLimits{1, 0}};
  StorageLane log_lane{inbox, durable, {}};
  StorageLane snapshot_lane{inbox, durable, {}};
  Authenticator authenticator{AuthOptions{}};
  Driver driver{{machine, channels, inbox, log_lane, snapshot_lane, authenticator, 1000, {}}};
  EmptySource source;
  FourLetterWords words{source};
};

TEST_F(DriverTest, the_kernel_is_stepped_once_before_anything_happened_and_a_halt_ends_the_loop) {
  machine.answer = [](const Input& input, Effects& out) {
    if (std::get_if<WallClock>(&input) != nullptr) out.emit(EffectKind::kHalt, {}, {}, 7, "enough");
  };
  EXPECT_EQ(driver.run(), 7);
}

TEST_F(DriverTest, bytes_reach_the_kernel_and_what_it_sends_reaches_the_client_before_the_close) {
  machine.answer = [](const Input& input, Effects& out) {
    if (const auto* bytes = std::get_if<ChannelBytes>(&input)) {
      out.emit(EffectKind::kSend, bytes->channel, {}, 0, "hello ");
      out.emit(EffectKind::kSend, bytes->channel, {}, 0, bytes->bytes);
      out.emit(EffectKind::kClose, bytes->channel);
      halt(out);
    }
  };
  const UniqueFd client = connect();
  write(client, "world");
  EXPECT_EQ(driver.run(), 0);
  EXPECT_EQ(read_to_end(client), "hello world");
  EXPECT_THAT(machine.seen, ElementsAre("opened 10.0.0.1", "bytes world"));
}

TEST_F(DriverTest, a_sync_is_answered_when_the_lane_says_durable) {
  machine.answer = [](const Input& input, Effects& out) {
    if (const auto* bytes = std::get_if<ChannelBytes>(&input)) {
      out.emit(EffectKind::kAppendLog, {}, Zxid{5}, 1, bytes->bytes);
      out.emit(EffectKind::kSyncLog, {}, Zxid{5}, 1);
    }
    if (std::get_if<LogDurable>(&input) != nullptr) halt(out);
  };
  const UniqueFd client = connect();
  write(client, "record");
  EXPECT_EQ(driver.run(), 0);
  EXPECT_THAT(machine.seen, ElementsAre("opened 10.0.0.1", "bytes record", "durable 5"));
  EXPECT_EQ(driver.storage_counters().sync.count, 1);
}

TEST_F(DriverTest, a_credential_is_judged_and_the_verdict_is_the_next_input) {
  machine.answer = [](const Input& input, Effects& out) {
    if (const auto* bytes = std::get_if<ChannelBytes>(&input)) {
      out.begin(EffectKind::kAuthenticate, bytes->channel);
      out.writer().ustring("digest");
      out.writer().buffer("user:pass");
      out.end();
    }
    if (std::get_if<AuthResult>(&input) != nullptr) halt(out);
  };
  const UniqueFd client = connect();
  write(client, "auth");
  EXPECT_EQ(driver.run(), 0);
  EXPECT_EQ(machine.seen.back(), "auth ok digest=user:smGaoVKd/cQkjm7b88GyorAUz20=");
}

TEST_F(DriverTest, a_four_letter_word_is_answered_even_when_the_client_has_already_closed_its_side) {
  source.server.four_letter_words.all = true;
  driver.set_words(words);
  machine.answer = [](const Input& input, Effects& out) {
    if (const auto* bytes = std::get_if<ChannelBytes>(&input)) {
      out.emit(EffectKind::kAdminCommand, bytes->channel, {}, 0, bytes->bytes.substr(0, 4));
    }
    if (std::get_if<ResetStatistics>(&input) != nullptr) halt(out);
  };
  const UniqueFd client = connect();
  write(client, "srst\n");
  ::shutdown(client.get(), SHUT_WR);
  EXPECT_EQ(driver.run(), 0);
  EXPECT_EQ(read_to_end(client), "Server stats reset.\n");
  EXPECT_THAT(machine.seen, ElementsAre("opened 10.0.0.1", "bytes srst\n", "closed", "reset server"));
}

TEST_F(DriverTest, a_passed_deadline_is_a_step_without_inputs) {
  machine.deadline = monotonic_now() + Duration::millis(1);
  machine.on_deadline = [this] { inbox.post_shutdown(); };
  machine.answer = [](const Input& input, Effects& out) {
    if (std::get_if<Shutdown>(&input) != nullptr) halt(out);
  };
  EXPECT_EQ(driver.run(), 0);
  EXPECT_THAT(machine.seen, ElementsAre("deadline", "shutdown"));
}

TEST_F(DriverTest, a_connection_over_the_limit_is_closed_and_the_kernel_never_hears_of_it) {
  machine.answer = [](const Input& input, Effects& out) {
    if (std::get_if<ChannelBytes>(&input) != nullptr) halt(out);
  };
  const UniqueFd first = connect();
  const UniqueFd second = connect();
  write(first, "x");
  EXPECT_EQ(driver.run(), 0);
  EXPECT_EQ(read_to_end(second), "");
  EXPECT_THAT(machine.seen, ElementsAre("opened 10.0.0.1", "bytes x"));
}

TEST_F(DriverTest, a_member_is_dialled_and_the_kernel_hears_how_it_went) {
  std::vector<std::pair<ChannelKind, ServerId>> dialed;
  ChannelSet links{ConnectionLimits{}};
  Driver member{
      {machine, links, inbox, log_lane, snapshot_lane, authenticator, 1000, {}, [&](ChannelKind kind, ServerId server) {
         dialed.emplace_back(kind, server);
       }}};
  inbox.post(DialFailed{ChannelKind::kElection, ServerId{3}});
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const UniqueFd other(ends[0]);
  inbox.post(NewSocket{UniqueFd(ends[1]), PeerAddress{}, ChannelKind::kLearner, ServerId{2}});
  int heard = 0;
  machine.answer = [&heard](const Input& input, Effects& out) {
    if (const auto* failed = std::get_if<DialFailed>(&input)) {
      EXPECT_EQ(failed->server, ServerId{3});
      out.emit(EffectKind::kDialElection, {}, {}, 3);
      ++heard;
    }
    if (const auto* opened = std::get_if<ChannelOpened>(&input)) {
      EXPECT_EQ(opened->kind, ChannelKind::kLearner);
      EXPECT_EQ(opened->dialed, ServerId{2});
      out.emit(EffectKind::kDialLeader, {}, {}, 1);
      ++heard;
    }
    if (heard == 2) halt(out);
  };
  EXPECT_EQ(member.run(), 0);
  EXPECT_THAT(dialed, ::testing::UnorderedElementsAre(std::pair(ChannelKind::kElection, ServerId{3}),
                                                      std::pair(ChannelKind::kLearner, ServerId{1})));
}

TEST(Inbox, strangers_at_the_ports_for_members_do_not_pile_up_while_the_driver_is_busy) {
  Inbox inbox;
  for (std::size_t i = 0; i < Inbox::kMaxWaitingMembers + 10; ++i)
    inbox.post(NewSocket{UniqueFd(), PeerAddress{}, ChannelKind::kElection});
  inbox.post(NewSocket{UniqueFd(), PeerAddress{}, ChannelKind::kElection, ServerId{2}});
  inbox.post(NewSocket{UniqueFd(), PeerAddress{}});
  Inbox::Contents contents;
  inbox.take(contents);
  EXPECT_EQ(contents.sockets.size(), Inbox::kMaxWaitingMembers + 2);
  contents.clear();
  inbox.post(NewSocket{UniqueFd(), PeerAddress{}, ChannelKind::kLearner});
  inbox.take(contents);
  EXPECT_EQ(contents.sockets.size(), 1u);
}

}  // namespace
}  // namespace vivarium
