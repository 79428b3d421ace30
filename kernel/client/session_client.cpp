// The client's state machine: connections and time. What happens to single calls is in session_calls.cpp.
#include "kernel/client/session_client.h"

#include <algorithm>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

constexpr Duration kPingAtLeastEvery = Duration::seconds(10);
constexpr std::uint64_t kPauseStream = 0x636c69656e74;  // keyed randomness: this client's pauses

ClientOutput about_connection(ClientOutput::Kind kind, std::uint32_t connection, std::uint32_t server) {
  ClientOutput output;
  output.kind = kind;
  output.connection = connection;
  output.server = server;
  return output;
}

}  // namespace

const char* session_state_name(SessionState state) {
  switch (state) {
    case SessionState::kConnecting:
      return "CONNECTING";
    case SessionState::kConnected:
      return "CONNECTED";
    case SessionState::kConnectedReadOnly:
      return "CONNECTEDREADONLY";
    case SessionState::kExpired:
      return "EXPIRED";
    case SessionState::kAuthFailed:
      return "AUTH_FAILED";
    case SessionState::kClosed:
      return "CLOSED";
  }
  KUNREACHABLE();
}

SessionClient::SessionClient(const ClientConfig& config) : config_(config), server_(config.first_server) {
  KASSERT(config.server_count > 0);
  KASSERT(config.first_server < config.server_count);
  KASSERT(config.max_frame > 0);
}

SessionClient::SessionClient(const ClientConfig& config, SessionId session, std::string_view password, Zxid last_zxid)
    : SessionClient(config) {
  session_ = session;
  seen_read_write_ = true;
  last_zxid_ = last_zxid;
  watch_zxid_ = last_zxid;
  std::copy_n(password.data(), std::min(password.size(), password_.size()), password_.data());
}

// ---- time
// ------------------------------------------------------------------------------------------------------------

Duration SessionClient::connect_timeout() const {
  const std::int64_t session_ms = negotiated_ms_ > 0 ? negotiated_ms_ : config_.timeout_ms;
  return Duration::millis(std::max<std::int64_t>(session_ms / config_.server_count, 1));
}

Duration SessionClient::ping_interval() const {
  return std::min(Duration::millis(negotiated_ms_) / 3, kPingAtLeastEvery);
}

Duration SessionClient::pause_before_next_round() {
  const auto pause = static_cast<std::uint64_t>(config_.reconnect_pause.nanos);
  const std::uint64_t extra = draw_below(config_.seed, kPauseStream, pauses_++, pause + 1);
  return config_.reconnect_pause + Duration{static_cast<std::int64_t>(extra)};
}

Instant SessionClient::next_deadline() const {
  switch (phase_) {
    case Phase::kIdle:
    case Phase::kEnded:
      return Instant::never();
    case Phase::kPausing:
    case Phase::kDialing:
    case Phase::kHandshake:
      return phase_deadline_;
    case Phase::kEstablished:
      return std::min(last_heard_ + read_timeout(), last_sent_ + ping_interval());
  }
  KUNREACHABLE();
}

void SessionClient::tick(Instant now, ClientOutputs& out) {
  if (now < next_deadline()) return;
  if (phase_ == Phase::kPausing) return dial(now, out);
  const bool silent = phase_ != Phase::kEstablished || now >= last_heard_ + read_timeout();
  if (silent) return lose_connection(now, true, out);
  ByteWriter writer = out.begin_send(connection_);
  const std::size_t frame = begin_frame(writer);
  encode(writer, RequestHeader{xids::kPing, OpCode::kPing});
  end_frame(writer, frame);
  out.end_send();
  last_sent_ = now;
}

// ---- connections
// -----------------------------------------------------------------------------------------------------

void SessionClient::start(Instant now, ClientOutputs& out) {
  if (phase_ == Phase::kIdle) dial(now, out);
}

void SessionClient::dial(Instant now, ClientOutputs& out) {
  KASSERT(!is_final(state_));
  KASSERT(partial_.empty());
  ++connection_;
  ++attempts_;
  phase_ = Phase::kDialing;
  phase_deadline_ = now + connect_timeout();
  out.add(about_connection(ClientOutput::Kind::kConnect, connection_, server_));
}

void SessionClient::connected(Instant now, std::uint32_t connection, ClientOutputs& out) {
  if (connection != connection_ || phase_ != Phase::kDialing) return;
  phase_ = Phase::kHandshake;
  send_handshake(now, out);
}

void SessionClient::send_handshake(Instant now, ClientOutputs& out) {
  ConnectRequest request;
  request.last_zxid_seen = last_zxid_;
  request.timeout_ms = config_.timeout_ms;
  request.session_id = seen_read_write_ ? session_ : SessionId{0};
  request.password = password();
  request.read_only = config_.read_only;
  ByteWriter writer = out.begin_send(connection_);
  const std::size_t frame = begin_frame(writer);
  encode(writer, request);
  end_frame(writer, frame);
  out.end_send();
  // Behind it without waiting, as all clients do: the server reads on once the session is attached.
  KASSERT(auth_replies_ == 0);
  for (const Credential& credential : credentials_) send_auth(now, credential, out);
  KASSERT(set_watches_in_flight_ == 0);
  if (!watches_.empty()) {
    ByteWriter watch_writer = out.begin_send(connection_);
    set_watches_in_flight_ = watches_.encode_set_watches(watch_writer, watch_zxid_, config_.set_watches_chunk);
    out.end_send();
  }
  last_sent_ = now;
}

