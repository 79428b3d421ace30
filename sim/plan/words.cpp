// Values of plans and scenarios; see words.h.
#include "sim/plan/words.h"

#include <charconv>

#include "sim/plan/plan_fields.h"

namespace vivarium::sim {

std::optional<std::int64_t> parse_integer(std::string_view word) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_time(std::string_view word) {
  const bool negative = word.starts_with('-');
  if (negative) word.remove_prefix(1);
  struct Unit {
    std::string_view suffix;
    std::int64_t nanos;
  };
  constexpr Unit kUnits[] = {{"ms", 1'000'000}, {"us", 1'000}, {"ns", 1}, {"s", 1'000'000'000}};
  for (const Unit& unit : kUnits) {
    if (!word.ends_with(unit.suffix)) continue;
    word.remove_suffix(unit.suffix.size());
    const std::size_t dot = word.find('.');
    const std::string_view whole_digits = word.substr(0, dot);
    if (whole_digits.empty() || whole_digits[0] < '0' || whole_digits[0] > '9') return std::nullopt;
    const auto whole = parse_integer(whole_digits);
    if (!whole || *whole > kLongestTime / unit.nanos) return std::nullopt;
    std::int64_t nanos = *whole * unit.nanos;
    std::int64_t place = unit.nanos;
    if (dot != std::string_view::npos && dot + 1 == word.size()) return std::nullopt;
    for (std::size_t i = dot == std::string_view::npos ? word.size() : dot + 1; i < word.size(); ++i) {
      place /= 10;
      if (word[i] < '0' || word[i] > '9' || place == 0) return std::nullopt;
      nanos += (word[i] - '0') * place;
    }
    return negative ? -nanos : nanos;
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_name(std::string_view word, char letter, std::int64_t most) {
  const auto number = word.starts_with(letter) ? parse_integer(word.substr(1)) : std::nullopt;
  return number && *number >= 1 && *number <= most ? number : std::nullopt;
}

std::optional<std::uint64_t> parse_set(std::string_view words) {
  std::uint64_t set = 0;
  for (;;) {
    const std::string_view one = words.substr(0, words.find(','));
    const auto server = parse_name(one, 's', kMostServers);
    if (!server) return std::nullopt;
    set |= std::uint64_t{1} << (*server - 1);
    if (one.size() == words.size()) return set;
    words.remove_prefix(one.size() + 1);
  }
}

}  // namespace vivarium::sim
