// Answers to reads are held back while those before them have not left: a few bytes of requests may ask for gigabytes.
#include <gtest/gtest.h>

#include "tests/support/replica_harness.h"

namespace vivarium::testing {
namespace {

/// A node whose data is a third of what may be sent in one go.
void make_big_node(Server& server, std::uint32_t slot) {
  server.send(slot, create(1, "/big", std::string(limits::kMaxOutputBurst / 3, 'x')));
  server.make_durable();
  server.take_replies(slot);
}

std::string reads(int first, int last) {
  std::string frames;
  for (int xid = first; xid <= last; ++xid) frames += get_data(xid, "/big");
  return frames;
}

TEST(Output, reads_beyond_a_burst_wait_until_the_adapter_says_drained) {
  Server server;
  server.connect(0);
  make_big_node(server, 0);
  server.send(0, reads(2, 9));
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{2, 3, 4}));
  EXPECT_EQ(server.channel(0).drains_asked, 1);
  server.step();
  EXPECT_TRUE(server.take_xids(0).empty());
  server.step(ChannelDrained{server.channel(0).id});
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{5, 6, 7}));
  server.step(ChannelDrained{server.channel(0).id});
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{8, 9}));
  server.step(ChannelDrained{server.channel(0).id});
  EXPECT_EQ(server.channel(0).drains_asked, 2);
}

TEST(Output, bytes_that_arrive_meanwhile_are_held_and_other_connections_go_on) {
  Server server;
  server.connect(0);
  server.connect(1);
  make_big_node(server, 0);
  server.send(0, reads(2, 5));
  server.send(0, create(6, "/late"));
  server.send(1, get_data(1, "/big"));
  EXPECT_EQ(server.take_xids(1), std::vector<int>{1});
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{2, 3, 4}));
  server.step(ChannelDrained{server.channel(0).id});
  server.make_durable();
  EXPECT_EQ(server.take_xids(0), (std::vector<int>{5, 6}));
}

TEST(Output, reads_behind_a_write_stay_in_order_and_are_bounded) {
  Server server;
  server.connect(0);
  const int many = static_cast<int>(limits::kMaxWaitingReads) + 10;
  std::string frames = create(1, "/a", "x");
  for (int xid = 2; xid <= many; ++xid) frames += get_data(xid, "/a");
  frames += create(many + 1, "/b");
  server.send(0, frames);
  EXPECT_EQ(server.count(EffectKind::kAppendLog), 1);  // the second write waits behind the reads that were held back
  server.make_durable();
  server.make_durable();
  std::vector<int> expected(static_cast<std::size_t>(many) + 1);
  for (int i = 0; i <= many; ++i) expected[static_cast<std::size_t>(i)] = i + 1;
  EXPECT_EQ(server.take_xids(0), expected);
}

TEST(Output, drained_for_a_channel_that_did_not_ask_or_is_gone_means_nothing) {
  Server server;
  server.connect(0);
  server.step(ChannelDrained{server.channel(0).id});
  server.step(ChannelDrained{ChannelId{7, 7}});
  server.send(0, get_data(1, "/"));
  EXPECT_EQ(server.take_xids(0), std::vector<int>{1});
}

}  // namespace
}  // namespace vivarium::testing
