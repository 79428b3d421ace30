// The kernel's Replica as the driver's machine.
#pragma once

#include "adapters/driver/machine.h"
#include "kernel/replica.h"

namespace vivarium {

class ReplicaMachine : public Machine {
 public:
  explicit ReplicaMachine(Replica replica) : replica_(std::move(replica)) {}
  void step(Instant now, std::span<const Input> inputs, Effects& out) override { replica_.step(now, inputs, out); }
  Instant next_deadline() const override { return replica_.next_deadline(); }
  const Replica& replica() const { return replica_; }

 private:
  Replica replica_;
};

}  // namespace vivarium
