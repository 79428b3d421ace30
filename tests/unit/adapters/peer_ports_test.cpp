// Which ports a member listens on, and what happens when one is taken. Real sockets on loopback.
#include "adapters/driver/peer_ports.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vivarium {
namespace {

PeerOptions options_of(std::vector<ServerLine::Address> addresses) {
  PeerOptions options;
  options.members.push_back({ServerId{7}, std::move(addresses)});
  return options;
}

std::vector<std::string> wanted(const PeerOptions& options) {
  std::vector<std::string> result;
  for (const auto& [kind, config] : peer_port_configs(options, ServerId{7}))
    result.push_back(config.purpose + " " + host_and_port(config.address, config.port));
  return result;
}

TEST(PeerPorts, a_member_listens_on_every_address_of_its_line) {
  EXPECT_THAT(wanted(options_of({{"a", 1, 2}, {"::1", 1, 3}})),
              ::testing::ElementsAre("learners a:1", "elections a:2", "learners [::1]:1", "elections [::1]:3"));
}

TEST(PeerPorts, or_once_on_all_addresses) {
  PeerOptions options = options_of({{"a", 1, 2}, {"b", 1, 3}});
  options.listen_on_all = true;
  EXPECT_THAT(wanted(options), ::testing::ElementsAre("learners :1", "elections :2", "elections :3"));
}

TEST(PeerPorts, a_port_that_is_taken_is_tried_again_and_then_given_up_or_freed) {
  boost::asio::io_context io;
  ListenerConfig taken;
  taken.address = "127.0.0.1";
  auto holder = Listener::open(io, taken);
  ASSERT_TRUE(holder.ok());
  PeerOptions options = options_of({{"127.0.0.1", (*holder)->port(), 0}});
  options.bind_retries = 2;
  int waits = 0;
  const auto refused = open_peer_ports(io, options, ServerId{7}, [&waits] { return ++waits > 0; });
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(waits, 2);
  EXPECT_THAT(refused.error(), ::testing::StartsWith("cannot listen for learners on 127.0.0.1:"));
  options.bind_retries = 0;  // for ever
  const auto opened = open_peer_ports(io, options, ServerId{7}, [&] {
    if (++waits == 10) (*holder).reset();
    return true;
  });
  ASSERT_TRUE(opened.ok());
  ASSERT_EQ(opened.value().size(), 2u);
  EXPECT_EQ(opened.value()[0].kind, ChannelKind::kLearner);
  EXPECT_EQ(opened.value()[1].kind, ChannelKind::kElection);
}

TEST(PeerPorts, binding_ends_when_the_server_is_to_stop) {
  boost::asio::io_context io;
  ListenerConfig taken;
  taken.address = "127.0.0.1";
  const auto holder = Listener::open(io, taken);
  ASSERT_TRUE(holder.ok());
  PeerOptions options = options_of({{"127.0.0.1", holder.value()->port(), 0}});
  options.bind_retries = 0;
  EXPECT_FALSE(open_peer_ports(io, options, ServerId{7}, [] { return false; }).ok());
}

}  // namespace
}  // namespace vivarium
