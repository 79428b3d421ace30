// Quotas: limits on the number of nodes and data bytes at or below a path (features.md section 6).
//
// Limits come from /zookeeper/quota<path>/zookeeper_limits; the counts are kept here and DataTree writes them out as
// the text of zookeeper_stats. Counts are always the true sums over the subtree, however the tree came to be.
// Must never: refuse anything by itself; the caller knows whether quotas are enforced.
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/base/containers.h"
#include "kernel/base/types.h"
#include "kernel/tree/path.h"
#include "kernel/tree/znode.h"

namespace vivarium {

inline constexpr std::string_view kQuotaLimitsName = "zookeeper_limits";
inline constexpr std::string_view kQuotaStatsName = "zookeeper_stats";

/// -1: unlimited.
struct QuotaLimits {
  std::int64_t count = -1, bytes = -1;
  std::int64_t hard_count = -1, hard_bytes = -1;
  friend bool operator==(const QuotaLimits&, const QuotaLimits&) = default;
};
/// "count=N,bytes=M[=;byteHardLimit=X;countHardLimit=Y]". What cannot be read counts as missing.
QuotaLimits parse_quota_limits(std::string_view text);

struct QuotaUsage {
  std::int64_t count = 0, bytes = 0;
  friend bool operator==(const QuotaUsage&, const QuotaUsage&) = default;
};
/// "count=N,bytes=M".
String format_quota_usage(const QuotaUsage& usage);

enum class QuotaVerdict { kWithin, kSoftExceeded, kHardExceeded };

struct Quota {
  QuotaLimits limits;
  QuotaUsage usage;
  NodeId stats_node = kNoNode;  // where the usage is shown; kNoNode while there is no such node
};

class QuotaTable {
 public:
  bool empty() const { return quotas_.empty(); }
  std::size_t size() const { return quotas_.size(); }
  /// The quota set exactly at `path`; nullptr when none.
  const Quota* find(std::string_view path) const;
  Quota* find(std::string_view path);
  /// The deepest path with a quota at or above `path`: the one that is enforced. Empty when there is none.
  std::string_view governing_path(std::string_view path) const;
  /// What a change by these amounts at `path` would mean, judged by the deepest quota only, hard limits first.
  QuotaVerdict quota_exceeded(std::string_view path, std::int64_t count_delta, std::int64_t bytes_delta) const;

  void put(std::string_view path, const Quota& quota);
  void erase(std::string_view path);
  /// Calls visit(quota) for each quota at or above `path`.
  template <class Visit>
  void for_each_above(std::string_view path, Visit&& visit) {
    while (!quotas_.empty() && path.size() > 1) {
      if (Quota* quota = find(path)) visit(*quota);
      path = parent_path(path);
    }
  }
  /// Calls visit(path, quota) in byte order of the paths.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const auto& [path, quota] : quotas_) visit(view(path), quota);
  }

 private:
  Map<String, Quota, BytesLess> quotas_;
};

}  // namespace vivarium
