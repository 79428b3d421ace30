#include "adapters/config/setting_values.h"

#include <cctype>
#include <charconv>
#include <cmath>

namespace vivarium {
namespace {

bool parse_whole(std::string_view value, std::int64_t& out) {
  if (!value.empty() && value[0] == '+') value.remove_prefix(1);
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  return error == std::errc() && end == value.data() + value.size() && !value.empty() && value[0] != '+';
}

}  // namespace

std::string read_integer(std::string_view value, std::int64_t min, std::int64_t max, std::int64_t& out) {
  std::int64_t parsed = 0;
  if (parse_whole(value, parsed) && parsed >= min && parsed <= max) {
    out = parsed;
    return {};
  }
  return "a number from " + std::to_string(min) + " to " + std::to_string(max);
}

std::string read_percent(std::string_view value, std::int32_t min, std::int32_t max, std::int32_t& out) {
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  const double percents = parsed * 100;
  if (error == std::errc() && end == value.data() + value.size() && percents >= min && percents <= max) {
    out = static_cast<std::int32_t>(std::lround(percents));
    return {};
  }
  return "a decimal number from " + std::to_string(min / 100) + " to " + std::to_string(max / 100);
}

std::string read_fraction(std::string_view value, std::int64_t& out) {
  double parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error == std::errc() && end == value.data() + value.size() && parsed >= 0 && parsed <= 1) {
    out = std::llround(parsed * 1e9);
    return {};
  }
  return "a decimal number from 0 to 1";
}

std::string read_boolean(std::string_view value, bool& out) {
  const std::string word = lower_case(value);
  if (word != "true" && word != "false") return "'true' or 'false'";
  out = word == "true";
  return {};
}

std::string read_yes_no(std::string_view value, bool& out) {
  const std::string word = lower_case(value);
  if (word != "yes" && word != "no") return "'yes' or 'no'";
  out = word == "yes";
  return {};
}

std::string read_interval(std::string_view value, std::int64_t& out_ms) {
  struct Unit {
    std::string_view suffix;
    std::int64_t ms;
  };
  // "ms" before "s" and "m": the longest suffix decides.
  static constexpr Unit kUnits[] = {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
  std::int64_t unit = 3'600'000;
  for (const Unit& candidate : kUnits) {
    if (value.size() > candidate.suffix.size() && value.ends_with(candidate.suffix)) {
      unit = candidate.ms;
      value.remove_suffix(candidate.suffix.size());
      break;
    }
  }
  std::int64_t count = 0;
  constexpr std::int64_t kMaxMs = std::int64_t{1} << 40;
  if (!parse_whole(trimmed(value), count) || count < 0 || count > kMaxMs / unit) {
    return "hours, or a number with ms, s, m, h or d";
  }
  out_ms = count * unit;
  return {};
}

std::string_view trimmed(std::string_view s) {
  auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!s.empty() && blank(s.front())) s.remove_prefix(1);
  while (!s.empty() && blank(s.back())) s.remove_suffix(1);
  return s;
}

std::string lower_case(std::string_view s) {
  std::string out(s);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

}  // namespace vivarium
