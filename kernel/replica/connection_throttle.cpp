#include "kernel/replica/connection_throttle.h"

#include <algorithm>

#include "kernel/base/assert.h"

namespace vivarium {
namespace {

constexpr std::uint64_t kDrawDrop = 0x64726f70;
constexpr std::int64_t kOne = ConnectionThrottleConfig::kOne;
static_assert(ConnectionThrottleConfig::kMaxTokens * ConnectionThrottleConfig::kMaxWeight <= INT64_MAX / kOne);

/// No kind of session is cheaper than a local one.
std::int64_t cost_of(const ConnectionThrottleConfig& config, SessionKind kind) {
  if (!config.weighted) return 1;
  if (kind == SessionKind::kLocal) return config.local_weight;
  return std::max(config.local_weight, kind == SessionKind::kGlobal ? config.global_weight : config.renew_weight);
}

/// Tokens are counted in global sessions by who sets them.
std::int64_t scale(const ConnectionThrottleConfig& config) { return cost_of(config, SessionKind::kGlobal); }
std::int64_t capacity(const ConnectionThrottleConfig& config) { return config.tokens * scale(config); }

}  // namespace

ConnectionThrottle::ConnectionThrottle(const ConnectionThrottleConfig& config, Instant now)
    : tokens_(capacity(config)), filled_(now), adjusted_(now) {}

bool ConnectionThrottle::admits(const ConnectionThrottleConfig& config, SessionKind kind, Seed seed, Instant now) {
  if (config.tokens == 0) return true;
  fill(config, now);
  if (config.freeze_time_ms != -1) {
    adjust_odds(config, now);
    const std::uint64_t drawn = draw_below(seed, kDrawDrop, draws_++, static_cast<std::uint64_t>(kOne));
    if (drawn < static_cast<std::uint64_t>(drop_odds_)) return false;
  }
  const std::int64_t cost = cost_of(config, kind);
  if (tokens_ < cost) return false;
  tokens_ -= cost;
  return true;
}

std::int64_t ConnectionThrottle::deficit(const ConnectionThrottleConfig& config) const {
  return capacity(config) - tokens_;
}

void ConnectionThrottle::fill(const ConnectionThrottleConfig& config, Instant now) {
  KASSERT(config.fill_time_ms >= 1);
  const std::int64_t passed_ms = (now - filled_).to_millis();
  if (passed_ms <= config.fill_time_ms) return;
  filled_ = now;
  const std::int64_t rate = config.fill_count * scale(config);
  if (rate == 0) return;
  const std::int64_t missing = deficit(config);
  const std::int64_t times = passed_ms / config.fill_time_ms, rest_ms = passed_ms % config.fill_time_ms;
  const bool all = times > missing / rate;
  const std::int64_t more = all ? missing : times * rate + rest_ms * rate / config.fill_time_ms;
  tokens_ += std::min(more, missing);
}

void ConnectionThrottle::adjust_odds(const ConnectionThrottleConfig& config, Instant now) {
  if ((now - adjusted_).to_millis() <= config.freeze_time_ms) return;
  adjusted_ = now;
  const bool few_taken = deficit(config) * kOne <= capacity(config) * config.decrease_ratio;
  if (tokens_ == 0) {
    drop_odds_ = std::min(drop_odds_ + config.drop_increase, kOne);
  } else if (few_taken) {
    drop_odds_ = std::max(drop_odds_ - config.drop_decrease, std::int64_t{0});
  }
}

void ConnectionThrottle::hash_into(StateHash& hash) const {
  hash.add(static_cast<std::uint64_t>(tokens_));
  hash.add(static_cast<std::uint64_t>(filled_.nanos));
  hash.add(static_cast<std::uint64_t>(adjusted_.nanos));
  hash.add(static_cast<std::uint64_t>(drop_odds_));
  hash.add(draws_);
}

}  // namespace vivarium
