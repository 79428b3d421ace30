// The membership lines of zoo.cfg and of dynamic configuration files: server.N, group.G, weight.N.
//
// This build runs one server alone; the lines are read in full so that a one-member configuration works as in Apache
// and anything more is refused with a reason.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium {

struct ServerLine {
  std::int64_t id = 0;
  std::string host;
  bool observer = false;
  struct Client {
    std::string host;  // "" any
    std::uint16_t port = 0;
  };
  std::optional<Client> client;
};

bool is_membership_key(std::string_view key);

/// host:quorumPort:electionPort[|...][:participant|observer][;[clientHost:]clientPort]. Returns "" or what was
/// expected.
std::string parse_server_line(std::string_view key, std::string_view value, ServerLine& out);

}  // namespace vivarium
