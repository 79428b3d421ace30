// What the two lanes of a store share.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>

#include "kernel/base/types.h"

namespace vivarium {

struct LaneShare {
  /// Held while one lane looks at, removes or renames files that the other one may look at, too. Appending goes
  /// without: it only adds behind what is durable.
  std::mutex files;

  Zxid durable() const { return Zxid{durable_.load(std::memory_order_acquire)}; }
  void set_durable(Zxid zxid) { durable_.store(zxid.value, std::memory_order_release); }

 private:
  std::atomic<std::int64_t> durable_{0};  // last record that power loss cannot take
};

}  // namespace vivarium
