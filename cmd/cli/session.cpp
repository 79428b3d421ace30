// The poll loop; see the header.
#include "cmd/cli/session.h"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <utility>

namespace vivarium::cli {
namespace {

constexpr Duration kPatienceToClose = Duration::seconds(5);

ClientConfig client_config(std::size_t server_count, std::int32_t timeout_ms, bool read_only) {
  std::random_device device;
  ClientConfig config;
  config.server_count = static_cast<std::uint32_t>(server_count);
  config.first_server = static_cast<std::uint32_t>(device() % server_count);  // spread users over the servers
  config.timeout_ms = timeout_ms;
  config.read_only = read_only;
  config.seed = Seed{std::uint64_t{device()} << 32 | device()};
  return config;
}

int poll_timeout(Instant now, Instant until) {
  if (until == Instant::never()) return -1;
  const Duration left = until - now;
  if (left.nanos <= 0) return 0;
  return static_cast<int>(std::min<std::int64_t>(left.to_millis() + 1, 1 << 30));
}

}  // namespace

Session::Session(std::vector<ServerName> servers, std::int32_t timeout_ms, bool read_only, SessionListener& listener)
    : servers_(std::move(servers)),
      listener_(listener),
      client_(client_config(servers_.size(), timeout_ms, read_only)) {
  client_.start(now(), outputs_);
  carry_out();
}

Instant Session::now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return {std::chrono::duration_cast<std::chrono::nanoseconds>(since).count()};
}

void Session::carry_out() {
  while (!outputs_.empty()) {  // carrying out may bring new outputs, which come after these
    const ClientOutputs batch = std::exchange(outputs_, ClientOutputs());
    for (const ClientOutput& output : batch.list()) carry_out(output, batch.payload(output));
  }
}

void Session::carry_out(const ClientOutput& output, std::string_view payload) {
  switch (output.kind) {
    case ClientOutput::Kind::kConnect:
      connection_ = output.connection;
      return report(link_.open(servers_[output.server]), {});
    case ClientOutput::Kind::kSend:
      if (output.connection == connection_) link_.send(payload);
      return;
    case ClientOutput::Kind::kDisconnect:
      if (output.connection == connection_) link_.close();
      return;
    case ClientOutput::Kind::kState:
      return listener_.on_state(output.state);
    case ClientOutput::Kind::kReply:
      replies_[output.call.value] = Reply{output.header.error, std::string(payload)};
      return;
    case ClientOutput::Kind::kWatch:
      if (output.heard_by != 0) listener_.on_watch(output.event, payload, output.header.zxid);
      return;
  }
}

void Session::report(Link::Event event, std::string_view received) {
  if (event == Link::Event::kConnected) client_.connected(now(), connection_, outputs_);
  if (!received.empty()) client_.received(now(), connection_, received, outputs_);
  if (event != Link::Event::kBroken) return;
  if (!is_connected(state())) ++failed_dials_;
  link_.close();
  client_.disconnected(now(), connection_, outputs_);
}

bool Session::turn(int input_fd, Instant until) {
  const Instant deadline = std::min(until, client_.next_deadline());
  pollfd polled[2] = {{link_.fd(), link_.wanted_events(), 0}, {input_fd, POLLIN, 0}};  // negative ones are ignored
  if (::poll(polled, 2, poll_timeout(now(), deadline)) > 0 && link_.is_open()) {
    std::string received;
    const Link::Event event = link_.handle(polled[0].revents, received);
    report(event, received);
    carry_out();
  }
  const bool was_connected = is_connected(state());
  client_.tick(now(), outputs_);
  const bool dialing_timed_out = !was_connected && link_.is_open() && !outputs_.empty();
  if (dialing_timed_out) ++failed_dials_;
  carry_out();
  return polled[1].revents != 0;
}

std::optional<Reply> Session::take_reply(CallId call) {
  const auto it = replies_.find(call.value);
  if (it == replies_.end()) return std::nullopt;
  Reply reply = std::move(it->second);
  replies_.erase(it);
  return reply;
}

Reply Session::await(CallId call) {
  carry_out();
  for (;;) {
    if (std::optional<Reply> reply = take_reply(call)) return *std::move(reply);
    turn(-1);
  }
}

Reply Session::call(const Request& request) {
  const std::uint64_t enough = failed_dials_ + servers_.size();
  while (state() == SessionState::kConnecting && failed_dials_ < enough) turn(-1);
  if (state() == SessionState::kConnecting) return Reply{ErrorCode::kConnectionLoss, {}};
  return await(client_.call(now(), request, outputs_));
}

Reply Session::add_auth(std::string_view scheme, std::string_view credential) {
  const CallId call = client_.add_auth(now(), scheme, credential, outputs_);
  carry_out();
  for (;;) {
    if (std::optional<Reply> reply = take_reply(call)) return *std::move(reply);
    if (!is_connected(state())) return Reply{};
    turn(-1);
  }
}

bool Session::wait_connected(Duration limit) {
  const Instant until = now() + limit;
  while (state() == SessionState::kConnecting && now() < until) turn(-1, until);
  return is_connected(state());
}

void Session::close() {
  const Instant until = now() + kPatienceToClose;
  client_.close(now(), outputs_);
  carry_out();
  while (is_alive() && now() < until) turn(-1, until);
  link_.close();
}

}  // namespace vivarium::cli
