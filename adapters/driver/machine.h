// The state machine that the driver serves: the kernel's Replica in the server, a script in tests.
#pragma once

#include <span>

#include "kernel/base/time.h"
#include "kernel/effect.h"
#include "kernel/input.h"

namespace vivarium {

class Machine {
 public:
  virtual ~Machine() = default;
  virtual void step(Instant now, std::span<const Input> inputs, Effects& out) = 0;
  virtual Instant next_deadline() const = 0;
};

}  // namespace vivarium
