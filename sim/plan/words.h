// The words of a line and the values among them, for the readers of plans and scenarios.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace vivarium::sim {

/// The words of one line, taken one by one; a comment ends it.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line.substr(0, line.find('#'))) {}
  std::string_view next() {
    const std::size_t start = rest_.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return rest_ = {};
    rest_.remove_prefix(start);
    const std::string_view word = rest_.substr(0, rest_.find_first_of(" \t\r"));
    rest_.remove_prefix(word.size());
    return word;
  }
  std::string_view peek() const { return Words(*this).next(); }
  bool done() { return rest_.find_first_not_of(" \t\r") == std::string_view::npos; }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> parse_integer(std::string_view word);
/// "3.2s", "250ms"; units are s, ms, us, ns.
std::optional<std::int64_t> parse_time(std::string_view word);
/// A letter and a number from 1: "s2", "c1".
std::optional<std::int64_t> parse_name(std::string_view word, char letter, std::int64_t most);
/// "s1,s2" as bits.
std::optional<std::uint64_t> parse_set(std::string_view words);

}  // namespace vivarium::sim