void SessionClient::disconnected(Instant now, std::uint32_t connection, ClientOutputs& out) {
  if (connection != connection_ || !has_transport()) return;
  lose_connection(now, false, out);
}

void SessionClient::lose_connection(Instant now, bool close_transport, ClientOutputs& out) {
  KASSERT(has_transport());
  if (close_transport) out.add(about_connection(ClientOutput::Kind::kDisconnect, connection_, server_));
  // A link that breaks as soon as it stands counts as one more failed attempt, lest we dial in a tight loop.
  const bool was_stable = phase_ == Phase::kEstablished && now - established_at_ >= config_.reconnect_pause;
  if (was_stable) attempts_ = 0;
  phase_ = Phase::kPausing;
  partial_.clear();
  set_watches_in_flight_ = 0;
  auth_replies_ = 0;
  fail_pending(ErrorCode::kConnectionLoss, out);
  if (closing_) return end_session(SessionState::kClosed, out);
  set_state(SessionState::kConnecting, out);
  server_ = (server_ + 1) % config_.server_count;
  if (attempts_ < config_.server_count) return dial(now, out);
  attempts_ = 0;
  phase_deadline_ = now + pause_before_next_round();
}

void SessionClient::set_state(SessionState state, ClientOutputs& out) {
  KASSERT(!is_final(state_));
  if (state == state_) return;
  state_ = state;
  ClientOutput output = about_connection(ClientOutput::Kind::kState, connection_, server_);
  output.state = state;
  out.add(output);
}

void SessionClient::end_session(SessionState state, ClientOutputs& out) {
  KASSERT(is_final(state));
  if (has_transport()) out.add(about_connection(ClientOutput::Kind::kDisconnect, connection_, server_));
  phase_ = Phase::kEnded;
  partial_.clear();
  const ErrorCode error = state == SessionState::kAuthFailed ? ErrorCode::kAuthFailed : ErrorCode::kSessionExpired;
  fail_pending(error, out);
  for (Credential& credential : credentials_) answer_auth(credential, ReplyHeader{xids::kAuth, {}, error}, out);
  set_state(state, out);
}

// ---- bytes
// -----------------------------------------------------------------------------------------------------------

void SessionClient::received(Instant now, std::uint32_t connection, std::string_view bytes, ClientOutputs& out) {
  if (connection != connection_) return;
  if (phase_ != Phase::kHandshake && phase_ != Phase::kEstablished) return;
  last_heard_ = now;
  // The buffer is held outside of the object while its frames are handled, for a frame may end the connection.
  Vector<char> buffer;
  buffer.swap(partial_);
  std::string_view stream = bytes;
  if (!buffer.empty()) {
    buffer.insert(buffer.end(), bytes.data(), bytes.data() + bytes.size());
    stream = view(buffer);
  }
  const std::size_t used = take_frames(now, stream, out);
  if (connection != connection_ || !has_transport()) return;
  const std::string_view rest = slice(stream, used);
  if (buffer.empty()) {
    buffer.assign(rest.data(), rest.data() + rest.size());
  } else {
    buffer.erase(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(used));
  }
  partial_.swap(buffer);
}

std::size_t SessionClient::take_frames(Instant now, std::string_view bytes, ClientOutputs& out) {
  const std::uint32_t connection = connection_;
  std::size_t used = 0;
  while (bytes.size() - used >= 4) {
    const auto size = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data() + used));
    const bool legal = size >= 0 && size <= config_.max_frame;
    if (legal && bytes.size() - used - 4 < static_cast<std::size_t>(size)) break;
    if (!legal || !on_frame(now, slice(bytes, used + 4, static_cast<std::size_t>(size)), out)) {
      lose_connection(now, true, out);
      break;
    }
    if (connection != connection_ || !has_transport()) break;
    used += 4 + static_cast<std::size_t>(size);
  }
  return used;
}

bool SessionClient::on_frame(Instant now, std::string_view frame, ClientOutputs& out) {
  if (phase_ == Phase::kHandshake) return on_connect_response(now, frame, out);
  KASSERT(phase_ == Phase::kEstablished);
  return on_packet(frame, out);
}

bool SessionClient::on_connect_response(Instant now, std::string_view frame, ClientOutputs& out) {
  const std::optional<ConnectResponse> response = decode_connect_response(frame);
  if (!response) return false;
  if (response->timeout_ms <= 0) {
    end_session(SessionState::kExpired, out);
    return true;
  }
  if (response->password.size() != password_.size()) return false;
  const bool is_read_only = response->read_only.value_or(false);
  negotiated_ms_ = response->timeout_ms;
  session_ = response->session_id;
  std::copy_n(response->password.data(), password_.size(), password_.data());
  seen_read_write_ = seen_read_write_ || !is_read_only;
  phase_ = Phase::kEstablished;
  phase_deadline_ = Instant::never();
  established_at_ = last_sent_ = last_heard_ = now;
  set_state(is_read_only ? SessionState::kConnectedReadOnly : SessionState::kConnected, out);
  if (!unsent_.empty()) {
    out.begin_send(connection_).bytes(view(unsent_));
    out.end_send();
    unsent_.clear();
  }
  return true;
}

}  // namespace vivarium
