#include "adapters/net/dialer.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstring>
#include <vector>

#include "adapters/logging/log.h"

namespace vivarium {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

PeerAddress address_of(const tcp::endpoint& endpoint) {
  sockaddr_storage address{};
  std::memcpy(&address, endpoint.data(), endpoint.size());
  return peer_address(address);
}

std::uint16_t port_of(const ServerLine::Address& address, ChannelKind kind) {
  return kind == ChannelKind::kElection ? address.election_port : address.quorum_port;
}

const char* name_of(ChannelKind kind) { return kind == ChannelKind::kElection ? "election port" : "quorum port"; }

}  // namespace

/// One dial: address by address, and each address's endpoints one by one. Every step gets an equal share of the time
/// that is left to its parent, so that the last one still has some.
class Dialer::Attempt : public std::enable_shared_from_this<Attempt> {
 public:
  Attempt(Dialer& dialer, ChannelKind kind, const PeerOptions::Member& member, std::size_t first, Duration timeout)
      : dialer_(dialer), kind_(kind), server_(member.id), socket_(dialer.io_), timer_(dialer.io_) {
    for (std::size_t i = 0; i < member.addresses.size(); ++i) {
      indices_.push_back((first + i) % member.addresses.size());
      addresses_.push_back(member.addresses[indices_.back()]);
    }
    share_ = std::chrono::nanoseconds(timeout.nanos) / static_cast<std::int64_t>(addresses_.size());
  }

  ChannelKind kind() const { return kind_; }
  ServerId server() const { return server_; }
  /// Of the member's addresses, the one being tried.
  std::size_t address_index() const { return indices_[at_]; }
  void start() { try_address(); }
  void cancel() {
    ++step_;
    error_code ignored;
    timer_.cancel();
    socket_.close(ignored);
  }

 private:
  /// Calls `go_on` unless the attempt has moved on since.
  template <class GoOn>
  auto unless_stale(GoOn go_on) {
    return [self = this->shared_from_this(), step = step_, go_on = std::move(go_on)](const auto&... arguments) {
      if (self->step_ == step) go_on(arguments...);
    };
  }

  /// The next thing takes at most `time`; then `late` is called.
  template <class Late>
  void begin_step(std::chrono::nanoseconds time, Late late) {
    ++step_;
    timer_.expires_after(time);
    timer_.async_wait(unless_stale([late = std::move(late)](error_code error) {
      if (!error) late();
    }));
  }

  const ServerLine::Address& address() const { return addresses_[at_]; }

  void try_address() {
    endpoints_.clear();
    error_code not_numeric;
    const auto numeric = asio::ip::make_address(address().host, not_numeric);
    if (!not_numeric) {
      endpoints_.emplace_back(numeric, port_of(address(), kind_));
      return try_endpoint(0);
    }
    begin_step(share_, [this] { address_failed("looking up its name took too long"); });
    // Names of different members are looked up apart from each other, even when they are equal.
    dialer_.names_.find(std::to_string(server_.value), address().host,
                        unless_stale([this](const FoundAddresses& found) {
                          if (found.addresses.empty()) return address_failed(found.error);
                          for (const auto& ip : found.addresses) endpoints_.emplace_back(ip, port_of(address(), kind_));
                          try_endpoint(0);
                        }));
  }

  void try_endpoint(std::size_t index) {
    error_code ignored;
    socket_.close(ignored);
    begin_step(share_ / static_cast<std::int64_t>(endpoints_.size()),
               [this, index] { endpoint_failed(index, "connecting took too long"); });
    socket_.async_connect(endpoints_[index], unless_stale([this, index](error_code error) {
                            if (error) return endpoint_failed(index, error.message());
                            connected(index);
                          }));
  }

  void connected(std::size_t index) {
    error_code error;
    // A port of this machine where nobody listens can be connected to itself.
    const bool to_itself = socket_.local_endpoint(error) == endpoints_[index];
    if (to_itself || error) return endpoint_failed(index, "nobody listens there");
    const int descriptor = socket_.release(error);
    if (error) return endpoint_failed(index, error.message());
    UniqueFd socket(descriptor);
    ::fcntl(socket.get(), F_SETFD, FD_CLOEXEC);
    cancel();
    dialer_.succeeded(*this, std::move(socket), address_of(endpoints_[index]));
  }

  void endpoint_failed(std::size_t index, const std::string& why) {
    if (index + 1 < endpoints_.size()) return try_endpoint(index + 1);
    address_failed(why);
  }

  void address_failed(const std::string& why) {
    last_failure_ = fmt::format("{}: {}", host_and_port(address().host, port_of(address(), kind_)), why);
    if (at_ + 1 < addresses_.size()) {
      ++at_;
      return try_address();
    }
    cancel();
    dialer_.failed(*this, last_failure_);
  }

  Dialer& dialer_;
  const ChannelKind kind_;
  const ServerId server_;
  std::vector<ServerLine::Address> addresses_;
  std::vector<std::size_t> indices_;  // of `addresses_` among the member's
  std::size_t at_ = 0;
  std::chrono::nanoseconds share_{};
  std::vector<tcp::endpoint> endpoints_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::uint64_t step_ = 0;
  std::string last_failure_;
};

Dialer::Dialer(asio::io_context& io, const PeerOptions& options, OnConnected on_connected, OnFailed on_failed,
               NameLookup::Resolve resolve)
    : io_(io),
      options_(options),
      on_connected_(std::move(on_connected)),
      on_failed_(std::move(on_failed)),
      names_(io, std::move(resolve)) {}

Dialer::~Dialer() {
  for (auto& [key, target] : targets_) {
    if (target.attempt) target.attempt->cancel();
  }
}

void Dialer::dial(ChannelKind kind, ServerId server) {
  asio::post(io_, [this, kind, server] { begin(kind, server); });
}

void Dialer::begin(ChannelKind kind, ServerId server) {
  const PeerOptions::Member* member = options_.find(server);
  KASSERT(member != nullptr);
  Target& target = targets_[{kind, server}];
  if (target.attempt) return;
  const Duration timeout = kind == ChannelKind::kElection ? options_.election_timeout : options_.leader_timeout;
  target.attempt = std::make_shared<Attempt>(*this, kind, *member, target.first_address, timeout);
  target.attempt->start();
}

void Dialer::succeeded(Attempt& attempt, UniqueFd socket, const PeerAddress& peer) {
  Target& target = targets_[{attempt.kind(), attempt.server()}];
  const std::shared_ptr<Attempt> kept = std::move(target.attempt);
  target.attempt = nullptr;
  target.first_address = attempt.address_index();
  if (target.complained) {
    log_info(fmt::format("the {} of server {} answers again", name_of(attempt.kind()), attempt.server().value));
    flush_log();
  }
  target.complained = false;
  on_connected_(std::move(socket), peer, attempt.kind(), attempt.server());
}

void Dialer::failed(Attempt& attempt, const std::string& why) {
  Target& target = targets_[{attempt.kind(), attempt.server()}];
  const std::shared_ptr<Attempt> kept = std::move(target.attempt);
  target.attempt = nullptr;
  if (!target.complained) {
    log_warning(fmt::format("cannot reach the {} of server {}: {} (not logged again until it answers)",
                            name_of(attempt.kind()), attempt.server().value, why));
    flush_log();
  }
  target.complained = true;
  on_failed_(attempt.kind(), attempt.server());
}

}  // namespace vivarium
