#include "adapters/net/peer_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace vivarium {
namespace {

sockaddr_storage v4(const char* text, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  EXPECT_EQ(inet_pton(AF_INET, text, &address.sin_addr), 1);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

sockaddr_storage v6(const char* text, std::uint16_t port) {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(port);
  EXPECT_EQ(inet_pton(AF_INET6, text, &address.sin6_addr), 1);
  sockaddr_storage storage{};
  std::memcpy(&storage, &address, sizeof address);
  return storage;
}

TEST(PeerAddress, ipv4_is_dotted) {
  const PeerAddress peer = peer_address(v4("192.168.1.20", 52926));
  EXPECT_EQ(peer.host, "192.168.1.20");
  EXPECT_EQ(peer.endpoint(), "192.168.1.20:52926");
}

TEST(PeerAddress, ipv6_has_eight_groups_without_leading_zeros_as_java_prints_it) {
  const PeerAddress peer = peer_address(v6("fe80::a0b:1", 1));
  EXPECT_EQ(peer.host, "fe80:0:0:0:0:0:a0b:1");
  EXPECT_EQ(peer.endpoint(), "[fe80:0:0:0:0:0:a0b:1]:1");
}

TEST(PeerAddress, ipv4_through_an_ipv6_socket_is_ipv4) {
  EXPECT_EQ(peer_address(v6("::ffff:10.1.2.3", 7)).endpoint(), "10.1.2.3:7");
}

}  // namespace
}  // namespace vivarium
