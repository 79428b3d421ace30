// What a simulated server tells the world about itself: the only source of the laws beside the clients' histories.
//
// Servers are named by their index from 0; s1 is index 0 and ServerId 1. Calls come in the order in which things
// happen. Must never: change anything that the server does.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/types.h"
#include "kernel/recovered_state.h"

namespace vivarium {
class Replica;
}

namespace vivarium::sim {

struct Appended {
  Zxid zxid;
  std::string_view txn;
  bool leading = false;      // by a leader (or a lone server) that made it, not by a learner that was sent it
  std::int64_t wall_ms = 0;  // the server's wall clock, as it was told
};

class ServerListener {
 public:
  virtual ~ServerListener() = default;
  /// The kernel asked for a record to be appended; it is not even written yet.
  virtual void on_append(std::uint32_t server, const Appended& appended) = 0;
  /// The store itself reports that everything up to `zxid` is durable (before any mutation bends the report).
  virtual void on_durable(std::uint32_t server, Zxid zxid) = 0;
  /// The kernel asked for everything behind `zxid` to go.
  virtual void on_truncate(std::uint32_t server, Zxid zxid) = 0;
  /// The kernel asked for a durable snapshot at `zxid` to replace everything in the log.
  virtual void on_reset(std::uint32_t server, Zxid zxid) = 0;
  /// The oldest truncation or reset under way is durable.
  virtual void on_cut_durable(std::uint32_t server) = 0;
  /// The disk may give back what was to be replaced.
  virtual void on_cut_failed(std::uint32_t server) = 0;
  virtual void on_snapshot_durable(std::uint32_t server, Zxid zxid) = 0;
  virtual void on_epochs_durable(std::uint32_t server, Epoch accepted, Epoch current) = 0;
  /// Recovery succeeded, and the kernel has not seen it yet: at boot, or when the kernel asked for a reload.
  virtual void on_recovered(std::uint32_t server, const RecoveredState& recovered, bool reload) = 0;
  /// A step is over, and its effects were handed to the lanes.
  virtual void on_stepped(std::uint32_t server, const Replica& replica) = 0;
  /// The process is gone, and what was in its memory.
  virtual void on_down(std::uint32_t server) = 0;
  /// The world damages the disk for good: recovery may say so, but must not hide it.
  virtual void on_damaged(std::uint32_t server) = 0;
  /// The disk was replaced by an empty one.
  virtual void on_wiped(std::uint32_t server) = 0;
  /// Bytes of this client reached the server.
  virtual void on_contact(std::uint32_t server, std::uint32_t client) = 0;
  /// The disk lost power inside an operation.
  virtual void on_power_lost(std::uint32_t server) = 0;
  /// The kernel asked to end the process.
  virtual void on_halt(std::uint32_t server, std::string_view reason, std::int64_t exit_code) = 0;
};

}  // namespace vivarium::sim
