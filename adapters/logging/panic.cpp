// panic() of programs that run a server: the condition goes to the log, then the process aborts. What was acknowledged
// is on disk; going on in an impossible state could lose it.
#include <cstdlib>
#include <string>

#include "adapters/logging/log.h"
#include "kernel/base/assert.h"

namespace vivarium {

void panic(const char* condition, const char* file, int line) {
  log_error(std::string("assertion failed: ") + condition + " at " + file + ":" + std::to_string(line) +
            "; this is a defect, the server stops");
  flush_log();
  std::abort();
}

}  // namespace vivarium
