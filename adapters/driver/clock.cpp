#include "adapters/driver/clock.h"

#include <time.h>

namespace vivarium {

Instant monotonic_now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return Instant{std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec};
}

WallTime wall_now() {
  timespec t{};
  clock_gettime(CLOCK_REALTIME, &t);
  return WallTime{std::int64_t{t.tv_sec} * 1000 + t.tv_nsec / 1'000'000};
}

}  // namespace vivarium
