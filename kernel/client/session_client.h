// One logical session, seen from the client: a state machine that survives reconnects (Apache's ClientCnxn).
//
// Inputs are method calls with the time; outputs go to a ClientOutputs. It chooses the server, does the handshake,
// keeps the session alive with pings, gives CONNECTIONLOSS to what was in flight when a link breaks, sets watches and
// authentication again on the next server, and matches replies to calls by their order. A value: copy it to branch a
// world.
//
// How to drive one: start(); carry out the outputs in order; report connected / received / disconnected for the
// connection number that kConnect named (reports about older connections are ignored); call tick() at next_deadline().
//
// Must never: repeat a call that may have reached a server; read a clock; believe a reply out of order; let the zxid
// from which watches are caught up pass a change that it has not been told of (W3).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/base/containers.h"
#include "kernel/base/hash.h"
#include "kernel/base/limits.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/client/client_output.h"
#include "kernel/client/requests.h"
#include "kernel/client/watch_registry.h"

namespace vivarium {

struct ClientConfig {
  std::uint32_t server_count = 1;  // servers are numbered 0 .. server_count-1 and tried in turn
  std::uint32_t first_server = 0;
  std::int32_t timeout_ms = 30'000;   // wanted; the server clamps it
  bool read_only = false;             // accept a server that is cut off from its quorum
  std::int32_t max_frame = 64 << 20;  // largest reply accepted
  /// Wait between two rounds over all servers, plus up to as much again, drawn from the seed.
  Duration reconnect_pause = Duration::millis(500);
  std::size_t set_watches_chunk = 128 * 1024;
  Seed seed;
};

class SessionClient {
 public:
  explicit SessionClient(const ClientConfig& config);
  /// Takes up a session that another client object began (or that a test invents).
  SessionClient(const ClientConfig& config, SessionId session, std::string_view password, Zxid last_zxid);

  // ---- transport ---------------------------------------------------------------------------------------------------
  void start(Instant now, ClientOutputs& out);
  void connected(Instant now, std::uint32_t connection, ClientOutputs& out);
  void received(Instant now, std::uint32_t connection, std::string_view bytes, ClientOutputs& out);
  /// The connection could not be opened, or it broke.
  void disconnected(Instant now, std::uint32_t connection, ClientOutputs& out);
  void tick(Instant now, ClientOutputs& out);
  /// tick() is due then; Instant::never() when nothing waits.
  Instant next_deadline() const;

  // ---- user --------------------------------------------------------------------------------------------------------
  /// Issues an operation; exactly one kReply answers it, now or later. While connecting it waits for the connection;
  /// when that attempt fails it ends with CONNECTIONLOSS. A watch that the request asks for is remembered when it takes
  /// hold.
  CallId call(Instant now, const Request& request, ClientOutputs& out);
  CallId call(Instant now, OpCode op, std::string_view body, ClientOutputs& out);
  /// Authenticates this and every later connection. Its kReply comes when a server has accepted or refused it.
  CallId add_auth(Instant now, std::string_view scheme, std::string_view credential, ClientOutputs& out);
  /// Ends the session on the server when there is a connection, and in any case here. No calls after this.
  void close(Instant now, ClientOutputs& out);
  /// Forgets watches without asking the server (removewatches -l). True when there was one.
  bool forget_watches(std::string_view path, WatcherType type) { return watches_.remove(path, type); }

  // ---- inspection --------------------------------------------------------------------------------------------------
  SessionState state() const { return state_; }
  SessionId session() const { return session_; }
  std::string_view password() const { return {password_.data(), password_.size()}; }
  /// Agreed with the server; 0 before the first handshake.
  std::int32_t negotiated_timeout_ms() const { return negotiated_ms_; }
  Zxid last_zxid() const { return last_zxid_; }
  std::uint32_t server() const { return server_; }
  std::size_t calls_in_flight() const { return pending_.size(); }
  const WatchRegistry& watches() const { return watches_; }
  void hash_into(StateHash& hash) const;

