#include "adapters/driver/peer_ports.h"

#include <fmt/format.h>

#include <set>

#include "adapters/logging/log.h"

namespace vivarium {

std::vector<std::pair<ChannelKind, ListenerConfig>> peer_port_configs(const PeerOptions& options, ServerId me) {
  const PeerOptions::Member* member = options.find(me);
  KASSERT(member != nullptr);
  std::vector<std::pair<ChannelKind, ListenerConfig>> configs;
  std::set<std::pair<std::string, std::uint16_t>> taken;
  const auto add = [&](ChannelKind kind, const char* purpose, const std::string& host, std::uint16_t port) {
    ListenerConfig config;
    config.purpose = purpose;
    config.setting = fmt::format("server.{}", me.value);
    config.address = options.listen_on_all ? "" : host;
    config.port = port;
    if (taken.emplace(config.address, port).second) configs.emplace_back(kind, std::move(config));
  };
  for (const ServerLine::Address& address : member->addresses) {
    add(ChannelKind::kLearner, "learners", address.host, address.quorum_port);
    add(ChannelKind::kElection, "elections", address.host, address.election_port);
  }
  return configs;
}

Result<std::vector<PeerPort>, std::string> open_peer_ports(boost::asio::io_context& io, const PeerOptions& options,
                                                           ServerId me, const std::function<bool()>& wait) {
  std::vector<PeerPort> ports;
  for (const auto& [kind, config] : peer_port_configs(options, me)) {
    for (std::int32_t retries = 0;; ++retries) {
      auto opened = Listener::open(io, config);
      if (opened.ok()) {
        ports.push_back({kind, std::move(*opened)});
        break;
      }
      const bool last = options.bind_retries > 0 && retries >= options.bind_retries;
      if (last) {
        return Failure<std::string>{
            fmt::format("{}; the address is that of server.{} (quorumListenOnAllIPs=true listens on every address)",
                        opened.error().text, me.value)};
      }
      log_warning(opened.error().text + "; trying again");
      flush_log();
      if (!wait()) return Failure<std::string>{"asked to stop"};
    }
  }
  return ports;
}

}  // namespace vivarium
