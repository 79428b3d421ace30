// Plan text from anywhere: parsing never crashes, and what parses prints to text that parses to the same plan.
#include "sim/plan/plan.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "kernel/base/assert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vivarium::sim;
  const auto plan = parse_plan(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!plan.ok()) return 0;
  const auto again = parse_plan(print_plan(*plan));
  KASSERT(again.ok());
  KASSERT(*again == *plan);
  return 0;
}
