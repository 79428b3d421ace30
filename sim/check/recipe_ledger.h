// What clients that follow recipes (sim/client/recipe.h) believe to have been granted: locks, queue items, increments.
//
// Kept beside the history of single requests because a recipe means more than its requests do: "I hold the lock" is
// said by no reply. Must never: hold anything that its client could not know.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/types.h"

namespace vivarium::sim {

/// A client saw its own node first in line, in a list that carried `zxid`.
struct LockGrant {
  std::uint32_t client = 0;
  SessionId session;
  std::string path;
  Zxid zxid;
  std::int64_t at = 0;
  bool given_back = false;  // it asked for the node's deletion: from its commit on, others may hold the lock
};

/// An item whose creation was acknowledged.
struct QueuePut {
  std::uint32_t client = 0;
  std::string path;
  std::int64_t at = 0;
};

/// An item whose deletion was acknowledged to this client, or (not `certain`) asked for and never answered.
struct QueueTake {
  std::uint32_t client = 0;
  std::string path;
  bool certain = false;
  std::int64_t at = 0;
};

/// A compare-and-set that was acknowledged.
struct Increment {
  std::uint32_t client = 0;
  std::int64_t value = 0;  // that it wrote
  std::int64_t at = 0;
};

/// The counter's value as its node's data says it; nothing when that is no number.
inline std::optional<std::int64_t> counter_value(std::string_view data) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(data.data(), data.data() + data.size(), value);
  if (error != std::errc() || end != data.data() + data.size()) return std::nullopt;
  return value;
}

struct RecipeLedger {
  std::vector<LockGrant> grants;
  std::vector<QueuePut> puts;
  std::vector<QueueTake> takes;
  std::vector<Increment> increments;
  // Asked for, and never answered: they may have happened.
  std::uint64_t doubtful_puts = 0, doubtful_increments = 0;
};

}  // namespace vivarium::sim
