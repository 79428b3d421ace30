// One ensemble member as a pure state machine: the kernel's one public class.
//
// step() consumes what happened and emits what is to be done; it does no I/O, reads no clock and draws no entropy. The
// same inputs give the same effects on every compiler. Replica is a value: copy it to branch a world, digest it to
// compare. Must never: acknowledge what LogDurable has not covered.
#pragma once

#include <memory>
#include <span>

#include "kernel/base/hash.h"
#include "kernel/base/probe.h"
#include "kernel/base/rng.h"
#include "kernel/base/time.h"
#include "kernel/config.h"
#include "kernel/effect.h"
#include "kernel/input.h"
#include "kernel/inspect.h"
#include "kernel/recovered_state.h"

namespace vivarium {

class DigestLog;
class SessionTable;
class WatchTable;
struct ReplicaState;

class Replica {
 public:
  /// Boots from what recovery found. `now` and `wall` are the clocks at boot. Emits the first effects (a snapshot of a
  /// fresh directory, removal of orphaned ephemerals) at the first step.
  Replica(const Config& config, RecoveredState&& recovered, Seed seed, Instant now, WallTime wall);
  Replica(const Replica&);
  Replica& operator=(const Replica&);
  Replica(Replica&&) noexcept;
  Replica& operator=(Replica&&) noexcept;
  ~Replica();

  /// Takes everything that arrived, in order. `now` never goes back. Effects are appended to `out`.
  void step(Instant now, std::span<const Input> inputs, Effects& out);
  /// A step with no inputs is due at this instant; Instant::never() when nothing waits.
  Instant next_deadline() const;

  // ---- inspection ------------------------------------------------------------------------------------------------
  const DataTree& tree() const;
  const SessionTable& sessions() const;
  const WatchTable& watches() const;
  const ServerCounters& counters() const;
  const DigestLog& digests() const;
  const Config& config() const;
  /// Last zxid proposed; last zxid known durable; the tree's last_processed_zxid is the last applied.
  Zxid last_proposed() const;
  Zxid last_durable() const;
  bool halted() const;
  MemberView member() const;
  const Probes& probes() const;
  /// Calls visit(const ConnectionView&) in slot order.
  void for_each_connection(void (*visit)(void* context, const ConnectionView&), void* context) const;
  std::size_t connection_count() const;
  /// Everything that can influence a future effect.
  StateHash digest() const;
  /// For kernel/invariants and tests: kernel/replica/state.h.
  const ReplicaState& state() const { return *state_; }

 private:
  std::unique_ptr<ReplicaState> state_;
};

}  // namespace vivarium
