// The only clocks of the server.
#pragma once

#include "kernel/base/time.h"

namespace vivarium {

/// Monotonic, since boot; does not run while the machine is suspended.
Instant monotonic_now();
WallTime wall_now();

}  // namespace vivarium
