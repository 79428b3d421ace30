// A failed assertion of the kernel inside a run fails the seed, with its condition, instead of ending the campaign.
//
// The kernel is built without exceptions but with unwind tables, so the throw passes through its frames without running
// destructors: what they own leaks, and the runner abandons the whole world of that seed.
#include "kernel/base/assert.h"
#include "sim/report/failure.h"
#include "sim/report/text.h"

namespace vivarium {

void panic(const char* condition, const char* file, int line) {
  sim::fail("assertion", sim::text(condition, " at ", file, ":", line));
}

}  // namespace vivarium
