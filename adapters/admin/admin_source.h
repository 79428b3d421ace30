// What the four-letter words may ask of the running server. The driver answers from the kernel and the sockets; tests
// answer from a script.
//
// Must never: change anything.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "adapters/auth/authenticator.h"
#include "adapters/config/server_config.h"
#include "kernel/inspect.h"

namespace vivarium {

/// Counted by the sockets and the storage lanes, not by the kernel.
struct AdapterCounters {
  std::uint64_t bytes_received = 0, bytes_sent = 0;
  std::uint64_t connections_rejected = 0;  // over a limit, at accept
  std::uint64_t connections_dropped = 0;   // closed by us because the client does not read
  std::uint64_t slow_syncs = 0;            // over fsync.warningthresholdms
  LatencyStats sync;                       // one log batch: written and durable
  LatencyStats snapshot;                   // begin to durable
  std::int64_t recovery_ms = 0;
};

struct AdminTotals {
  MemberView member;
  std::int64_t leader_uptime_ms = 0;  // while established
  ServerCounters counters;
  AdapterCounters adapter;
  EnsembleAuthCounters ensemble_auth;
  Zxid last_processed;
  std::size_t nodes = 0;
  std::size_t ephemerals = 0;
  std::size_t sessions = 0;
  std::size_t connections = 0;
  std::int64_t data_size = 0;
  std::size_t data_watches = 0, child_watches = 0;
  std::size_t watched_paths = 0, watching_connections = 0;  // of the data table
  std::int64_t uptime_ms = 0;
  int client_port = -1;  // as bound
};

struct AdminConnection {
  ConnectionView view;
  std::string endpoint;  // "127.0.0.1:52926"
  bool reading = true;   // interest bits, as Java's selector shows them
  bool writing = false;
};

class AdminSource {
 public:
  virtual ~AdminSource() = default;
  virtual const ServerConfig& config() const = 0;
  virtual AdminTotals totals() const = 0;
  virtual void for_each_connection(const std::function<void(const AdminConnection&)>& visit) const = 0;
  /// What a standalone server always is, and a member with a leader, or one that answers read-only clients.
  bool serving() const {
    const MemberView member = totals().member;
    return member.role == Role::kStandalone || member.serving || member.read_only;
  }
  /// In id order, of all servers.
  virtual void for_each_session(const std::function<void(SessionId, std::int32_t timeout_ms)>& visit) const = 0;
  /// In deadline order; a learner knows none.
  virtual void for_each_session_deadline(const std::function<void(WallTime, SessionId)>& visit) const = 0;
  /// Session by session.
  virtual void for_each_ephemeral(const std::function<void(SessionId, std::string_view path)>& visit) const = 0;
  /// In path order; the data table only, as Apache.
  virtual void for_each_data_watch(const std::function<void(std::string_view path, SessionId)>& visit) const = 0;
  /// Recent tree digests, oldest first.
  virtual void for_each_digest(const std::function<void(Zxid, std::uint64_t)>& visit) const = 0;
};

}  // namespace vivarium
