#include "adapters/net/listener.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "adapters/logging/log.h"

namespace vivarium {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto kRetryAfterStarvation = std::chrono::milliseconds(100);

Failure<ListenError> failure(ListenError::Kind kind, std::string text) { return {{kind, std::move(text)}}; }

std::string endpoint_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return fmt::format("{}:{}", endpoint.address().is_v6() ? "[" + address + "]" : address, endpoint.port());
}

/// What the configured address means: every candidate is tried until one binds.
std::vector<tcp::endpoint> candidates(asio::io_context& io, const ListenerConfig& config, error_code& error) {
  if (config.address.empty()) return {{tcp::v6(), config.port}, {tcp::v4(), config.port}};
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(config.address, std::to_string(config.port), tcp::resolver::passive, error);
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  return endpoints;
}

}  // namespace

Listener::Listener(asio::io_context& io, const ListenerConfig& config)
    : acceptor_(io), retry_(io), purpose_(config.purpose), backlog_(config.backlog), keep_alive_(config.keep_alive) {}

Result<std::unique_ptr<Listener>, ListenError> Listener::open(asio::io_context& io, const ListenerConfig& config) {
  error_code error;
  const std::vector<tcp::endpoint> endpoints = candidates(io, config, error);
  if (endpoints.empty()) {
    return failure(ListenError::Kind::kUnknownHost,
                   fmt::format("{}: cannot resolve '{}': {}", config.setting, config.address, error.message()));
  }
  std::unique_ptr<Listener> listener(new Listener(io, config));
  for (const tcp::endpoint& endpoint : endpoints) {
    error = listener->bind(endpoint);
    if (!error) return listener;
    if (error == asio::error::address_in_use || error == asio::error::access_denied) break;
  }
  return failure(ListenError::Kind::kCannotBind,
                 fmt::format("cannot listen for {} on {}:{}: {}", config.purpose,
                             config.address.empty() ? "*" : config.address, config.port, error.message()));
}

error_code Listener::bind(const tcp::endpoint& endpoint) {
  error_code error, ignored;
  acceptor_.close(ignored);
  acceptor_.open(endpoint.protocol(), error);
  if (error) return error;
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  // One socket for both families when bound to any address, as Java does.
  if (endpoint.protocol() == tcp::v6()) acceptor_.set_option(asio::ip::v6_only(false), ignored);
  acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(backlog_ > 0 ? backlog_ : asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.native_non_blocking(true, error);
  if (!error) endpoint_ = acceptor_.local_endpoint(error);
  return error;
}

std::string Listener::endpoint() const { return endpoint_text(endpoint_); }

void Listener::start(OnSocket on_socket) {
  on_socket_ = std::move(on_socket);
  wait();
}

void Listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code error) {
    if (error) return;  // the control thread is stopping
    if (accept_all()) return wait();
    pause();
  });
}

bool Listener::accept_all() {
  while (true) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    UniqueFd socket(::accept4(acceptor_.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                              SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) {
      const bool nothing_left = errno == EAGAIN || errno == EWOULDBLOCK;
      const bool starved = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
      if (starved && !starved_)
        log_warning(fmt::format("cannot accept {} for now: {}", purpose_, std::strerror(errno)));
      starved_ = starved || (starved_ && !nothing_left);
      if (nothing_left || starved) return !starved;
      continue;  // somebody who gave up while it waited
    }
    if (starved_) log_info(fmt::format("accepting {} again", purpose_));
    starved_ = false;
    const int on = 1;
    if (keep_alive_) ::setsockopt(socket.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    on_socket_(std::move(socket), peer_address(address));
  }
}

void Listener::pause() {
  retry_.expires_after(kRetryAfterStarvation);
  retry_.async_wait([this](error_code error) {
    if (!error) wait();
  });
}

}  // namespace vivarium
