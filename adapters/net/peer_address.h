// Socket addresses as text, in Java's forms: they are identities (the ip scheme) and appear in four-letter words.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <string>

namespace vivarium {

struct PeerAddress {
  std::string host;  // "127.0.0.1", "0:0:0:0:0:0:0:1"
  std::uint16_t port = 0;
  bool ipv6 = false;
  /// "127.0.0.1:52926", "[0:0:0:0:0:0:0:1]:52926"
  std::string endpoint() const;
};

/// IPv4 addresses that arrive through an IPv6 socket are IPv4 addresses. Unknown families give an empty host.
PeerAddress peer_address(const sockaddr_storage& address);

}  // namespace vivarium
