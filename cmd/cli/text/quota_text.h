// The text in a quota's nodes: "count=5,bytes=-1=;byteHardLimit=100;countHardLimit=-1".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace vivarium::cli {

class QuotaText {
 public:
  static constexpr const char* kCount = "count";
  static constexpr const char* kBytes = "bytes";
  static constexpr const char* kCountHard = "countHardLimit";
  static constexpr const char* kBytesHard = "byteHardLimit";

  QuotaText() = default;
  /// Takes what other clients wrote, in either order and with either separator. Throws CommandFailed.
  explicit QuotaText(std::string_view text);

  /// -1: not limited.
  std::int64_t get(const std::string& key) const;
  void set(const std::string& key, std::int64_t value) { values_[key] = value; }
  /// Apache's form: count and bytes first, then a "=" that stops parsers older than hard limits.
  std::string text() const;

 private:
  std::map<std::string, std::int64_t> values_;
};

}  // namespace vivarium::cli
