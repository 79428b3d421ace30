// Tools, tests and fuzzers: a failed assertion prints where it was and aborts. The server and the simulator have their
// own.
#include <cstdio>
#include <cstdlib>

#include "kernel/base/assert.h"

namespace vivarium {

void panic(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace vivarium
