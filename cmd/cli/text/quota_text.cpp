// Quota text; see the header.
#include "cmd/cli/text/quota_text.h"

#include <algorithm>

#include "cmd/cli/text/words.h"

namespace vivarium::cli {

QuotaText::QuotaText(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find_first_of(",;", at), text.size());
    const std::string_view pair = text.substr(at, end - at);
    at = end + 1;
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string complaint = "not a quota: '" + std::string(text) + "'";
    if (equals == std::string_view::npos) throw CommandFailed(complaint);
    std::string_view number = pair.substr(equals + 1);
    number = number.substr(0, number.find('='));
    values_[std::string(pair.substr(0, equals))] = number.empty() ? -1 : parse_long(number, complaint);
  }
}

std::int64_t QuotaText::get(const std::string& key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? -1 : it->second;
}

std::string QuotaText::text() const {
  std::string text = "count=" + std::to_string(get(kCount)) + ",bytes=" + std::to_string(get(kBytes));
  bool first = true;
  for (const auto& [key, value] : values_) {
    if (key == kCount || key == kBytes) continue;
    if (first) text += '=';
    first = false;
    text += ";" + key + "=" + std::to_string(value);
  }
  return text;
}

}  // namespace vivarium::cli
