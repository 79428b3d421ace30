// Time as values. There is no now(): the driver passes the time into every step.
//
// Must never: read a clock. Monotonic time (Instant) decides deadlines; wall time (WallTime) is only a stamp
// that the primary writes into transaction headers.
#pragma once

#include <compare>
#include <cstdint>

namespace vivarium {

/// A span of monotonic time, in nanoseconds.
struct Duration {
  std::int64_t nanos = 0;
  static constexpr Duration millis(std::int64_t ms) { return {ms * 1'000'000}; }
  static constexpr Duration micros(std::int64_t us) { return {us * 1'000}; }
  static constexpr Duration seconds(std::int64_t s) { return {s * 1'000'000'000}; }
  constexpr std::int64_t to_millis() const { return nanos / 1'000'000; }
  friend constexpr auto operator<=>(const Duration&, const Duration&) = default;
  friend constexpr Duration operator+(Duration a, Duration b) { return {a.nanos + b.nanos}; }
  friend constexpr Duration operator-(Duration a, Duration b) { return {a.nanos - b.nanos}; }
  friend constexpr Duration operator*(Duration a, std::int64_t n) { return {a.nanos * n}; }
  friend constexpr Duration operator/(Duration a, std::int64_t n) { return {a.nanos / n}; }
};

/// A point of monotonic time, in nanoseconds since an arbitrary origin of this incarnation.
struct Instant {
  std::int64_t nanos = 0;
  static constexpr Instant never() { return {INT64_MAX}; }
  constexpr std::int64_t to_millis() const { return nanos / 1'000'000; }
  friend constexpr auto operator<=>(const Instant&, const Instant&) = default;
  friend constexpr Instant operator+(Instant a, Duration b) { return {a.nanos + b.nanos}; }
  friend constexpr Duration operator-(Instant a, Instant b) { return {a.nanos - b.nanos}; }
};

/// Milliseconds since the Unix epoch, as ZooKeeper stamps transactions. May jump either way.
struct WallTime {
  std::int64_t millis = 0;
  friend constexpr auto operator<=>(const WallTime&, const WallTime&) = default;
};

}  // namespace vivarium
