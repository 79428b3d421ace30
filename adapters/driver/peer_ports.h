// The two ports for other members, bound for as long as the server runs: what a connection to them is worth is the
// kernel's to decide.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/config/server_config.h"
#include "adapters/net/listener.h"
#include "kernel/base/result.h"
#include "kernel/input.h"

namespace vivarium {

struct PeerPort {
  ChannelKind kind;
  std::unique_ptr<Listener> listener;
};

/// Where `me` must listen.
std::vector<std::pair<ChannelKind, ListenerConfig>> peer_port_configs(const PeerOptions& options, ServerId me);

/// Binds them. A port that is in use, or a name that cannot be looked up yet, is tried again (electionPortBindRetry)
/// after each true answer of `wait`, which waits a moment and answers false when the server is to stop.
Result<std::vector<PeerPort>, std::string> open_peer_ports(boost::asio::io_context& io, const PeerOptions& options,
                                                           ServerId me, const std::function<bool()>& wait);

}  // namespace vivarium
