// Connections between servers: dials, order, cuts, breaks and flow, as two fake servers see them.
#include "sim/net/peer_network.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace vivarium::sim {
namespace {

constexpr std::int64_t kMs = 1'000'000;

struct FakeServer final : PeerPort {
  struct Channel {
    PeerEnd end;
    bool dialed = false, open = true, drained = false;
    std::string read;
  };
  bool up = true;
  std::vector<Channel> channels;
  int failed_dials = 0;

  bool listening() const override { return up; }
  ChannelId peer_opened(PeerEnd end, ChannelKind, std::uint32_t, bool dialed) override {
    channels.push_back({end, dialed, true, false, {}});
    return {static_cast<std::uint32_t>(channels.size() - 1), 1};
  }
  void peer_bytes(ChannelId channel, std::string_view bytes) override {
    EXPECT_TRUE(channels[channel.slot].open);
    channels[channel.slot].read.append(bytes);
  }
  void peer_closed(ChannelId channel) override {
    EXPECT_TRUE(channels[channel.slot].open) << "told twice";
    channels[channel.slot].open = false;
  }
  void peer_drained(ChannelId channel) override { channels[channel.slot].drained = true; }
  void dial_failed(ChannelKind, std::uint32_t) override { ++failed_dials; }
};

class PeerNetworkTest : public ::testing::Test {
 protected:
  PeerNetworkTest() {
    plan_.servers = 2;
    plan_.split_per_thousand = 300;
    restart();
  }
  void restart() {
    servers_[0] = servers_[1] = FakeServer();
    scheduler_ = std::make_unique<Scheduler>(std::uint16_t{0}, nullptr);
    network_ = std::make_unique<PeerNetwork>(plan_, *scheduler_);
    network_->attach(0, servers_[0]);
    network_->attach(1, servers_[1]);
  }
  void run_for(std::int64_t nanos) {
    // Time passes at an event of our own.
    scheduler_->at(scheduler_->now() + nanos, 60'000, EventKind::kFinish);
    for (;;) {
      const Event event = scheduler_->next();
      if (event.kind == EventKind::kFinish) return;
      network_->on_event(event);
    }
  }
  void connect() {
    network_->dial(0, 1, ChannelKind::kElection);
    run_for(20 * kMs);
    ASSERT_EQ(servers_[0].channels.size(), 1u);
    ASSERT_EQ(servers_[1].channels.size(), 1u);
  }
  FakeServer::Channel& at(std::uint32_t server) { return servers_[server].channels[0]; }

  Plan plan_;
  FakeServer servers_[2];
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<PeerNetwork> network_;
};

TEST_F(PeerNetworkTest, a_dial_opens_a_channel_at_both_ends) {
  connect();
  EXPECT_TRUE(at(0).dialed);
  EXPECT_FALSE(at(1).dialed);
  EXPECT_EQ(servers_[0].failed_dials, 0);
}

TEST_F(PeerNetworkTest, a_process_that_is_down_refuses_at_once) {
  servers_[1].up = false;
  network_->dial(0, 1, ChannelKind::kElection);
  run_for(20 * kMs);
  EXPECT_EQ(servers_[0].failed_dials, 1);
  run_for(2 * plan_.dial_timeout);
  EXPECT_EQ(servers_[0].failed_dials, 1);
}

TEST_F(PeerNetworkTest, a_dial_over_a_cut_or_to_a_dark_machine_fails_only_after_its_time) {
  for (const bool dark : {false, true}) {
    restart();
    if (dark) network_->set_power(1, false);
    if (!dark) network_->cut(1, 0);
    network_->dial(0, 1, ChannelKind::kElection);
    run_for(plan_.dial_timeout - kMs);
    EXPECT_EQ(servers_[0].failed_dials, 0);
    run_for(2 * kMs);
    EXPECT_EQ(servers_[0].failed_dials, 1);
    EXPECT_TRUE(servers_[1].channels.empty());
  }
}

TEST_F(PeerNetworkTest, a_dial_gets_through_when_the_cut_heals_in_time) {
  network_->cut(0, 1);
  network_->dial(0, 1, ChannelKind::kElection);
  run_for(plan_.dial_timeout / 2);
  network_->uncut(0, 1);
  run_for(plan_.dial_timeout);
  EXPECT_EQ(servers_[0].failed_dials, 0);
  EXPECT_EQ(servers_[0].channels.size(), 1u);
}

TEST_F(PeerNetworkTest, bytes_arrive_in_order_however_they_are_split) {
  connect();
  std::string sent;
  for (int i = 0; i < 200; ++i) {
    const std::string piece = std::to_string(i) + ",";
    network_->send(at(0).end, piece);
    sent += piece;
    if (i % 7 == 0) run_for(kMs / 10);
  }
  network_->close(at(0).end);
  run_for(100 * kMs);
  EXPECT_EQ(at(1).read, sent);
  EXPECT_FALSE(at(1).open);
}

TEST_F(PeerNetworkTest, a_one_way_cut_holds_bytes_back_and_lets_the_other_way_pass) {
  connect();
  network_->cut(0, 1);
  network_->send(at(0).end, "first ");
  network_->send(at(1).end, "answer");
  run_for(100 * kMs);
  network_->send(at(0).end, "second");
  run_for(100 * kMs);
  EXPECT_EQ(at(1).read, "");
  EXPECT_EQ(at(0).read, "answer");
  network_->cut(0, 1);
  network_->uncut(0, 1);
  run_for(50 * kMs);
  EXPECT_EQ(at(1).read, "") << "two faults closed the way, one is over";
  network_->uncut(0, 1);
  run_for(50 * kMs);
  EXPECT_EQ(at(1).read, "first second");
}

TEST_F(PeerNetworkTest, a_broken_connection_delivers_a_prefix_and_tells_each_end_once_at_most) {
  const std::string sent(5000, 'x');
  int told = 0, silent = 0;
  for (int round = 0; round < 60; ++round) {
    plan_.seed = static_cast<std::uint64_t>(round);
    restart();
    connect();
    network_->send(at(0).end, sent);
    network_->break_pair(0, 1, true);
    network_->send(at(0).end, "never");
    run_for(1000 * kMs);
    EXPECT_EQ(at(1).read, sent.substr(0, at(1).read.size()));
    ++(at(1).open ? silent : told);
  }
  EXPECT_GT(told, 10);
  EXPECT_GT(silent, 5);
}

TEST_F(PeerNetworkTest, a_half_open_connection_carries_nothing_and_may_stay_silent_for_ever) {
  int silent = 0;
  for (int round = 0; round < 20; ++round) {
    plan_.seed = static_cast<std::uint64_t>(round);
    restart();
    connect();
    network_->break_pair(0, 1, false);
    run_for(1000 * kMs);
    EXPECT_TRUE(at(0).open && at(1).open);
    network_->send(at(0).end, "hello?");
    run_for(1000 * kMs);
    EXPECT_EQ(at(1).read, "");
    silent += at(0).open ? 1 : 0;
  }
  EXPECT_GT(silent, 2);
  EXPECT_LT(silent, 18);
}

TEST_F(PeerNetworkTest, the_end_of_a_process_is_heard_and_the_end_of_power_only_when_data_bounces) {
  connect();
  network_->died(1, true);
  run_for(50 * kMs);
  EXPECT_FALSE(at(0).open);

  restart();
  connect();
  network_->died(1, false);
  network_->set_power(1, false);
  network_->send(at(0).end, "hello?");
  run_for(1000 * kMs);
  EXPECT_TRUE(at(0).open);
  network_->set_power(1, true);
  network_->send(at(0).end, "hello?");
  run_for(50 * kMs);
  EXPECT_FALSE(at(0).open);
}

TEST_F(PeerNetworkTest, a_reader_that_pauses_gets_everything_later_and_holds_up_the_drain) {
  connect();
  network_->pause(at(1).end, true);
  network_->send(at(0).end, "some bytes");
  network_->await_drain(at(0).end);
  run_for(100 * kMs);
  EXPECT_EQ(at(1).read, "");
  EXPECT_FALSE(at(0).drained);
  network_->pause(at(1).end, false);
  run_for(100 * kMs);
  EXPECT_EQ(at(1).read, "some bytes");
  EXPECT_TRUE(at(0).drained);
}

TEST_F(PeerNetworkTest, what_is_said_to_an_end_that_closed_reaches_nobody) {
  connect();
  network_->send(at(0).end, "late");
  network_->close(at(1).end);
  run_for(50 * kMs);
  EXPECT_EQ(at(1).read, "");
  EXPECT_FALSE(at(0).open);
  network_->send(at(0).end, "later");
  run_for(50 * kMs);
}

}  // namespace
}  // namespace vivarium::sim
