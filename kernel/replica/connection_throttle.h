// Who may open or renew a session when too many ask: a bucket of tokens that fills by time, and, where it is asked for,
// odds of being refused that rise while the bucket is empty (BLUE; features.md 5.1).
//
// Must never: refuse anybody while connection_throttle_tokens is 0; draw other than by the seed.
#pragma once

#include <cstdint>

#include "kernel/base/hash.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/config.h"

namespace vivarium {

enum class SessionKind : std::uint8_t { kGlobal, kRenewed, kLocal };

class ConnectionThrottle {
 public:
  ConnectionThrottle(const ConnectionThrottleConfig& config, Instant now);

  /// Takes what such a session costs; false: it is not to be had.
  bool admits(const ConnectionThrottleConfig& config, SessionKind kind, Seed seed, Instant now);
  std::int64_t deficit(const ConnectionThrottleConfig& config) const;
  std::int64_t drop_odds() const { return drop_odds_; }  // in billionths

  void hash_into(StateHash& hash) const;

 private:
  void fill(const ConnectionThrottleConfig& config, Instant now);
  void adjust_odds(const ConnectionThrottleConfig& config, Instant now);

  std::int64_t tokens_;
  Instant filled_, adjusted_;
  std::int64_t drop_odds_ = 0;
  std::uint64_t draws_ = 0;
};

}  // namespace vivarium
