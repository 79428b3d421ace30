// The texts of quota nodes, and the table of quotas.
#include "kernel/tree/quota.h"

#include <algorithm>
#include <limits>

#include "kernel/base/assert.h"
#include "kernel/base/slice.h"

namespace vivarium {
namespace {

constexpr std::int64_t kUnlimited = -1;

/// As Java's Long.parseLong; kUnlimited for anything that it would refuse.
std::int64_t parse_long(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty()) return kUnlimited;
  std::int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return kUnlimited;
    if (__builtin_mul_overflow(value, std::int64_t{10}, &value)) return kUnlimited;
    if (__builtin_add_overflow(value, std::int64_t{c - '0'}, &value)) return kUnlimited;
  }
  return negative ? -value : value;
}

void read_pair(std::string_view pair, QuotaLimits& limits) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return;
  const std::string_view key = slice(pair, 0, equals);
  std::string_view text = slice(pair, equals + 1);
  text = slice(text, 0, text.find('='));  // "bytes=5=": the second '=' stops readers of the oldest format
  const std::int64_t value = parse_long(text);
  if (key == "count") limits.count = value;
  if (key == "bytes") limits.bytes = value;
  if (key == "countHardLimit") limits.hard_count = value;
  if (key == "byteHardLimit") limits.hard_bytes = value;
}

void append_number(String& text, std::int64_t value) {
  char digits[24];
  char* at = digits + sizeof digits;
  std::uint64_t left =
      value < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
  do {
    *--at = static_cast<char>('0' + left % 10);
    left /= 10;
  } while (left != 0);
  if (value < 0) *--at = '-';
  text.append(at, digits + sizeof digits);
}

QuotaVerdict judge(std::int64_t usage, std::int64_t delta, std::int64_t soft, std::int64_t hard) {
  if (delta == 0) return QuotaVerdict::kWithin;
  const bool has_hard = hard > kUnlimited;
  if (!has_hard && soft <= kUnlimited) return QuotaVerdict::kWithin;
  if (usage + delta <= (has_hard ? hard : soft)) return QuotaVerdict::kWithin;
  return has_hard ? QuotaVerdict::kHardExceeded : QuotaVerdict::kSoftExceeded;
}

}  // namespace

QuotaLimits parse_quota_limits(std::string_view text) {
  QuotaLimits limits;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(",;"), text.size());
    read_pair(slice(text, 0, end), limits);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return limits;
}

String format_quota_usage(const QuotaUsage& usage) {
  String text = "count=";
  append_number(text, usage.count);
  text += ",bytes=";
  append_number(text, usage.bytes);
  return text;
}

const Quota* QuotaTable::find(std::string_view path) const {
  const auto at = quotas_.find(path);
  return at == quotas_.end() ? nullptr : &at->second;
}

Quota* QuotaTable::find(std::string_view path) {
  const auto at = quotas_.find(path);
  return at == quotas_.end() ? nullptr : &at->second;
}

std::string_view QuotaTable::governing_path(std::string_view path) const {
  while (!quotas_.empty() && path.size() > 1) {
    if (find(path) != nullptr) return path;
    path = parent_path(path);
  }
  return {};
}

QuotaVerdict QuotaTable::quota_exceeded(std::string_view path, std::int64_t count_delta,
                                        std::int64_t bytes_delta) const {
  const Quota* quota = find(governing_path(path));
  if (quota == nullptr || quota->stats_node == kNoNode) return QuotaVerdict::kWithin;
  const QuotaVerdict count = judge(quota->usage.count, count_delta, quota->limits.count, quota->limits.hard_count);
  const QuotaVerdict bytes = judge(quota->usage.bytes, bytes_delta, quota->limits.bytes, quota->limits.hard_bytes);
  return std::max(count, bytes);
}

void QuotaTable::put(std::string_view path, const Quota& quota) {
  KASSERT(path.size() > 1);
  quotas_.insert_or_assign(to_string(path), quota);
}

void QuotaTable::erase(std::string_view path) {
  const auto at = quotas_.find(path);
  if (at != quotas_.end()) quotas_.erase(at);
}

}  // namespace vivarium
