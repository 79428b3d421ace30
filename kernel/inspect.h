// Read-only view of a Replica, for four-letter words, metrics, checkers and the trace. Nothing here can change a run.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/histogram.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"
#include "kernel/wire/op_code.h"

namespace vivarium {

/// min/avg/max of a latency in milliseconds, as Apache's ServerStats keeps them.
struct LatencyStats {
  std::int64_t count = 0, sum_ms = 0, min_ms = 0, max_ms = 0;
  void add(std::int64_t ms) {
    min_ms = count == 0 || ms < min_ms ? ms : min_ms;
    max_ms = ms > max_ms ? ms : max_ms;
    sum_ms += ms;
    ++count;
  }
};

/// The same with percentiles, as Apache's advanced summaries.
struct LatencyDistribution {
  LatencyStats stats;
  Histogram values;
  void add(std::int64_t ms) {
    stats.add(ms);
    values.add(ms);
  }
  std::int64_t percentile(std::uint32_t permille) const {
    const std::int64_t value = values.percentile(permille);
    return value < stats.max_ms ? value : stats.max_ms;
  }
};

/// Bytes of txns, as Apache's BufferStats keeps them; -1: none yet.
struct SizeStats {
  std::int64_t last = -1, min = -1, max = -1;
  void add(std::size_t size) {
    last = static_cast<std::int64_t>(size);
    min = min < 0 || last < min ? last : min;
    max = last > max ? last : max;
  }
};

struct ServerCounters {
  std::uint64_t packets_received = 0, packets_sent = 0;
  std::uint64_t txns_committed = 0, txns_failed = 0, reads = 0;
  std::uint64_t sessions_created = 0, sessions_expired = 0, auth_failures = 0;
  std::uint64_t connection_requests = 0, connections_throttled = 0;
  LatencyStats token_deficit;             // tokens that were missing after each session that was let in
  std::int64_t connection_drop_odds = 0;  // in billionths, as it stands
  std::uint64_t throttle_waits = 0, throttled_ops = 0, large_requests_rejected = 0;
  std::uint64_t stale_requests = 0, stale_requests_dropped = 0;
  std::uint64_t snapshots_written = 0, snapshots_failed = 0;
  std::uint64_t digest_mismatches = 0;
  std::uint64_t proposals = 0;                                 // made while leading
  std::uint64_t proposals_received = 0, commits_received = 0;  // from leaders
  SizeStats proposal_size;                                     // of those made
  std::int64_t outstanding = 0;                                // proposed, not committed
  LatencyStats latency;
  LatencyDistribution read_latency, update_latency;
  // By wall clocks, the proposer's and ours, as in Apache: what would be negative does not count.
  LatencyDistribution propagation_latency;             // from a txn's stamp until it is applied here
  LatencyDistribution proposal_latency;                // a follower's: until the proposal has arrived
  LatencyDistribution quorum_ack_latency;              // a leader's: from proposing to committing
  Map<std::int64_t, LatencyDistribution> ack_latency;  // a leader's, by server: until its ACK, if not committed yet
};

/// What a server does in its ensemble.
enum class Role : std::uint8_t {
  kStandalone,
  kSettling,  // a role was left (or the server has just started): what was logged must become durable before it votes
  kLooking,
  kFollowing,
  kObserving,
  kLeading,
};

/// A member as checkers, metrics and four-letter words see it.
struct MemberView {
  Role role = Role::kStandalone;
  bool serving = false;           // clients are served: standalone, an established leader, a learner that is up to date
  bool read_only = false;         // kLooking: read-only clients are served
  bool knows_its_history = true;  // false: damaged, amnesiac or wiped, and not repaired yet: does not vote
  Epoch accepted_epoch, current_epoch;  // durable
  Epoch leader_epoch;                   // kLeading: the epoch that it leads or prepares to lead
  bool established = false;             // kLeading: a quorum has acknowledged NEWLEADER
  ServerId leader;                      // kFollowing, kObserving: whom it follows; kLeading: itself
  std::int64_t round = 0;               // of the last election
  ServerId vote_leader;                 // kLooking: the vote as it stands, best by (epoch, zxid, leader)
  Epoch vote_epoch;
  Zxid vote_zxid;
  Zxid last_logged, last_durable, committed, applied;
  bool ahead_of_disk = false;  // a learner is being given another history: nothing is promised on the marks above yet
  // kLeading:
  std::int64_t learners = 0, synced_followers = 0, synced_observers = 0;
  std::int64_t synced_non_voters = 0;  // of the followers
  std::int64_t pending_syncs = 0;
  Instant established_at;
};

/// One client connection, as `cons` shows it.
struct ConnectionView {
  ChannelId channel;
  std::string_view peer;
  bool has_session = false;
  SessionId session;
  std::int32_t timeout_ms = 0;
  std::uint64_t received = 0, sent = 0;
  std::int64_t outstanding = 0;
  OpCode last_op = OpCode::kNotification;
  Xid last_xid;
  Zxid last_zxid;
  WallTime established, last_response;
  std::int64_t last_latency_ms = 0;
  LatencyStats latency;
};

}  // namespace vivarium
