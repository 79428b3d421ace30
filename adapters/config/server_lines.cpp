#include "adapters/config/server_lines.h"

#include "adapters/config/setting_values.h"
#include "kernel/base/limits.h"
#include "kernel/zab/quorum.h"

namespace vivarium {
namespace {

constexpr const char* kExpected = "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]";
/// What is added to the id of a server without a history must not make it another one's.
constexpr std::int64_t kMaxServerId = limits::kGuestOffset - 1;

bool read_id(std::string_view key, std::int64_t& id) {
  return read_integer(key.substr(key.find('.') + 1), 0, kMaxServerId, id).empty();
}

/// Splits at colons, keeping "[IPv6]" together.
std::vector<std::string_view> split_colons(std::string_view s) {
  std::vector<std::string_view> parts;
  if (!s.empty() && s[0] == '[') {
    const std::size_t close = s.find(']');
    if (close == std::string_view::npos) return {s};
    parts.push_back(s.substr(1, close - 1));
    s = s.substr(close + 1);
    if (s.empty()) return parts;
    if (s[0] != ':') return {};
    s.remove_prefix(1);
  }
  while (true) {
    const std::size_t colon = s.find(':');
    parts.push_back(trimmed(s.substr(0, colon)));
    if (colon == std::string_view::npos) return parts;
    s.remove_prefix(colon + 1);
  }
}

bool read_port(std::string_view text, std::uint16_t& port) {
  std::int64_t value = 0;
  if (!read_integer(text, 0, 65535, value).empty()) return false;
  port = static_cast<std::uint16_t>(value);
  return true;
}

bool parse_client(std::string_view text, ServerLine& out) {
  const std::vector<std::string_view> parts = split_colons(text);
  ServerLine::Client client;
  if (parts.empty() || parts.size() > 2 || !read_port(parts.back(), client.port)) return false;
  if (parts.size() == 2 && parts[0] != "0.0.0.0" && parts[0] != "::") client.host = std::string(parts[0]);
  out.client = client;
  return true;
}

bool parse_address(std::string_view text, ServerLine& out) {
  const std::vector<std::string_view> parts = split_colons(text);
  if (parts.size() < 3 || parts.size() > 4 || parts[0].empty()) return false;
  std::uint16_t quorum_port = 0, election_port = 0;
  if (!read_port(parts[1], quorum_port) || !read_port(parts[2], election_port)) return false;
  if (quorum_port == election_port) return false;
  out.addresses.push_back({std::string(parts[0]), quorum_port, election_port});
  if (parts.size() == 3) return true;
  const std::string role = lower_case(parts[3]);
  if (role != "participant" && role != "observer") return false;
  out.observer = role == "observer";
  return true;
}

}  // namespace

bool is_membership_key(std::string_view key) {
  return key.starts_with("server.") || key.starts_with("group.") || key.starts_with("weight.");
}

std::string parse_server_line(std::string_view key, std::string_view value, ServerLine& out) {
  if (!read_id(key, out.id)) return "a server id after 'server.'";
  const std::size_t semicolon = value.find(';');
  if (semicolon != std::string_view::npos) {
    std::string_view client = trimmed(value.substr(semicolon + 1));
    client = trimmed(client.substr(0, client.find(';')));  // a secure client port (3.10) may follow
    if (!client.empty() && !parse_client(client, out)) return kExpected;
  }
  std::string_view addresses = value.substr(0, semicolon);
  while (true) {
    const std::size_t bar = addresses.find('|');
    const bool last = bar == std::string_view::npos;
    if (!parse_address(trimmed(addresses.substr(0, bar)), out)) return kExpected;
    if (last) return {};
    addresses.remove_prefix(bar + 1);
  }
}

std::string host_and_port(std::string_view host, std::uint16_t port) {
  const bool ipv6 = host.find(':') != std::string_view::npos;
  std::string text = ipv6 ? "[" + std::string(host) + "]" : std::string(host);
  return text + ":" + std::to_string(port);
}

std::string print_server_line(const ServerLine& line) {
  std::string text;
  for (const ServerLine::Address& address : line.addresses) {
    if (!text.empty()) text += '|';
    text += host_and_port(address.host, address.quorum_port) + ":" + std::to_string(address.election_port);
  }
  text += line.observer ? ":observer" : ":participant";
  if (!line.client) return text;
  const std::string host = line.client->host.empty() ? "0.0.0.0" : line.client->host;
  return text + ";" + host_and_port(host, line.client->port);
}

std::string parse_group_line(std::string_view key, std::string_view value, GroupLine& out) {
  if (!read_integer(key.substr(key.find('.') + 1), 1, INT64_MAX, out.id).empty()) return "a group id after 'group.'";
  while (true) {
    const std::size_t colon = value.find(':');
    std::int64_t server = 0;
    if (!read_integer(trimmed(value.substr(0, colon)), 0, kMaxServerId, server).empty())
      return "server ids with colons between them, such as 1:2:3";
    out.servers.push_back(server);
    if (colon == std::string_view::npos) return {};
    value.remove_prefix(colon + 1);
  }
}

std::string parse_weight_line(std::string_view key, std::string_view value, WeightLine& out) {
  if (!read_id(key, out.server)) return "a server id after 'weight.'";
  return read_integer(value, 0, Quorum::kMaxWeight, out.weight);
}

}  // namespace vivarium
