// Real sockets on loopback; every wait is for an event.
#include "adapters/net/dialer.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/executor_work_guard.hpp>
#include <future>
#include <mutex>
#include <set>

namespace vivarium {
namespace {

using ::testing::ElementsAre;

/// A socket that listens on a port of its own choice; its backlog accepts.
struct Listening {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM, 0)};
  std::uint16_t port = 0;
  Listening() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    socklen_t size = sizeof address;
    EXPECT_EQ(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    port = ntohs(address.sin_port);
    EXPECT_EQ(::listen(fd.get(), 16), 0);
  }
};

/// A port that was free a moment ago: nobody listens there.
std::uint16_t closed_port() { return Listening().port; }

FoundAddresses loopback() { return {{boost::asio::ip::make_address("127.0.0.1")}, ""}; }

/// What was looked up, on whatever thread. A thread that hangs may outlive its test.
struct Names {
  std::promise<void> let_go;
  std::shared_future<void> until_let_go = let_go.get_future().share();

  FoundAddresses find(const std::string& host) {
    {
      const std::lock_guard lock(mutex_);
      asked_.insert(host);
    }
    if (host == "hangs") until_let_go.wait();
    return host == "unknown" ? FoundAddresses{{}, "no such host"} : loopback();
  }
  std::size_t asked(const std::string& host) {
    const std::lock_guard lock(mutex_);
    return asked_.count(host);
  }

 private:
  std::mutex mutex_;
  std::multiset<std::string> asked_;
};

class DialerTest : public ::testing::Test {
 protected:
  ~DialerTest() override { names->let_go.set_value(); }

  void member(std::int64_t id, std::vector<ServerLine::Address> addresses) {
    options.members.push_back({ServerId{id}, std::move(addresses)});
  }
  void start() {
    dialer.emplace(
        io, options,
        [this](UniqueFd socket, const PeerAddress& peer, ChannelKind kind, ServerId server) {
          EXPECT_TRUE((::fcntl(socket.get(), F_GETFL) & O_NONBLOCK) != 0);
          events.push_back("connected " + name(kind, server) + " " + std::to_string(peer.port));
        },
        [this](ChannelKind kind, ServerId server) { events.push_back("failed " + name(kind, server)); },
        [names = names](const std::string& host) { return names->find(host); });
  }
  static std::string name(ChannelKind kind, ServerId server) {
    return (kind == ChannelKind::kElection ? "election " : "leader ") + std::to_string(server.value);
  }
  void wait_for_events(std::size_t count) {
    while (events.size() < count) io.run_one();
  }

  std::shared_ptr<Names> names = std::make_shared<Names>();
  std::vector<std::string> events;
  PeerOptions options;
  boost::asio::io_context io{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work = boost::asio::make_work_guard(io);
  std::optional<Dialer> dialer;
};

TEST_F(DialerTest, each_kind_of_dial_goes_to_its_own_port_and_failures_are_told) {
  const Listening quorum;
  member(2, {{"127.0.0.1", quorum.port, closed_port()}});
  start();
  dialer->dial(ChannelKind::kLearner, ServerId{2});
  wait_for_events(1);
  dialer->dial(ChannelKind::kElection, ServerId{2});
  wait_for_events(2);
  EXPECT_THAT(events, ElementsAre("connected leader 2 " + std::to_string(quorum.port), "failed election 2"));
}

TEST_F(DialerTest, the_addresses_of_a_member_are_tried_in_turn_beginning_with_the_one_that_worked) {
  const Listening second;
  auto third = std::make_unique<Listening>();
  member(1, {{"127.0.0.1", 0, closed_port()}, {"127.0.0.1", 0, second.port}, {"127.0.0.1", 0, third->port}});
  start();
  dialer->dial(ChannelKind::kElection, ServerId{1});
  wait_for_events(1);
  dialer->dial(ChannelKind::kElection, ServerId{1});
  wait_for_events(2);
  const std::string reached = "connected election 1 " + std::to_string(second.port);
  EXPECT_THAT(events, ElementsAre(reached, reached));
}

TEST_F(DialerTest, names_are_looked_up_at_every_dial) {
  const Listening port;
  member(1, {{"name", 0, port.port}});
  member(2, {{"unknown", 0, port.port}});
  start();
  for (std::size_t i = 1; i <= 2; ++i) {
    dialer->dial(ChannelKind::kElection, ServerId{1});
    wait_for_events(i);
  }
  EXPECT_EQ(names->asked("name"), 2u);
  dialer->dial(ChannelKind::kElection, ServerId{2});
  wait_for_events(3);
  EXPECT_EQ(events.back(), "failed election 2");
}

TEST_F(DialerTest, a_name_server_that_hangs_delays_nobody_else_and_one_look_up_is_enough_for_it) {
  const Listening port;
  member(1, {{"hangs", port.port, port.port}});
  member(2, {{"name", port.port, port.port}});
  options.election_timeout = options.leader_timeout = Duration::millis(50);
  start();
  dialer->dial(ChannelKind::kElection, ServerId{1});
  dialer->dial(ChannelKind::kElection, ServerId{2});
  wait_for_events(2);
  EXPECT_THAT(events, ElementsAre("connected election 2 " + std::to_string(port.port), "failed election 1"));
  dialer->dial(ChannelKind::kElection, ServerId{1});
  dialer->dial(ChannelKind::kLearner, ServerId{1});
  wait_for_events(4);
  EXPECT_EQ(names->asked("hangs"), 1u);
}

TEST_F(DialerTest, a_dial_that_is_under_way_answers_a_second_one) {
  member(1, {{"hangs", 0, closed_port()}});
  options.election_timeout = Duration::millis(20);
  start();
  dialer->dial(ChannelKind::kElection, ServerId{1});
  dialer->dial(ChannelKind::kElection, ServerId{1});
  wait_for_events(1);
  io.poll();
  EXPECT_THAT(events, ElementsAre("failed election 1"));
}

}  // namespace
}  // namespace vivarium
