#include "adapters/config/server_lines.h"

#include "adapters/config/setting_values.h"

namespace vivarium {
namespace {

constexpr const char* kExpected = "host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort]";

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
  if (out.host.empty()) out.host = std::string(parts[0]);
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
  std::string expected = read_integer(key.substr(std::string_view("server.").size()), 0, INT64_MAX, out.id);
  if (!expected.empty()) return "a server id after 'server.'";
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

}  // namespace vivarium