 private:
  enum class Phase : std::uint8_t { kIdle, kPausing, kDialing, kHandshake, kEstablished, kEnded };
  struct PendingCall {
    CallId call;
    Xid xid;
    OpCode op = OpCode::kError;
    std::int32_t detail = 0;  // of addWatch and removeWatches
    bool tracks_watch = false;
    String path;  // only when tracks_watch
  };
  struct Credential {
    String scheme;
    Vector<char> secret;
    CallId waiting;  // 0 once answered
  };

  void dial(Instant now, ClientOutputs& out);
  void send_handshake(Instant now, ClientOutputs& out);
  void send_auth(Instant now, const Credential& credential, ClientOutputs& out);
  void set_state(SessionState state, ClientOutputs& out);
  /// Writes one request to the connection, or keeps it until the handshake is done.
  void enqueue(Instant now, PendingCall&& call, std::string_view body, ClientOutputs& out);
  /// Remembers in `call` what a reply to it will change in the registry of watches.
  void note_watch(PendingCall& call, std::string_view body) const;
  void reply(const PendingCall& call, const ReplyHeader& header, std::string_view body, ClientOutputs& out);
  void answer_auth(Credential& credential, const ReplyHeader& header, ClientOutputs& out);
  /// Gives up the connection, ends what was in flight, and goes on to the next server or to the end.
  void lose_connection(Instant now, bool close_transport, ClientOutputs& out);
  void end_session(SessionState state, ClientOutputs& out);
  void fail_pending(ErrorCode error, ClientOutputs& out);
  bool has_transport() const {
    return phase_ == Phase::kDialing || phase_ == Phase::kHandshake || phase_ == Phase::kEstablished;
  }
  Duration pause_before_next_round();

  /// Each takes one frame; false: the server broke the protocol.
  bool on_frame(Instant now, std::string_view frame, ClientOutputs& out);
  bool on_connect_response(Instant now, std::string_view frame, ClientOutputs& out);
  bool on_packet(std::string_view frame, ClientOutputs& out);
  bool on_reply(const ReplyHeader& header, std::string_view body, ClientOutputs& out);
  bool on_notification(const ReplyHeader& header, std::string_view body, ClientOutputs& out);
  bool on_auth_reply(const ReplyHeader& header, ClientOutputs& out);
  /// Consumes whole frames from the front of `bytes`; returns how many bytes were used.
  std::size_t take_frames(Instant now, std::string_view bytes, ClientOutputs& out);
  void settle_watch(const PendingCall& call, ErrorCode error);
  void saw_zxid(Zxid zxid);
  Xid take_xid();

  Duration connect_timeout() const;
  Duration read_timeout() const { return Duration::millis(negotiated_ms_) * 2 / 3; }
  Duration ping_interval() const;

  ClientConfig config_;
  Phase phase_ = Phase::kIdle;
  SessionState state_ = SessionState::kConnecting;
  bool closing_ = false;
  bool seen_read_write_ = false;  // a read-only server's session id means nothing to others

  SessionId session_;
  std::array<char, limits::kPasswordSize> password_{};
  std::int32_t negotiated_ms_ = 0;
  Zxid last_zxid_;
  Zxid watch_zxid_;  // every watch has been told of changes up to here
  std::int32_t set_watches_in_flight_ = 0;

  std::uint32_t server_ = 0;
  std::uint32_t connection_ = 0;
  std::uint32_t attempts_ = 0;  // since the last established connection
  std::uint64_t pauses_ = 0;
  Instant phase_deadline_ = Instant::never();
  Instant last_heard_, last_sent_, established_at_;

  std::uint64_t last_call_ = 0;
  std::int32_t last_xid_ = 0;
  Deque<PendingCall> pending_;
  Vector<char> unsent_;   // frames of pending calls that wait for the handshake
  Vector<char> partial_;  // the front of a frame that has not arrived whole
  Vector<Credential> credentials_;
  std::size_t auth_replies_ = 0;  // on this connection; they come in the order of credentials_
  WatchRegistry watches_;
};

}  // namespace vivarium
