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

  // The repair mark of a member that began with nothing goes when its epoch is adopted and a snapshot is durable: only
  // then can a start tell what it finds from a lost disk. Either may come first. Both under `files`.
  bool has_base = false;  // a snapshot is durable
  bool adopted = false;   // the mark waits for a base only

 private:
  std::atomic<std::int64_t> durable_{0};  // last record that power loss cannot take
};

}  // namespace vivarium
