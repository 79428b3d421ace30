// A ZooKeeper session for a program that asks one thing at a time: SessionClient, a socket and poll(2).
//
// Blocks only in call(), wait_connected(), close() and turn(); while it does, pings are sent, events told and broken
// connections replaced. Must never: repeat a request that may have reached a server.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cmd/cli/link.h"
#include "cmd/cli/text/program_options.h"
#include "kernel/client/session_client.h"

namespace vivarium::cli {

/// Hears of the session's changes and of watches while the session waits. Must not call the session.
class SessionListener {
 public:
  virtual ~SessionListener() = default;
  virtual void on_state(SessionState state) = 0;
  /// `path` is the server's.
  virtual void on_watch(EventType type, std::string_view path, Zxid zxid) = 0;
};

struct Reply {
  ErrorCode error = ErrorCode::kOk;
  std::string body;
  bool ok() const { return error == ErrorCode::kOk; }
};

class Session {
 public:
  Session(std::vector<ServerName> servers, std::int32_t timeout_ms, bool read_only, SessionListener& listener);

  SessionState state() const { return client_.state(); }
  bool is_alive() const { return !is_final(state()); }
  const WatchRegistry& watches() const { return client_.watches(); }

  /// Sends a request and waits for its reply. Not connected: every server gets one chance to be dialed first.
  Reply call(const Request& request);
  /// Waits for the answer while there is a connection; without one the credential goes along with the next.
  Reply add_auth(std::string_view scheme, std::string_view credential);
  void forget_watches(std::string_view path, WatcherType type) { client_.forget_watches(path, type); }
  /// False: not connected within `limit`.
  bool wait_connected(Duration limit);
  /// Ends the session on the server when that answers soon.
  void close();
  /// Waits until the server, `input_fd` (-1: none) or `until` has something to say, and handles the server's part.
  /// True: the input can be read.
  bool turn(int input_fd, Instant until = Instant::never());

 private:
  static Instant now();
  void carry_out();
  void carry_out(const ClientOutput& output, std::string_view payload);
  void report(Link::Event event, std::string_view received);
  Reply await(CallId call);
  std::optional<Reply> take_reply(CallId call);

  std::vector<ServerName> servers_;
  SessionListener& listener_;
  SessionClient client_;
  Link link_;
  std::uint32_t connection_ = 0;
  std::uint64_t failed_dials_ = 0;
  ClientOutputs outputs_;
  std::unordered_map<std::uint64_t, Reply> replies_;
};

}  // namespace vivarium::cli
