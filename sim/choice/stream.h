// Keyed randomness: every choice of a run is a pure function of (seed, stream, index).
//
// A Stream counts only its own draws, so removing one atom of a plan, one client or one link shifts no draw elsewhere;
// that is what makes a failing plan shrinkable. Must never: be shared by two entities, use floating point or std
// distributions.
#pragma once

#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/base/rng.h"

namespace vivarium::sim {

/// What a stream decides about; the high part of its key. Append only: the values are part of every seed's meaning.
enum class Choice : std::uint16_t {
  kSwarm = 1,
  kAtoms,
  kOperation,
  kOperationData,
  kThink,
  kReconnect,
  kUplink,
  kDownlink,
  kSplit,
  kTurn,
  kLogLatency,
  kSnapshotLatency,
  kAuthLatency,
  kCrashData,
  kCrashNames,
  kPartial,
  kRot,
  kCut,
  kReplica,
  kReadError,
  kRestart,
  kServer,  // the seed of everything that belongs to one server
  kHop,
  kPeerLatency,
  kPeerSplit,
  kPeerBreak,
  kSwizzle,
  kCore,
  kRecipe,  // which operations start a recipe
  kRecipeLock,
  kRecipeQueue,
};

/// The first server draws as the only one of a world always did.
inline Seed seed_of_server(Seed seed, std::uint32_t server) {
  return server == 0 ? seed : Seed{draw(seed, static_cast<std::uint64_t>(Choice::kServer) << 48, server)};
}

class Stream {
 public:
  Stream() = default;
  Stream(Seed seed, Choice choice, std::uint64_t entity)
      : seed_(seed), stream_((static_cast<std::uint64_t>(choice) << 48) | entity) {}

  std::uint64_t next() { return draw(seed_, stream_, index_++); }
  /// 0 .. n-1.
  std::uint64_t below(std::uint64_t n) {
    KASSERT(n > 0);
    return draw_below(seed_, stream_, index_++, n);
  }
  /// low .. high, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    KASSERT(low <= high);
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// True `per_thousand` times in a thousand.
  bool chance(std::uint32_t per_thousand) { return below(1000) < per_thousand; }
  /// The draw at a place of the caller's choosing; does not advance.
  std::uint64_t at(std::uint64_t index, std::uint64_t n) const { return draw_below(seed_, stream_, index, n); }
  std::uint64_t drawn() const { return index_; }

 private:
  Seed seed_;
  std::uint64_t stream_ = 0;
  std::uint64_t index_ = 0;
};

/// A delay with a floor, an even spread and a rare long tail (one in 64 is sixteen times as long).
inline std::int64_t draw_latency(Stream& stream, std::int64_t floor, std::int64_t spread) {
  const std::uint64_t tail = stream.below(64);
  const std::int64_t even = floor + static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(spread) + 1));
  return tail == 0 ? even * 16 : even;
}

}  // namespace vivarium::sim
