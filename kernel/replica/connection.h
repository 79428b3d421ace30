// What the kernel knows of one client connection: where its handshake stands, what waits, and what `cons` shows.
//
// Requests of a connection take effect and are answered in the order of their arrival (E6). Writes are prepared at
// once and answered when they commit; a read waits here behind the writes of its own connection, never behind others.
// Bytes that may not be looked at yet (handshake or authentication under way, no room for a write) stay raw.
#pragma once

#include <cstdint>
#include <optional>

#include "kernel/base/containers.h"
#include "kernel/base/fifo.h"
#include "kernel/base/hash.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/inspect.h"
#include "kernel/replica/arrivals.h"
#include "kernel/request/access.h"

namespace vivarium {

/// A read, or a refusal, that waits behind earlier writes of its connection. Its body lies in the connection's bytes.
struct WaitingRequest {
  std::uint64_t after_write = 0;  // runs when this many of the connection's writes are answered
  Xid xid;
  OpCode op = OpCode::kError;
  Instant arrived;
  std::uint64_t position = 0;
  std::uint32_t size = 0;
  bool throttled = false;  // it waited too long already, and is only answered so
};

/// A request over largeRequestThreshold that is under way, until its connection has so many writes answered.
struct LargeRequest {
  std::uint64_t after_write = 0;
  std::int64_t size = 0;
};

struct Connection {
  enum class Phase : std::uint8_t {
    kFree,          // the slot is not in use
    kGreeting,      // nothing complete came yet: a ConnectRequest or a four-letter word
    kEstablishing,  // createSession is under way
    kOpen,
    kDraining,  // its last answer is on the way, then it is closed; input is dropped
    kAdmin,     // handed to the adapter
  };

  ChannelId id;
  Phase phase = Phase::kFree;
  bool awaiting_auth = false;
  bool awaiting_drain = false;            // the adapter was asked to say when our answers have left
  bool stalled = false;                   // its next frame is a write (or a new session) and the pipeline has no room
  bool paused = false;                    // the adapter was told to stop reading
  std::optional<bool> connect_read_only;  // the form of the ConnectRequest, to be answered in kind
  Xid auth_xid;
  String peer;
  Vector<char> unfinished;
  Arrivals arrivals;  // of the bytes in `unfinished`, where somebody asks for them
  Fifo<LargeRequest> large;
  Identities identities;
  SessionId session;
  std::int32_t timeout_ms = 0;
  Fifo<WaitingRequest> waiting;
  ByteFifo waiting_bytes;
  std::size_t burst = 0;  // bytes of answers to reads since the last drain
  std::uint64_t writes_proposed = 0, writes_answered = 0;

  // what `cons` shows
  std::uint64_t received = 0, sent = 0;
  OpCode last_op = OpCode::kNotification;
  Xid last_xid{-1};
  Zxid last_zxid{-1};
  WallTime established, last_response;
  std::int64_t last_latency_ms = 0;
  LatencyStats latency;

  bool in_use() const { return phase != Phase::kFree; }
  /// Frames may be taken off its bytes.
  bool takes_frames() const {
    return (phase == Phase::kGreeting || phase == Phase::kOpen) && !awaiting_auth && !awaiting_drain && !stalled &&
           waiting.size() < limits::kMaxWaitingReads;
  }
  bool has_pending() const { return writes_proposed != writes_answered || !waiting.empty(); }
  std::size_t pending_count() const {
    return static_cast<std::size_t>(writes_proposed - writes_answered) + waiting.size();
  }
  std::size_t buffered_bytes() const { return unfinished.size() + waiting_bytes.size(); }

  ConnectionView show() const;
  void hash_into(StateHash& hash) const;
};

/// Connections by channel slot, and which of them serves a session.
class ConnectionTable {
 public:
  Connection& open(ChannelId channel, std::string_view peer);
  /// nullptr when the channel is not, or no longer, known.
  Connection* find(ChannelId channel);
  const Connection* find(ChannelId channel) const { return const_cast<ConnectionTable*>(this)->find(channel); }
  /// The channel that uses the slot now, whatever its generation.
  Connection* in_slot(std::uint32_t slot);
  Connection* of_session(SessionId session);
  const Connection* serving(SessionId session) const { return const_cast<ConnectionTable*>(this)->of_session(session); }
  /// From now on `connection` serves its session.
  void attach(const Connection& connection);
  void forget(Connection& connection);

  std::size_t size() const { return in_use_; }
  std::uint32_t slot_count() const { return static_cast<std::uint32_t>(slots_.size()); }
  /// Calls visit(connection) in slot order.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Connection& connection : slots_) {
      if (connection.in_use()) visit(connection);
    }
  }
  template <class Visit>
  void for_each(Visit&& visit) {
    for (Connection& connection : slots_) {
      if (connection.in_use()) visit(connection);
    }
  }

 private:
  Vector<Connection> slots_;
  HashMap<std::int64_t, std::uint32_t> by_session_;
  std::size_t in_use_ = 0;
};

}  // namespace vivarium
