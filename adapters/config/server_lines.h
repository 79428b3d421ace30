// The membership lines of zoo.cfg and of dynamic configuration files: server.N, group.G, weight.N.
//
// What one line says, and how it is printed again; what the lines mean together is membership's business.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vivarium {

struct ServerLine {
  struct Address {
    std::string host;  // IPv6 without brackets
    std::uint16_t quorum_port = 0, election_port = 0;
  };
  std::int64_t id = 0;
  std::vector<Address> addresses;  // at least one; used in turn
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
/// The value in the form that members exchange (protocol.md 9.1): the role always, the client part when the line had
/// one.
std::string print_server_line(const ServerLine& line);
/// "host:port", an IPv6 address in brackets.
std::string host_and_port(std::string_view host, std::uint16_t port);

/// group.G=1:2:3
struct GroupLine {
  std::int64_t id = 0;
  std::vector<std::int64_t> servers;
};
std::string parse_group_line(std::string_view key, std::string_view value, GroupLine& out);

/// weight.N=W
struct WeightLine {
  std::int64_t server = 0;
  std::int64_t weight = 1;
};
std::string parse_weight_line(std::string_view key, std::string_view value, WeightLine& out);

}  // namespace vivarium
