#include "adapters/net/peer_address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <cstring>

namespace vivarium {
namespace {

std::string ipv4_text(const unsigned char* bytes) {
  return fmt::format("{}.{}.{}.{}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/// Eight groups without leading zeros and without "::", as InetAddress.getHostAddress.
std::string ipv6_text(const unsigned char* bytes) {
  std::string text;
  for (int i = 0; i < 16; i += 2) {
    text += fmt::format("{}{:x}", i == 0 ? "" : ":", (bytes[i] << 8) | bytes[i + 1]);
  }
  return text;
}

}  // namespace

std::string PeerAddress::endpoint() const {
  return ipv6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

PeerAddress peer_address(const sockaddr_storage& address) {
  PeerAddress peer;
  if (address.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    peer.host = ipv4_text(reinterpret_cast<const unsigned char*>(&v4.sin_addr));
    peer.port = ntohs(v4.sin_port);
  } else if (address.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    const unsigned char* bytes = v6.sin6_addr.s6_addr;
    peer.ipv6 = !IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    peer.host = peer.ipv6 ? ipv6_text(bytes) : ipv4_text(bytes + 12);
    peer.port = ntohs(v6.sin6_port);
  }
  return peer;
}

}  // namespace vivarium
