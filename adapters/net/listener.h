// Accepts on one port, of clients or of other members, and hands the connected sockets on. Boost.Asio; runs on the
// control thread.
//
// Must never: read or write such a socket; spin when descriptors run out (it pauses and tries again).
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>
#include <string>

#include "adapters/config/server_config.h"
#include "adapters/net/peer_address.h"
#include "adapters/net/unique_fd.h"
#include "kernel/base/result.h"

namespace vivarium {

struct ListenError {
  enum class Kind { kUnknownHost, kCannotBind } kind = Kind::kCannotBind;
  std::string text;
};

class Listener {
 public:
  using OnSocket = std::function<void(UniqueFd socket, const PeerAddress& peer)>;

  /// Resolves the address, binds and listens. Who connects waits in the backlog until start().
  static Result<std::unique_ptr<Listener>, ListenError> open(boost::asio::io_context& io, const ListenerConfig& config);

  void start(OnSocket on_socket);
  /// The port in use, also when the configuration said 0.
  std::uint16_t port() const { return endpoint_.port(); }
  /// "127.0.0.1:2181", "[::]:2181".
  std::string endpoint() const;

 private:
  Listener(boost::asio::io_context& io, const ListenerConfig& config);
  boost::system::error_code bind(const boost::asio::ip::tcp::endpoint& endpoint);
  void wait();
  /// Everything that waits in the backlog. False when descriptors or memory ran out.
  bool accept_all();
  void pause();

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer retry_;
  boost::asio::ip::tcp::endpoint endpoint_;
  OnSocket on_socket_;
  std::string purpose_;
  int backlog_ = -1;
  bool keep_alive_ = false;
  bool starved_ = false;
};

}  // namespace vivarium
