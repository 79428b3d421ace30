// Settings of the kernel, parsed and validated by adapters/config. Defaults are Apache's.
#pragma once

#include <cstdint>

#include "kernel/base/containers.h"
#include "kernel/base/limits.h"
#include "kernel/base/mutant.h"
#include "kernel/base/time.h"
#include "kernel/base/types.h"

namespace vivarium {

/// One server of an ensemble, as zoo.cfg's server.N, group.N and weight.N describe it.
struct MemberConfig {
  ServerId id;
  bool voter = true;
  std::int64_t group = 0;   // hierarchical quorums; 0: in no group
  std::int64_t weight = 1;  // 0: never leads, never counts
};

struct EnsembleConfig {
  Vector<MemberConfig> members;  // in id order; empty: a standalone server
  bool hierarchical = false;     // groups and weights decide, not the majority
  std::int32_t init_limit = 10;  // ticks
  std::int32_t sync_limit = 5;   // ticks
  String election_address;       // "host:port" that others dial back to
  String text;                   // the configuration as protocol.md 9.1 prints it, with its version line
  Duration min_notification = Duration::millis(200);  // zookeeper.fastleader.minNotificationInterval
  Duration max_notification = Duration::seconds(60);  // zookeeper.fastleader.maxNotificationInterval
  Duration finalize_wait = Duration::millis(200);     // how long a better vote is awaited once a quorum agrees
  bool leader_serves = true;                          // leaderServes: a leader has clients of its own
  /// What a learner lacks is read from the log on disk if it is at most this much of a snapshot's size
  /// (zookeeper.snapshotSizeFactor, 0.33); negative: never.
  std::int32_t log_percent_of_snapshot = 33;
  /// db.autocreate: false: an empty disk without the operator's marker is a lost one, even where all voters have one.
  bool auto_create_db = true;
  bool quorum_sync = false;  // sync is confirmed by a quorum (beyond ZooKeeper)
  /// An epoch ends with this txn, and a new leader must be elected: 32 bits of a zxid count. Less in tests only.
  std::uint32_t last_counter = 0xfffffffeu;
  bool read_only_mode = false;  // readonlymode.enabled: serve reads without a quorum

  bool empty() const { return members.empty(); }
};

/// How many may ask for a session in a while (BlueThrottle). Fractions are in billionths.
struct ConnectionThrottleConfig {
  static constexpr std::int64_t kOne = 1'000'000'000;
  static constexpr std::int64_t kMaxTokens = 1'000'000, kMaxWeight = 1000;  // so that no product overflows
  std::int64_t tokens = 0;                  // connection_throttle_tokens: a burst of so many; 0: everybody is let in
  std::int64_t fill_time_ms = 1;            // _fill_time
  std::int64_t fill_count = 1;              // _fill_count: tokens that come back in it
  std::int64_t freeze_time_ms = -1;         // _freeze_time between changes of the odds below; -1: nobody is unlucky
  std::int64_t drop_increase = kOne / 50;   // _drop_increase, when the tokens are used up
  std::int64_t drop_decrease = kOne / 500;  // _drop_decrease, when few are
  std::int64_t decrease_ratio = 0;          // _decrease_ratio: how few, of all tokens
  bool weighted = false;                    // _weight_enabled: sessions cost as below, else a token each
  std::int64_t global_weight = 3, renew_weight = 2, local_weight = 1;  // _global_session_weight, ...
};

/// What keeps requests waiting, or refuses them, when there are too many (features.md 5.1).
struct RequestThrottleConfig {
  std::int32_t max_requests = 0;                           // request_throttle_max_requests; 0: no further limit
  bool drop_stale = true;                                  // request_throttle_drop_stale, where there is a limit
  bool stale_latency_check = false;                        // request_stale_latency_check
  Duration max_wait{};                                     // throttled_op_wait_time; 0: off
  std::int32_t large_threshold = -1;                       // largeRequestThreshold, bytes; -1: none is large
  std::int64_t large_max_bytes = std::int64_t{100} << 20;  // largeRequestMaxBytes, of all that are under way
  Duration shutdown_timeout = Duration::seconds(10);       // request_throttler.shutdownTimeout; 0: for ever
};

struct Config {
  ServerId my_id{0};
  Duration tick = Duration::millis(3000);
  std::int32_t min_session_timeout_ms = -1;            // -1: two ticks
  std::int32_t max_session_timeout_ms = -1;            // -1: twenty ticks
  std::int32_t max_frame = limits::kDefaultMaxFrame;   // jute.maxbuffer
  std::int64_t max_txn = limits::kDefaultMaxTxn;       // jute.maxbuffer + extrasize
  std::int32_t global_outstanding_limit = 1000;        // globalOutstandingLimit
  Duration handshake_timeout = Duration::seconds(10);  // nio.sessionlessCnxnTimeout
  ConnectionThrottleConfig connection_throttle;
  RequestThrottleConfig throttle;
  // storage
  std::int32_t snap_count = 100'000;                                    // snapCount
  std::int64_t snap_size_limit_bytes = std::int64_t{4'194'304} * 1024;  // snapSizeLimitInKb; <= 0 off
  std::int64_t log_size_limit_bytes = 0;                                // txnLogSizeLimitInKb; 0 off
  std::int32_t snap_retain_count = 3;                                   // autopurge.snapRetainCount
  Duration purge_interval{};                                            // autopurge.purgeInterval; 0 off
  bool serialize_last_processed_zxid = true;                            // serializeLastProcessedZxid.enabled
  bool digest_enabled = true;
  bool close_session_txn_enabled = true;  // closeSessionTxn.enabled
  std::int32_t commit_log_count = 500;    // commitLogCount
  EnsembleConfig ensemble;
  // features
  bool extended_types_enabled = false;
  bool emulate_353_ttl_nodes = false;
  bool enforce_quota = false;
  bool skip_acl = false;
  Duration container_check_interval = Duration::seconds(60);
  std::int32_t container_max_per_minute = 10'000;
  Duration container_max_never_used{};  // 0: never
  bool enforce_auth_enabled = false;
  Vector<String> enforce_auth_schemes;
#ifdef VIVARIUM_MUTANTS
  Mutant mutant = Mutant::kNone;
#endif
};

inline std::int32_t effective_min_session_timeout(const Config& c) {
  return c.min_session_timeout_ms == -1 ? static_cast<std::int32_t>(c.tick.to_millis() * 2) : c.min_session_timeout_ms;
}
inline std::int32_t effective_max_session_timeout(const Config& c) {
  return c.max_session_timeout_ms == -1 ? static_cast<std::int32_t>(c.tick.to_millis() * 20) : c.max_session_timeout_ms;
}

}  // namespace vivarium
