// Connects to other members: looks their names up anew each time, tries their addresses in turn, and gives up in time.
//
// Every dial has its own timers, sockets and look-ups, so that a member that swallows packets, or whose name server
// hangs, delays nobody else. The kernel decides when to dial again. Runs on the control thread; its io_context must
// have stopped before it is destroyed. Must never: leave a dial unanswered; dial one port of a member twice at a time.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "adapters/config/server_config.h"
#include "adapters/net/name_lookup.h"
#include "adapters/net/peer_address.h"
#include "adapters/net/unique_fd.h"
#include "kernel/input.h"

namespace vivarium {

class Dialer {
 public:
  using OnConnected = std::function<void(UniqueFd socket, const PeerAddress& peer, ChannelKind kind, ServerId server)>;
  using OnFailed = std::function<void(ChannelKind kind, ServerId server)>;

  Dialer(boost::asio::io_context& io, const PeerOptions& options, OnConnected on_connected, OnFailed on_failed,
         NameLookup::Resolve resolve = resolve_with_system);
  ~Dialer();

  /// Any thread. A dial of the same port that is under way answers this one, too.
  void dial(ChannelKind kind, ServerId server);

 private:
  class Attempt;
  struct Target {
    std::size_t first_address = 0;  // where the next dial begins: the one that worked last
    bool complained = false;        // failures are logged once until it answers
    std::shared_ptr<Attempt> attempt;
  };

  void begin(ChannelKind kind, ServerId server);
  void succeeded(Attempt& attempt, UniqueFd socket, const PeerAddress& peer);
  void failed(Attempt& attempt, const std::string& why);

  boost::asio::io_context& io_;
  const PeerOptions options_;
  OnConnected on_connected_;
  OnFailed on_failed_;
  NameLookup names_;
  std::map<std::pair<ChannelKind, ServerId>, Target> targets_;
};

}  // namespace vivarium
