// Real sockets (socket pairs), no timing: every wait is for something that is already ready.
#include "adapters/net/channel_set.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>

namespace vivarium {
namespace {

constexpr Instant kNow{1'000'000'000};

struct Client {
  UniqueFd fd;
  ChannelId id;

  void write(std::string_view bytes) const {
    ASSERT_EQ(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }
  /// Everything that has arrived; "<eof>" is appended at the end of the stream.
  std::string read() const {
    std::string all;
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t size = ::recv(fd.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (size == 0) return all + "<eof>";
      if (size < 0) return errno == ECONNRESET ? all + "<reset>" : all;
      all.append(buffer.data(), static_cast<std::size_t>(size));
    }
  }
};

class ChannelSetTest : public ::testing::Test {
 protected:
  Client connect(ChannelSet& set, const char* host = "10.0.0.1") {
    Client client;
    adoption = try_connect(set, host, client);
    EXPECT_EQ(adoption, ChannelSet::Adoption::kTaken);
    return client;
  }
  ChannelSet::Adoption try_connect(ChannelSet& set, const char* host, Client& client) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    client.fd = UniqueFd(ends[0]);
    PeerAddress peer;
    peer.host = host;
    return set.adopt(UniqueFd(ends[1]), peer, client.id);
  }
  /// One look at the sockets.
  std::vector<Input> collect(ChannelSet& set) {
    set.wait(0);
    std::vector<Input> inputs;
    set.collect(inputs);
    return inputs;
  }
  static std::string_view bytes(const Input& input) { return std::get<ChannelBytes>(input).bytes; }

  ChannelSet::Adoption adoption = ChannelSet::Adoption::kTaken;
  ChannelSet channels{ConnectionLimits{0, 0}};
};

TEST_F(ChannelSetTest, what_arrived_on_all_channels_is_one_batch) {
  const Client a = connect(channels), b = connect(channels);
  a.write("one");
  b.write("two");
  const std::vector<Input> inputs = collect(channels);
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(bytes(inputs[0]), "one");
  EXPECT_EQ(bytes(inputs[1]), "two");
  EXPECT_TRUE(collect(channels).empty());
}

TEST_F(ChannelSetTest, pieces_for_a_channel_leave_in_order_at_flush_and_not_before) {
  const Client a = connect(channels), b = connect(channels);
  channels.send(a.id, "one ");
  channels.send(b.id, "other");
  channels.send(a.id, "two");
  EXPECT_EQ(a.read(), "");
  channels.flush(kNow);
  EXPECT_EQ(a.read(), "one two");
  EXPECT_EQ(b.read(), "other");
}

TEST_F(ChannelSetTest, slots_are_given_smallest_first_and_reused_with_a_new_generation) {
  Client a = connect(channels), b = connect(channels), c = connect(channels);
  EXPECT_EQ(a.id.slot, 0u);
  EXPECT_EQ(c.id.slot, 2u);
  channels.close(b.id);
  channels.close(a.id);
  channels.flush(kNow);
  const Client d = connect(channels);
  EXPECT_EQ(d.id.slot, 0u);
  EXPECT_NE(d.id.generation, a.id.generation);
  EXPECT_EQ(channels.peer(a.id), nullptr);
  channels.send(a.id, "for the one that left");
  channels.flush(kNow);
  EXPECT_EQ(d.read(), "");
}

TEST_F(ChannelSetTest, a_peer_that_closes_is_reported_once_and_may_still_be_answered_in_that_step) {
  const Client a = connect(channels);
  a.write("ruok");
  ::shutdown(a.fd.get(), SHUT_WR);  // as `echo ruok | nc` does
  ASSERT_EQ(bytes(collect(channels).at(0)), "ruok");
  channels.flush(kNow);
  const std::vector<Input> inputs = collect(channels);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(std::get<ChannelClosed>(inputs[0]).channel, a.id);
  channels.send(a.id, "imok");
  channels.flush(kNow);
  EXPECT_EQ(a.read(), "imok<eof>");
  EXPECT_EQ(channels.size(), 0u);
  EXPECT_TRUE(collect(channels).empty());
}

TEST_F(ChannelSetTest, a_close_lets_out_what_was_sent_before_and_is_not_reported) {
  const Client a = connect(channels);
  channels.send(a.id, "bye");
  channels.close(a.id);
  channels.send(a.id, "too late");
  a.write("unread bytes of the client must not become a reset");
  channels.flush(kNow);
  EXPECT_EQ(a.read(), "bye<eof>");
  EXPECT_TRUE(collect(channels).empty());
  EXPECT_EQ(channels.size(), 0u);
}

TEST_F(ChannelSetTest, a_paused_channel_is_not_read) {
  const Client a = connect(channels);
  channels.pause_reading(a.id);
  channels.flush(kNow);
  a.write("wait");
  EXPECT_TRUE(collect(channels).empty());
  EXPECT_FALSE(channels.is_reading(a.id));
  channels.resume_reading(a.id);
  channels.flush(kNow);
  EXPECT_EQ(bytes(collect(channels).at(0)), "wait");
}

TEST_F(ChannelSetTest, a_client_that_does_not_read_is_not_read_from_until_it_does) {
  const Client a = connect(channels);
  const std::string much(4u << 20, 'x');
  channels.send(a.id, much);
  channels.flush(kNow);
  EXPECT_TRUE(channels.is_writing(a.id));
  EXPECT_FALSE(channels.is_reading(a.id));
  a.write("more please");
  EXPECT_TRUE(collect(channels).empty());
  std::size_t received = a.read().size();
  std::vector<std::string> heard;
  while (received < much.size() || heard.empty()) {
    for (const Input& input : collect(channels)) heard.emplace_back(bytes(input));
    channels.flush(kNow);
    received += a.read().size();
  }
  EXPECT_EQ(heard, std::vector<std::string>{"more please"});
  EXPECT_EQ(received, much.size());
  collect(channels);
  channels.flush(kNow);
  EXPECT_EQ(channels.counters().bytes_sent, much.size());
  EXPECT_TRUE(channels.is_reading(a.id));
}

TEST_F(ChannelSetTest, drained_is_reported_once_when_little_of_what_was_sent_waits) {
  const Client a = connect(channels);
  channels.send(a.id, "little");
  channels.await_drain(a.id);
  channels.flush(kNow);
  EXPECT_TRUE(channels.has_pending());
  EXPECT_EQ(std::get<ChannelDrained>(collect(channels).at(0)).channel, a.id);
  EXPECT_FALSE(channels.has_pending());
  const std::string much(4u << 20, 'x');
  channels.send(a.id, much);
  channels.await_drain(a.id);
  channels.flush(kNow);
  EXPECT_FALSE(channels.has_pending());
  std::vector<Input> inputs;
  while (inputs.empty()) {
    a.read();
    inputs = collect(channels);
    channels.flush(kNow);
  }
  EXPECT_TRUE(std::holds_alternative<ChannelDrained>(inputs.at(0)));
  EXPECT_EQ(inputs.size(), 1u);
}

TEST_F(ChannelSetTest, a_client_whose_output_exceeds_the_limit_is_dropped_and_reported) {
  NetLimits limits;
  limits.output_limit = 1u << 20;
  ChannelSet small(ConnectionLimits{0, 0}, limits);
  const Client a = connect(small);
  const std::string much(3u << 20, 'x');
  small.send(a.id, much);
  small.flush(kNow);
  EXPECT_TRUE(small.has_pending());
  const std::vector<Input> inputs = collect(small);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(std::get<ChannelClosed>(inputs[0]).channel, a.id);
  small.flush(kNow);
  EXPECT_EQ(small.size(), 0u);
  EXPECT_EQ(small.counters().dropped, 1u);
}

TEST_F(ChannelSetTest, a_broken_link_found_by_a_write_is_reported) {
  Client a = connect(channels);
  a.fd.reset();
  channels.send(a.id, "anyone?");
  channels.flush(kNow);
  EXPECT_TRUE(channels.has_pending());
  EXPECT_TRUE(std::holds_alternative<ChannelClosed>(collect(channels).at(0)));
  channels.flush(kNow);
  EXPECT_EQ(channels.size(), 0u);
}

TEST_F(ChannelSetTest, a_closing_client_that_never_reads_loses_the_rest_when_patience_ends) {
  const Client a = connect(channels);
  const std::string much(8u << 20, 'x');
  channels.send(a.id, much);
  channels.close(a.id);
  channels.flush(kNow);
  EXPECT_EQ(channels.size(), 1u);
  const Instant deadline = channels.next_deadline();
  EXPECT_EQ((deadline - kNow).to_millis(), 5000);
  channels.expire(Instant{deadline.nanos - 1});
  EXPECT_EQ(channels.size(), 1u);
  channels.expire(deadline);
  EXPECT_EQ(channels.size(), 0u);
  EXPECT_EQ(channels.next_deadline(), Instant::never());
}

TEST_F(ChannelSetTest, limits_per_address_and_in_total_are_checked_at_accept) {
  ChannelSet limited(ConnectionLimits{2, 3});
  const Client a = connect(limited, "10.0.0.1"), b = connect(limited, "10.0.0.1");
  Client refused;
  EXPECT_EQ(try_connect(limited, "10.0.0.1", refused), ChannelSet::Adoption::kTooManyFromAddress);
  EXPECT_EQ(refused.read(), "<eof>");
  const Client c = connect(limited, "10.0.0.2");
  EXPECT_EQ(try_connect(limited, "10.0.0.3", refused), ChannelSet::Adoption::kTooMany);
  EXPECT_EQ(limited.counters().rejected, 2u);
  limited.close(a.id);
  limited.flush(kNow);
  EXPECT_EQ(try_connect(limited, "10.0.0.1", refused), ChannelSet::Adoption::kTaken);
}

TEST_F(ChannelSetTest, one_busy_client_is_read_a_chunk_at_a_time) {
  NetLimits limits;
  limits.read_chunk = 10;
  limits.read_buffer = 25;
  ChannelSet small(ConnectionLimits{0, 0}, limits);
  const Client a = connect(small), b = connect(small);
  a.write("0123456789abcdef");
  b.write("b");
  const std::vector<Input> inputs = collect(small);
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(bytes(inputs[0]), "0123456789");
  EXPECT_EQ(bytes(inputs[1]), "b");
  EXPECT_EQ(bytes(collect(small).at(0)), "abcdef");
}

TEST_F(ChannelSetTest, the_wakeup_descriptor_ends_a_wait) {
  const UniqueFd event(eventfd(0, EFD_NONBLOCK));
  channels.watch_wakeups(event.get());
  EXPECT_FALSE(channels.wait(0));
  eventfd_write(event.get(), 1);
  EXPECT_TRUE(channels.wait(-1));
}

class MemberChannels : public ChannelSetTest {
 protected:
  Client connect_member(ChannelSet& set, ChannelKind kind = ChannelKind::kLearner, bool dialed = false) {
    int ends[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    Client member;
    member.fd = UniqueFd(ends[0]);
    PeerAddress peer;
    peer.host = "10.0.0.1";
    adoption = set.adopt(UniqueFd(ends[1]), peer, member.id, kind, dialed);
    return member;
  }
};

TEST_F(MemberChannels, a_member_is_read_from_while_much_waits_for_it) {
  NetLimits limits;
  limits.output_high_water = 1000;
  ChannelSet set{ConnectionLimits{}, limits};
  const Client member = connect_member(set), client = connect(set);
  const std::string much(8u << 20, 'x');
  set.send(member.id, much);
  set.send(client.id, much);
  set.flush(kNow);
  EXPECT_TRUE(set.is_writing(member.id));
  EXPECT_TRUE(set.is_reading(member.id));
  EXPECT_FALSE(set.is_reading(client.id));
  member.write("ack");
  client.write("request");
  const std::vector<Input> inputs = collect(set);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(bytes(inputs[0]), "ack");
}

TEST_F(MemberChannels, a_member_is_dropped_at_a_limit_of_its_own) {
  NetLimits limits;
  limits.output_limit = 1000;
  limits.member_output_limit = 16u << 20;
  ChannelSet set{ConnectionLimits{}, limits};
  const Client member = connect_member(set);
  const std::string much(12u << 20, 'x');
  set.send(member.id, much);
  set.flush(kNow);
  EXPECT_TRUE(collect(set).empty());
  set.send(member.id, much);
  set.flush(kNow);
  const std::vector<Input> inputs = collect(set);
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_NE(std::get_if<ChannelClosed>(&inputs[0]), nullptr);
}

TEST_F(MemberChannels, large_pieces_arrive_whole_and_in_order_whatever_the_socket_takes_at_a_time) {
  const Client member = connect_member(channels);
  std::string expected;
  std::vector<std::string> pieces;
  for (int i = 0; i < 300; ++i)
    pieces.push_back(std::string(static_cast<std::size_t>(1 + i * 131 % 9000), static_cast<char>('a' + i % 26)));
  for (const std::string& piece : pieces) {
    expected += piece;
    channels.send(member.id, piece);
  }
  channels.flush(kNow);
  EXPECT_TRUE(channels.is_writing(member.id));
  std::string arrived = member.read();
  for (int i = 0; i < 10'000 && arrived.size() < expected.size(); ++i) {
    channels.wait(0);
    channels.flush(kNow);
    arrived += member.read();
  }
  EXPECT_TRUE(arrived == expected);
  EXPECT_FALSE(channels.is_writing(member.id));
}

TEST_F(MemberChannels, members_do_not_count_as_clients) {
  ChannelSet set{ConnectionLimits{1, 1}};
  const Client member = connect_member(set), other = connect_member(set, ChannelKind::kElection);
  EXPECT_EQ(adoption, ChannelSet::Adoption::kTaken);
  EXPECT_EQ(set.size(), 0u);
  const Client client = connect(set);
  EXPECT_EQ(set.size(), 1u);
  connect_member(set);
  EXPECT_EQ(adoption, ChannelSet::Adoption::kTaken);
}

TEST_F(MemberChannels, strangers_at_the_ports_for_members_are_bounded_and_our_own_dials_are_not) {
  NetLimits limits;
  limits.member_channels = 2;
  ChannelSet set{ConnectionLimits{}, limits};
  const Client a = connect_member(set), b = connect_member(set);
  connect_member(set);
  EXPECT_EQ(adoption, ChannelSet::Adoption::kTooManyMembers);
  const Client dialed = connect_member(set, ChannelKind::kElection, true);
  EXPECT_EQ(adoption, ChannelSet::Adoption::kTaken);
  set.close(a.id);
  set.close(dialed.id);
  set.flush(kNow);
  connect_member(set);
  EXPECT_EQ(adoption, ChannelSet::Adoption::kTaken);
}

}  // namespace
}  // namespace vivarium
