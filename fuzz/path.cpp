// Paths and quota texts: whatever the bytes, an answer, and answers that agree with each other.
#include "kernel/tree/path.h"

#include <cstddef>
#include <cstdint>

#include "kernel/base/assert.h"
#include "kernel/tree/quota.h"

namespace vivarium {
namespace {

void judge_path(std::string_view path) {
  String with_suffix = to_string(path);
  with_suffix.push_back('1');
  KASSERT(is_legal_sequential_prefix(path) == is_legal_path(view(with_suffix)));
  KIMPLIES(is_legal_path(path), is_legal_sequential_prefix(path));
  KIMPLIES(is_legal_path(path) && path != "/", is_legal_path(parent_path(path)));
  KIMPLIES(is_legal_path(path), is_at_or_below(path, parent_path(path)));
  KIMPLIES(is_protected_from_delete(path), is_legal_path(path));
}

void read_limits(std::string_view text) {
  const QuotaLimits limits = parse_quota_limits(text);
  const String shown = format_quota_usage({limits.count, limits.bytes});
  const QuotaLimits again = parse_quota_limits(view(shown));
  KASSERT(again.count == limits.count);
  KASSERT(again.bytes == limits.bytes);
}

}  // namespace
}  // namespace vivarium

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  vivarium::judge_path(bytes);
  vivarium::read_limits(bytes);
  return 0;
}
