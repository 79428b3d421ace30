// One non-blocking client connection of the load generator: handshake, framed requests, counted replies.
//
// Speaks the wire through kernel/wire, so that the generator and the server agree by construction on nothing but bytes.
// Must never: block in send or receive; an exhausted buffer is simply kept for the next readiness event.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>

#include "kernel/base/bytes.h"
#include "kernel/wire/client_protocol.h"

namespace vivarium::bench {

struct Address {
  std::string host;
  std::uint16_t port = 0;
};
/// "HOST:PORT"; exits with a message when it is not.
Address parse_address(const std::string& text);

class Connection {
 public:
  /// Connects and completes the handshake, blocking for `patience_ms` at most. Throws std::runtime_error.
  Connection(const Address& address, std::int32_t timeout_ms, int patience_ms = 2000);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int fd() const { return fd_; }
  SessionId session() const { return session_; }

  void create(std::string_view path, std::string_view data, std::int32_t flags = 0);
  void get(std::string_view path);
  void set(std::string_view path, std::string_view data);
  void close_session();

  std::size_t in_flight() const { return in_flight_; }
  /// Writes what can be written; false when bytes are left over (wait for writability).
  bool flush();
  /// Reads what is there; calls on_reply(error) for each reply in order. Throws when the server closed.
  void receive(const std::function<void(ErrorCode)>& on_reply);
  /// Blocking: flushes and waits until nothing is in flight; returns the number of errors.
  std::size_t drain();

 private:
  template <class Body>
  void request(OpCode op, Body&& body);
  void wait_readable();

  int fd_ = -1;
  SessionId session_;
  std::int32_t next_xid_ = 1;
  std::size_t in_flight_ = 0;
  Vector<char> out_;
  std::size_t out_at_ = 0;
  std::string in_;
  std::size_t in_at_ = 0;
};

}  // namespace vivarium::bench
